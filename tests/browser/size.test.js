// What a browser must load before it shows something.

import assert from "node:assert/strict";
import { test } from "node:test";
import { scene } from "./harness/scene.js";
import { scriptBytes } from "./harness/timing.js";

const stage = scene();
const MOST = 150_000;

test("the scripts of the first pages are small", async () => {
  const person = await stage.browser.visitor();
  await person.page.getByLabel("User name").waitFor();
  const login = await scriptBytes(person.page);
  await person.login("user1");
  await person.page.getByRole("heading", { level: 1 }).waitFor();
  await person.page.reload();
  await person.page.getByRole("heading", { level: 1 }).waitFor();
  const home = await scriptBytes(person.page);
  for (const [name, bytes] of Object.entries({ login, home })) {
    assert.ok(bytes > 10_000 && bytes <= MOST, `${name}: ${bytes} bytes of scripts`);
  }
});
