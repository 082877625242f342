// A desk with a browser before it, for the tests of one file.

import { after, before } from "node:test";
import { Browser } from "./browser.js";
import { Desk } from "./desk.js";

/** Starts both before the tests of the file, with these settings and what `furnish` does, and ends both after them. */
export function scene(settings = [], furnish = undefined) {
  const scene = {};
  before(async () => {
    scene.desk = await Desk.start(...settings);
    await furnish?.(scene.desk);
    scene.browser = await Browser.start(scene.desk);
  });
  after(async () => {
    try {
      await scene.browser?.stop();
    } finally {
      await scene.desk?.stop();
    }
  });
  return scene;
}
