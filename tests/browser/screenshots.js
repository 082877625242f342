// Takes a picture of every page, light and dark, narrow and wide: `node screenshots.js FOLDER`; of some alone, by their names:
// `node screenshots.js FOLDER ticket-light-1440 flagged-dark-390`.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Browser } from "./harness/browser.js";
import { Desk } from "./harness/desk.js";

const [FOLDER, ...WANTED] = process.argv.slice(2);
if (!FOLDER) throw new Error("name the folder for the pictures: node screenshots.js FOLDER");
const LOOKS = ["light", "dark"].flatMap((colorScheme) => [
  { colorScheme, viewport: { width: 390, height: 844 } },
  { colorScheme, viewport: { width: 1440, height: 900 } },
]);

await mkdir(FOLDER, { recursive: true });
const desk = await Desk.start("ratelimit.limit=50");
const browser = await Browser.start(desk);
try {
  const ids = await furnish();
  for (const look of LOOKS) await visit(look, ids);
} finally {
  await browser.stop().catch((error) => console.error(error.message));
  await desk.stop();
}

/** Gives the desk something to show. */
async function furnish() {
  await desk.order(`import ${join(import.meta.dirname, "..", "..", "deploy", "knowledge", "articles")}`);
  const [user, other, agent, admin] = await Promise.all(
    ["user1", "user2", "it-agent", "admin"].map((name) => desk.token(name)),
  );
  const make = (token, path, body) => desk.call("POST", path, { token, body });
  const raise = (token, title, description, urgency) => make(token, "/tickets", { title, description, urgency });
  const say = (token, { id }, content) => make(token, `/tickets/${id}/messages`, { content });
  const first = await raise(
    user,
    "My payslip of October is missing overtime",
    "Twelve hours of the weekend shift are not on it.",
    "medium",
  );
  const done = await raise(
    user,
    "New phone, no second factor",
    "I changed my phone and cannot sign in to the VPN any more.",
    "high",
  );
  const talk = await raise(
    user,
    "Docking station shows no picture",
    "No light, no picture. It worked yesterday, and nothing was changed since.",
    "high",
  );
  for (const [title, urgency] of [
    ["Printer on the third floor is out of ink", "low"],
    ["Laptop gets very hot", "medium"],
    ["Cannot reach the shared folder of the project", "critical"],
    ["Install the drawing program on my laptop", "low"],
  ]) {
    await raise(other, title, "It has been like this since Monday.", urgency);
  }
  await say(user, talk, "I tried another cable as well.");
  await say(
    agent,
    talk,
    "Thank you. Please hold the **power button** of the station for ten seconds, then:\n\n1. unplug both screens\n2. connect the laptop\n3. plug the screens in one by one",
  );
  await say(user, talk, "The left one works now! The right one stays black.");
  await say(agent, talk, "Then its cable is broken. I bring you a new one at two o'clock.");
  await say(agent, done, "I have reset it. Please sign in again.");
  await make(user, `/tickets/${done.id}/resolve`, { rating: 5, feedback: "Quick, thank you" });
  const flagged = await raise(
    other,
    "You are worthless scum",
    "I will find you at home and kill you tonight, you pathetic pig.",
    "low",
  );
  const { items } = await desk.call("GET", "/articles?limit=1", { token: user });
  return { first: first.id, talk: talk.id, done: done.id, flagged: flagged.id, article: items[0].id };
}

async function visit(look, { talk, done, flagged, article }) {
  const name = `${look.colorScheme}-${look.viewport.width}`;
  const wanted = (of) => WANTED.length === 0 || WANTED.includes(`${of}-${name}`);
  const take = (page, of) => page.screenshot({ path: join(FOLDER, `${of}-${name}.png`) });
  const pages = {
    user1: {
      home: "/app",
      tickets: "/app/tickets",
      "tickets-none": "/app/tickets?status=closed",
      "ticket-new": "/app/tickets/new",
      ticket: `/app/tickets/${talk}`,
      "ticket-resolved": `/app/tickets/${done}`,
      articles: "/app/articles",
      article: `/app/articles/${article}`,
      account: "/app/account",
      absent: "/app/nowhere",
    },
    "it-agent": { queue: "/app/queue", "queue-ticket": `/app/queue/${talk}` },
    admin: {
      notifications: "/app/admin/notifications",
      flagged: "/app/admin/flagged",
      users: "/app/admin/users",
      "manage-articles": "/app/admin/articles",
      "article-edit": `/app/admin/articles/${article}`,
      system: "/app/admin/system",
      "queue-flagged": `/app/queue/${flagged}`,
    },
  };
  if (wanted("login")) {
    const visitor = await browser.visitor(look);
    await visitor.page.getByLabel("User name").waitFor();
    await take(visitor.page, "login");
  }
  for (const [username, places] of Object.entries(pages)) {
    const chosen = Object.entries(places).filter(([of]) => wanted(of));
    if (chosen.length === 0) continue;
    const { page } = await browser.login(username, look);
    for (const [of, path] of chosen) {
      await page.goto(desk.url + path);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle");
      await take(page, of);
    }
  }
}
