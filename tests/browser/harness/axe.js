// What keeps people from using a page, as axe-core finds it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2 AA, and what axe holds to be good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SERIOUS = ["serious", "critical"];

/** What axe finds serious on the page as it is now, each as a text that begins with the page's name. */
export async function barriers(page, name) {
  // The protocol evaluates it beside the page's own scripts, so the page's policy stays as it is.
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values } }), RULES);
  const serious = violations.filter(({ impact }) => SERIOUS.includes(impact));
  return serious.map(({ id, help, nodes }) =>
    [`${name}: ${help} (${id})`, ...nodes.map(({ html }) => `    ${html}`)].join("\n"),
  );
}
