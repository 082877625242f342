// What an admin looks after.

import assert from "node:assert/strict";
import { test } from "node:test";
import { raise } from "./harness/talk.js";
import { scene } from "./harness/scene.js";

const stage = scene(["ratelimit.limit=100"]);
const HARMFUL = {
  title: "You are worthless scum",
  description: "I will find you at home and kill you tonight, you pathetic pig.",
};

test("a flagged ticket is held, the admin is told, sees why, and releases it", async () => {
  const admin = await stage.browser.login("admin");
  const requester = await stage.browser.login("user1");
  await raise(requester.page, HARMFUL);
  await requester.page.getByText("Held for review").first().waitFor();

  await admin.page.getByLabel("1 unread").first().waitFor();
  await admin.page.getByRole("link", { name: "Flagged tickets" }).click();
  await admin.page.getByText(HARMFUL.title).first().waitFor();
  await admin.page.getByText("Decided by").waitFor();
  await admin.page.getByRole("button", { name: "Release" }).first().click();
  await admin.page.getByText("No ticket is held").waitFor();
  // The requester's page hears of it by itself.
  await requester.page.getByText("Assigned", { exact: true }).first().waitFor();
  assert.equal(await requester.page.getByText("This ticket is held until").count(), 0);
});

test("an account is made and disabled, and its sessions end", async () => {
  const { page } = await stage.browser.login("admin", { path: "/app/admin/users" });
  await page.getByRole("button", { name: "New user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill("grace");
  await dialog.getByLabel("First password").fill("correct horse battery");
  await dialog.getByRole("button", { name: "Make account" }).click();
  const row = page.getByRole("row", { name: /grace/ });
  await row.waitFor();
  const grace = await stage.browser.visitor();
  await grace.login("grace", "correct horse battery");
  grace.expect(/Failed to load resource.* 401/);
  await row.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await row.getByText("Disabled").waitFor();
  await grace.page.getByRole("link", { name: "My tickets", exact: true }).first().click();
  await grace.page.getByLabel("User name").waitFor();
});

test("an article is written with a preview, published, and read", async () => {
  const { page } = await stage.browser.login("admin", { path: "/app/admin/articles/new" });
  await page.getByLabel("Title").fill("Connect to the VPN");
  await page
    .getByLabel("Text", { exact: true })
    .fill("Choose **Connect**.\n\n| Place | Wait |\n|---|---|\n| home | none |");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText("Published").first().waitFor();
  const requester = await stage.browser.login("user2", { path: "/app/articles" });
  await requester.page.getByRole("link", { name: /Connect to the VPN/ }).click();
  await requester.page.getByRole("cell", { name: "home" }).waitFor();
  assert.equal(await requester.page.locator("p strong").innerText(), "Connect");
});

test("the pools and the dead letters are shown", async () => {
  const { page } = await stage.browser.login("admin", { path: "/app/admin/system" });
  for (const pool of ["ratelimit", "moderation", "routing", "persistence", "webhooks", "notify"]) {
    await page.getByText(pool, { exact: true }).first().waitFor();
  }
  await page.getByText("No dead letters").waitFor();
});
