// Script in every field of every page is text, nothing is fetched from another host, and every page can be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { barriers } from "./harness/axe.js";
import { scene } from "./harness/scene.js";
import { say } from "./harness/talk.js";

const stage = scene(["ratelimit.limit=100"]);

const SCRIPTS = [
  "<img src=x onerror=window.pwned=1>",
  "<script>window.pwned=1</script>",
  "<svg/onload=window.pwned=1>",
  "<style>*{display:none}</style>",
  "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
  '"><a href="javascript:window.pwned=1">link</a>',
  "[link](javascript:window.pwned=1) ![image](http://example.org/x.png) ![data](data:image/svg+xml,<svg/onload=window.pwned=1>)",
  "<https://example.org/> [named](//example.org/x) `{{constructor.constructor('window.pwned=1')()}}`",
];
const TEXT = SCRIPTS.join("\n\n");
const TITLE = SCRIPTS[0];

/** Which pages there are for whom; the ids are known once there is something to see. */
const PAGES = {
  user1: ({ ticket, article }) => [
    "/app",
    "/app/tickets",
    "/app/tickets/new",
    `/app/tickets/${ticket}`,
    "/app/articles",
    `/app/articles/${article}`,
    "/app/account",
    "/app/nothing-here",
    "/app/tickets/00000000-0000-7000-8000-000000000000",
  ],
  "it-agent": ({ ticket }) => ["/app/queue", `/app/queue/${ticket}`],
  admin: ({ article, flagged }) => [
    "/app/admin/notifications",
    "/app/admin/flagged",
    "/app/admin/users",
    "/app/admin/articles",
    `/app/admin/articles/${article}`,
    "/app/admin/articles/new",
    "/app/admin/system",
    `/app/queue/${flagged}`,
  ],
};

test("what people write is text on every page, and every page can be used", async () => {
  const { desk, browser } = stage;
  const [user, agent, admin] = await Promise.all(["user1", "it-agent", "admin"].map((name) => desk.token(name)));
  const make = (token, path, body) => desk.call("POST", path, { token, body });
  const ticket = await make(user, "/tickets", {
    title: TITLE,
    description: `Laptop does not start. ${TEXT}`,
    urgency: "low",
  });
  // The text may be taken for an attack; then an admin lets it go on.
  if (ticket.misuse_flag) await make(admin, `/tickets/${ticket.id}/release`, {});
  await make(admin, `/tickets/${ticket.id}/assign`, { department: "IT", reason: TITLE }).catch(() => undefined);
  await make(agent, `/tickets/${ticket.id}/messages`, { content: TEXT });
  await make(user, `/tickets/${ticket.id}/messages`, { content: TEXT });
  const article = await make(admin, "/articles", {
    title: TITLE,
    body: TEXT,
    audience: "everyone",
    tags: ["<b>x</b>"],
  });
  await make(admin, `/articles/${article.id}/publish`);
  const flagged = await make(user, "/tickets", {
    title: TITLE,
    description: "I will kill you tonight, you pathetic pig.",
    urgency: "low",
  });
  const done = await make(user, "/tickets", { title: TITLE, description: "Laptop does not start.", urgency: "low" });
  await make(user, `/tickets/${done.id}/resolve`, { rating: 1, feedback: TEXT });

  const found = [];
  const ids = { ticket: ticket.id, article: article.id, flagged: flagged.id };
  for (const [name, pages] of Object.entries(PAGES)) {
    const person = await browser.login(name);
    person.expect(/Failed to load resource.* 404/);
    for (const path of [...pages(ids), `/app/tickets/${done.id}`]) {
      await person.page.goto(desk.url + path);
      await person.page.getByRole("heading").first().waitFor();
      await settle(person.page);
      await harmless(person.page, path);
      found.push(...(await barriers(person.page, `${path} of ${name}`)));
    }
  }
  const { page } = await browser.login("user1", { path: `/app/tickets/${ticket.id}` });
  await page.locator(".message-text", { hasText: SCRIPTS[1] }).first().waitFor();
  await say(page, TITLE);
  await page.waitForFunction((text) => document.body.innerText.split(text).length > 2, TITLE);
  await harmless(page, "one's own message");
  assert.ok((await page.locator("body").innerText()).includes(SCRIPTS[1]), "the script is shown as text");
  assert.equal(found.join("\n"), "");
});

test("the login, the dark pages and the narrow ones can be used, too", async () => {
  const visitor = await stage.browser.visitor({ colorScheme: "dark" });
  await visitor.page.getByLabel("User name").waitFor();
  const found = await barriers(visitor.page, "the login");
  const person = await stage.browser.login("admin", { colorScheme: "dark", viewport: { width: 390, height: 844 } });
  for (const path of [
    "/app",
    "/app/queue",
    "/app/tickets/new",
    "/app/admin/users",
    "/app/admin/system",
    "/app/account",
  ]) {
    await person.page.goto(stage.desk.url + path);
    await person.page.getByRole("heading", { level: 1 }).first().waitFor();
    await settle(person.page);
    found.push(...(await barriers(person.page, `${path}, dark and narrow`)));
    const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${path} is ${wide} px wider than the window`);
  }
  assert.equal(found.join("\n"), "");
});

/** Waits until what the page asked for is there and nothing moves. */
async function settle(page) {
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(({ playState, effect }) => playState !== "running" || effect.getTiming().iterations === Infinity),
  );
}

async function harmless(page, name) {
  const found = await page.evaluate(() => ({
    pwned: window.pwned,
    links: [...document.querySelectorAll("a[href]")]
      .map((link) => link.protocol)
      .filter((protocol) => !/^(https?|mailto):$/.test(protocol)),
    made: document.querySelectorAll(
      "iframe, object, embed, [onerror], [onload], main style, main script, main img[src^='http://example']",
    ).length,
  }));
  assert.deepEqual(found, { pwned: undefined, links: [], made: 0 }, name);
}
