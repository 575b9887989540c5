// Compiles a program of one file: `bun tools/compile.ts OUTFILE VERSION ENTRY…`, run by build.mjs and bench/.
// The entries are the program, and each of its threads.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BunPlugin } from "bun";
import { preparedFonts } from "../src/render/fontsOfSources.ts";

const ROOT = join(import.meta.dir, "..");
const PARTS = join(import.meta.dir, "pdfkitParts.ts");

/** What pdfkit imports and does not use here is left out; what else imports it gets it. */
const withoutParts: BunPlugin = {
  name: "parts of pdfkit",
  setup(build) {
    build.onResolve({ filter: /^(fontkit|linebreak|@noble\/ciphers\/aes)$/ }, ({ importer }) =>
      importer.includes("/node_modules/pdfkit/") ? { path: PARTS } : undefined,
    );
    // The same from the engine, without loading node:crypto.
    build.onResolve({ filter: /^@noble\/hashes\/crypto$/ }, () => ({
      path: join(ROOT, "node_modules/@noble/hashes/esm/crypto.js"),
    }));
  },
};

const [outfile = "", version = "", ...entrypoints] = process.argv.slice(2);
await preparedFonts();
const { success, logs } = await Bun.build({
  entrypoints: entrypoints.map((entry) => join(ROOT, entry)),
  root: join(ROOT, "src"),
  target: "bun",
  // Else the program would read settings, and run code, from the folder it is started in.
  compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  minify: true,
  bytecode: true,
  format: "esm",
  // What a command, or a thread, does not use is not read from the program's file: the server starts quicker.
  splitting: true,
  // 1.5 MB of 117: a stack trace in a bug report then names our files and lines.
  sourcemap: "linked",
  define: { BUILD_VERSION: JSON.stringify(version), "process.env.NODE_ENV": '"production"' },
  plugins: [withoutParts],
  throw: false,
});
for (const log of logs) console.error(String(log));
// It is in the program as well.
rmSync(`${outfile}.map`, { force: true });
if (!success) process.exit(1);
