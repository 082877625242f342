// How quick the page is, by the browser's own timings: `./deploy/bench page [--tickets N] [--rounds N]`.

import { parseArgs } from "node:util";
import { Browser } from "./harness/browser.js";
import { Desk } from "./harness/desk.js";
import { firstContent, median, scriptBytes } from "./harness/timing.js";

const OPTIONS = { tickets: { type: "string", default: "10000" }, rounds: { type: "string", default: "7" } };
const { values } = parseArgs({ options: OPTIONS });
const [tickets, rounds] = [Number(values.tickets), Number(values.rounds)];

const desk = await Desk.start();
const browser = await Browser.start(desk);
try {
  await desk.order(`fill ${tickets}`);
  const login = await opened(() => browser.visitor());
  tell("First content, login, nothing cached", `${login.first} ms`, `scripts ${kilobytes(login.bytes)}`);
  const queue = await browser.login("it-agent");
  await queue.page
    .getByRole("link", { name: /Ticket number/ })
    .first()
    .waitFor();
  const again = await opened(async () => ({ page: await queue.open("/app/queue") }));
  tell("First content, queue, again", `${again.first} ms`, `scripts ${kilobytes(again.bytes)}`);
  await opening();
  await scrolling();
} finally {
  await browser.stop();
  await desk.stop();
}

/** The median of when pages first show something, and the scripts of the last one. */
async function opened(open) {
  const times = [];
  let bytes;
  for (let round = 0; round < rounds; round += 1) {
    const { page, context } = await open();
    times.push(await firstContent(page));
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    bytes = await scriptBytes(page);
    await (context ?? page).close();
  }
  return { first: median(times).toFixed(0), bytes };
}

/** How long it takes from the click on a ticket in the list until its title is painted, and until its conversation is. */
async function opening() {
  const person = await browser.login("user1", { path: "/app/tickets" });
  const [titles, conversations] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const link = person.page.getByRole("link", { name: /Ticket number/ }).nth(round);
    await link.waitFor();
    const times = await link.evaluate(async (element) => {
      const began = performance.now();
      const painted = async (there) => {
        while (!there()) await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        return performance.now() - began;
      };
      element.click();
      const title = await painted(() => /^Ticket number/.test(document.querySelector("h1")?.textContent ?? ""));
      return [title, await painted(() => document.querySelector(".message-text"))];
    });
    titles.push(times[0]);
    conversations.push(times[1]);
    await person.page.goBack();
  }
  tell(
    "A ticket of the list opens",
    `${median(titles).toFixed(0)} ms`,
    `with its conversation ${median(conversations).toFixed(0)} ms`,
  );
}

/** Scrolls to the end of the queue and counts what held the page up. */
async function scrolling() {
  const { page } = await browser.login("it-agent");
  const link = page.getByRole("link", { name: /Ticket number/ });
  await link.first().hover();
  await page.evaluate(() => {
    window.held = [];
    new PerformanceObserver((list) => window.held.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  const began = Date.now();
  let seen = "";
  for (let still = 0; still < 20;) {
    await page.mouse.wheel(0, 4_000);
    await page.waitForTimeout(50);
    const last = (await link.last().innerText()).split("\n")[0];
    still = last === seen ? still + 1 : 0;
    seen = last;
  }
  const held = await page.evaluate(() => window.held);
  const longest = held.length ? `, the longest ${Math.max(...held).toFixed(0)} ms` : "";
  tell(
    `Scrolling through ${tickets} tickets`,
    `${((Date.now() - began) / 1000).toFixed(0)} s to "${seen}"`,
    `tasks over 50 ms: ${held.length}${longest}`,
  );
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

function tell(...cells) {
  console.log(cells.join(" | "));
}
