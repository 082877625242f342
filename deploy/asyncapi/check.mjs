// Checks the AsyncAPI document on standard input with the parser that is installed in the folder given, and prints what
// the parser finds. Errors and warnings fail; what the parser merely advises does not.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Parser } = createRequire(`${process.argv[2]}/`)("@asyncapi/parser");
const LEVELS = ["error", "warning", "advice", "advice"];
const FAILING = 2;

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
for (const { severity, path, message, code } of diagnostics) {
  console.log(`${LEVELS[severity]}: /${path.join("/")}: ${message} (${code})`);
}
const failed = !document || diagnostics.some(({ severity }) => severity < FAILING);
if (document) {
  const count = (things) => things.all().length;
  console.log(
    `AsyncAPI ${document.version()}: ${count(document.channels())} channels, ${count(document.operations())} ` +
      `operations, ${count(document.messages())} messages`,
  );
}
process.exitCode = failed ? 1 : 0;
