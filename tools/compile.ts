// Compiles a program of one file: `bun tools/compile.ts OUTFILE VERSION ENTRY…`, run by build.mjs and bench/.
// The entries are the program, and each of its threads. With a folder in OUTFILE's place, a name that ends with a slash,
// each entry becomes a file there that Bun runs.
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
const isFolder = outfile.endsWith("/");
const { success, logs } = await Bun.build({
  entrypoints: entrypoints.map((entry) => join(ROOT, entry)),
  root: join(ROOT, "src"),
  target: "bun",
  minify: true,
  define: { BUILD_VERSION: JSON.stringify(version), "process.env.NODE_ENV": '"production"' },
  plugins: [withoutParts],
  throw: false,
  ...(isFolder
    ? // Files are named by where they lie: the folder that a thread is started in is another.
      { outdir: outfile, publicPath: outfile }
    : {
        // Else the program would read settings, and run code, from the folder it is started in.
        compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
        bytecode: true,
        format: "esm" as const,
        // What a command, or a thread, does not use is not read from the program's file: the server starts quicker.
        splitting: true,
        // 1.5 MB of 117: a stack trace in a bug report then names our files and lines.
        sourcemap: "linked" as const,
      }),
});
for (const log of logs) console.error(String(log));
// It is in the program as well.
if (!isFolder) rmSync(`${outfile}.map`, { force: true });
if (!success) process.exit(1);
