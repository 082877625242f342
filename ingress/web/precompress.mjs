// Puts a .br and a .gz beside each file of dist that they make smaller. Ingress holds all three and answers with the one
// that a browser takes, so that nothing is compressed while somebody waits.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = join(import.meta.dirname, "dist");
const TEXT = /\.(css|html|js|json|svg|txt|webmanifest)$/;

for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const content = readFileSync(path);
  const brotli = {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  };
  const forms = { br: brotliCompressSync(content, brotli), gz: gzipSync(content, { level: constants.Z_BEST_COMPRESSION }) };
  for (const [ending, compressed] of Object.entries(forms)) {
    if (compressed.length < content.length) writeFileSync(`${path}.${ending}`, compressed);
  }
}
