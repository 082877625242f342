// The bot answers from the articles, and what it cannot answer goes to a person.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./harness/eventually.js";
import { scene } from "./harness/scene.js";

const TITLE = "Connect to the VPN";
const BODY = [
  "Open Causeway on your laptop, choose **Connect** and approve on your phone.",
  "## In a hotel",
  "Hotel networks often block the VPN. Open a browser and accept the welcome page of the hotel first.",
].join("\n\n");
const QUESTION = "How do I connect to the VPN?";

const stage = scene([], async (desk) => {
  const token = await desk.token("admin");
  const body = { title: TITLE, body: BODY, audience: "everyone", tags: [] };
  const { id } = await desk.call("POST", "/articles", { token, body });
  await desk.call("POST", `/articles/${id}/publish`, { token, body: {} });
  // It is found once it is in the index.
  const ask = { token: await desk.token("user1"), body: { query: QUESTION } };
  await eventually("the bot finds an answer", async () => {
    const answer = await desk.call("POST", "/ai/self-serve-query", ask).catch(({ message }) => message);
    return answer.answered === true || JSON.stringify(answer);
  });
});

test("a question is answered from sources that open, and the person says whether it helped", async () => {
  const { page } = await stage.browser.login("user1");
  await page.getByLabel("Your question").fill(QUESTION);
  await page.keyboard.press("Enter");
  const sources = page.getByRole("region", { name: "Sources" });
  await sources.getByText(TITLE).first().click();
  await sources.locator("blockquote").first().waitFor();
  await page.getByRole("button", { name: "That helped" }).click();
  await page.getByText("Thank you for telling us.").waitFor();
  await sources.getByRole("link", { name: "Open the article" }).first().click();
  await page.waitForURL(/\/app\/articles\/[0-9a-f-]{36}$/);
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
});

test("what the bot cannot answer becomes a ticket with the conversation", async () => {
  const { page } = await stage.browser.login("user2");
  const question = "Which moon of Jupiter is the largest?";
  await page.getByLabel("Your question").fill(question);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  const person = page.getByRole("button", { name: "Talk to a person" });
  await person.waitFor();
  assert.equal(await page.getByRole("region", { name: "Sources" }).count(), 0);
  await person.click();
  await page.getByText("Your conversation with the bot goes with the ticket.").waitFor();
  assert.equal(await page.getByLabel("What is it about?").inputValue(), question);
  await page.getByLabel("What happened?").fill("I need it for the quiz on my laptop.");
  await page.getByRole("button", { name: "Send ticket" }).click();
  const conversation = page.getByRole("region", { name: "Conversation" });
  await conversation.locator(".message-text", { hasText: question }).waitFor();
  await conversation.getByText("Answer bot").first().waitFor();
});
