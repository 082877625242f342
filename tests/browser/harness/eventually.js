// Waiting for what comes about by itself.

import assert from "node:assert/strict";

/** How long anything may take to come about, in milliseconds; longer than a redelivery after a crash takes. */
export const PATIENCE = 90_000;

/** Asks again and again until the answer is true. */
export async function eventually(what, ask) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const told = await ask();
    if (told === true) return;
    if (Date.now() > end) assert.fail(`it never came about: ${what}: ${told}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
