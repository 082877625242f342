// The whole way of somebody who needs help.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hear, messages, raise, say } from "./harness/talk.js";
import { scene } from "./harness/scene.js";

const stage = scene(["ratelimit.limit=3"]);

test("somebody logs in, raises a ticket, talks, resolves it and opens it again", async () => {
  const { page } = await stage.browser.login("user1");

  // What was begun stays in the browser.
  await page.getByRole("link", { name: "New ticket" }).first().click();
  await page.getByLabel("What is it about?").fill("Docking station is dead");
  await page.getByText("3 of 3 left").waitFor();
  await page.reload();
  assert.equal(await page.getByLabel("What is it about?").inputValue(), "Docking station is dead");
  await page.getByLabel("What happened?").fill("No light, no picture.");
  await page.getByRole("radio", { name: "High" }).check();
  await page.getByRole("button", { name: "Send ticket" }).click();
  await page.getByRole("heading", { name: "Docking station is dead" }).waitFor();
  await hear(page, "Assigned to it-agent (IT).");

  await say(page, "It blinks now.");
  await hear(page, "It blinks now.");
  assert.deepEqual(await messages(page), ["It blinks now."]);
  for (const step of ["Received", "Screened", "On file"]) await page.getByText(step).first().waitFor();

  await page.getByRole("button", { name: "Mark as resolved" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "4 of 5 stars" }).focus();
  await page.keyboard.press("Space");
  await dialog.getByLabel("Anything to add?").fill("Quick, thank you");
  await dialog.getByRole("button", { name: "Mark as resolved" }).click();
  await page.getByRole("img", { name: "4 of 5 stars" }).waitFor();
  await page.getByText("Quick, thank you").waitFor();

  await page.getByRole("button", { name: "Open again" }).click();
  await say(page, "It is dark again.");
  await page.getByRole("button", { name: "Mark as resolved" }).waitFor();
  await page.getByRole("link", { name: "My tickets", exact: true }).first().click();
  await page.getByRole("link", { name: "Docking station is dead" }).waitFor();

  // Where one was is in the address.
  await page.getByRole("link", { name: "Resolved", exact: true }).click();
  await page.getByText("No ticket matches").waitFor();
  await page.goBack();
  await page.reload();
  await page.getByRole("link", { name: "Docking station is dead" }).waitFor();
});

test("who has no ticket left keeps the draft and hears when the next one is free", async () => {
  const person = await stage.browser.login("user2");
  const { page } = person;
  for (const title of ["One", "Two", "Three"]) await raise(page, { title, description: "It is broken." });
  person.expect(/Failed to load resource.* 429/);
  await page.getByRole("link", { name: "New ticket" }).first().click();
  await page.getByLabel("What is it about?").fill("Four");
  await page.getByLabel("What happened?").fill("It is broken as well.");
  await page.getByText("0 of 3 left, next at").waitFor();
  await page.getByRole("button", { name: "Send ticket" }).click();
  await page.getByText("You have no ticket left for now").waitFor();
  await page.reload();
  assert.equal(await page.getByLabel("What happened?").inputValue(), "It is broken as well.");
});

test("a wrong password is refused in words, and no page is shown to who is not logged in", async () => {
  const person = await stage.browser.visitor({ path: "/app/tickets" });
  const { page } = person;
  person.expect(/Failed to load resource.* 401/);
  await page.getByLabel("User name").fill("user1");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The user name or the password is wrong.").waitFor();
  await page.getByLabel("Password").fill(stage.desk.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/app/tickets");
  await page.getByRole("heading", { name: "My tickets" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("User name").waitFor();
  await page.goBack();
  await page.getByLabel("User name").waitFor();
});
