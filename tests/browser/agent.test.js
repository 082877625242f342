// An agent and a requester, each in a browser of their own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./harness/eventually.js";
import { hear, messages, raise, say } from "./harness/talk.js";
import { scene } from "./harness/scene.js";

const stage = scene(["ratelimit.limit=100"]);

test("an agent answers, and both see the same", async () => {
  const requester = await stage.browser.login("user1");
  const agent = await stage.browser.login("it-agent");
  await raise(requester.page, { title: "The printer is stuck", description: "It shows a red light." });
  // It appears in the queue by itself.
  await agent.page.getByRole("link", { name: /The printer is stuck/ }).click();
  await hear(agent.page, "Assigned to it-agent (IT).");
  await agent.page.getByText("is here").waitFor();

  await say(agent.page, "Is there **paper** in the tray?");
  await hear(requester.page, "Is there paper in the tray?");
  assert.equal(await requester.page.locator(".message-text strong").innerText(), "paper");
  await requester.page.getByRole("region", { name: "Conversation" }).getByRole("textbox").pressSequentially("Yes");
  await agent.page.getByText("is writing").waitFor();
  await say(requester.page, "Yes, plenty.");
  await hear(agent.page, "Yes, plenty.");
  await requester.page.getByText("Read", { exact: true }).first().waitFor();
  const said = ["Is there paper in the tray?", "Yes, plenty."];
  for (const { page } of [requester, agent]) assert.deepEqual(await messages(page), said);

  await agent.page.getByRole("button", { name: "Close", exact: true }).click();
  await agent.page.getByRole("dialog").locator(".dialog-foot").getByRole("button", { name: "Close" }).click();
  await requester.page.getByText("This ticket is closed and takes no more messages.").waitFor();
});

test("the queue is worked with the keyboard alone", async () => {
  const titles = ["First", "Second", "Third"].map((name) => `${name} by keyboard`);
  const token = await stage.desk.token("user2");
  for (const title of titles) {
    const body = { title, description: "Laptop does not start.", urgency: "low" };
    await stage.desk.call("POST", "/tickets", { token, body });
  }
  const { page } = await stage.browser.login("it-agent");
  const opened = page.getByRole("heading");
  await page.getByRole("link", { name: /Third by keyboard/ }).waitFor();
  await page.keyboard.press("j");
  await opened.filter({ hasText: "Third by keyboard" }).waitFor();
  await page.keyboard.press("j");
  await opened.filter({ hasText: "Second by keyboard" }).waitFor();
  await page.keyboard.press("k");
  await opened.filter({ hasText: "Third by keyboard" }).waitFor();

  await page.keyboard.press("r");
  await page.keyboard.type("I am on my way. jk?");
  await page.keyboard.press("Control+Enter");
  await hear(page, "I am on my way. jk?");
  await opened.filter({ hasText: "Third by keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Next ticket").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill("Articles");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/app/articles");
});

test("an agent is warned when something newer came while they wrote", async () => {
  const token = await stage.desk.token("user2");
  const body = { title: "Race for an answer", description: "Laptop does not start.", urgency: "low" };
  const { id } = await stage.desk.call("POST", "/tickets", { token, body });
  const { page } = await stage.browser.login("it-agent", { path: `/app/queue/${id}` });
  const field = page.getByRole("region", { name: "Conversation" }).getByRole("textbox");
  await field.fill("Have you tried");
  await stage.desk.call("POST", `/tickets/${id}/messages`, { token, body: { content: "Never mind, it starts." } });
  await hear(page, "Never mind, it starts.");
  await field.press("Control+Enter");
  await page.getByText("wrote while you were writing").waitFor();
  assert.deepEqual(await messages(page), ["Never mind, it starts."]);
  await field.press("Control+Enter");
  await eventually("it is sent", async () => (await messages(page)).includes("Have you tried"));
});
