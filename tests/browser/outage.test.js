// A part of the desk goes away under a conversation and comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./harness/eventually.js";
import { hear, messages, raise, say } from "./harness/talk.js";
import { scene } from "./harness/scene.js";

const stage = scene(["ratelimit.limit=100"]);
/** What the browser itself says of connections that break and calls that are refused meanwhile. */
const OUTAGE = [/WebSocket connection to /, /Failed to load resource/];

for (const part of ["nats", "workers", "ingress"]) {
  test(`nothing of a conversation is lost when ${part} goes and comes back`, async () => {
    const requester = await stage.browser.login("user1");
    const agent = await stage.browser.login("it-agent");
    const people = [requester, agent];
    for (const person of people) person.expect(...OUTAGE);
    const id = await raise(requester.page, { title: `Talk without ${part}`, description: "Laptop does not start." });
    await agent.page.goto(`${stage.desk.url}/app/queue/${id}`);
    await say(requester.page, "Before it.");
    await hear(agent.page, "Before it.");

    await stage.desk.order(`kill ${part}`);
    await say(requester.page, "In the dark, one.");
    await say(agent.page, "In the dark, two.");
    await say(requester.page, "In the dark, three.");
    await stage.desk.order(`restart ${part}`);
    await stage.desk.order("ready");
    // The requester's page does not hold a message back because something newer came while it was written.
    await say(requester.page, "After it.");
    const token = await stage.desk.token("user1");
    const kept = async () => {
      const { items } = await stage.desk.call("GET", `/tickets/${id}/messages?limit=100`, { token });
      return items.filter(({ sender_role }) => sender_role !== "system").map(({ content }) => content);
    };
    await eventually("all is kept", async () => {
      const all = await kept().catch(({ message }) => [message]);
      return all.length === 5 || all.join(" ");
    });
    const stored = await kept();
    const two = "In the dark, two.";
    assert.ok(stored.includes(two), stored.join(" "));
    // Each one's own messages are in the order in which they were written.
    assert.deepEqual(
      stored.filter((text) => text !== two),
      ["Before it.", "In the dark, one.", "In the dark, three.", "After it."],
    );
    for (const { page } of people) {
      await eventually(
        "the page shows what is kept",
        async () => (await messages(page)).join() === stored.join() || (await messages(page)).join(" "),
      );
      for (const state of ["Sending", "Not sent"])
        assert.equal(await page.getByText(state, { exact: true }).count(), 0);
    }
  });
}
