// Builds the one program, dist/nines, when the sources have changed since the last time.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { BUN, bootstrap } from "./bootstrap.mjs";
import { withLock } from "./lock.mjs";
import { fail, isScript, ROOT, removeAtExit, run, tell } from "./process.mjs";

const MAKERS = ["tools/build.mjs", "tools/compile.ts", "tools/pdfkitParts.ts"];
const INPUTS = ["src", "package.json", "package-lock.json", "tsconfig.json", ...MAKERS];
const THREADS = ["src/render/thread.ts", "src/render/readerThread.ts", "src/ingest/storeThread.ts"];
/** The program, and each of its threads. */
const ENTRIES = ["src/main.ts", ...THREADS];
const DIST = join(ROOT, "dist");
const BINARY = join(DIST, "nines");
const STAMP = join(DIST, ".stamp");
const UNFINISHED = ".build-";

/** Gives null when dist/nines is as the sources are, else what the failed build printed. Needs bootstrap. */
export async function build() {
  if (isCurrent(stampOf(hashOfInputs()))) return null;
  return await withLock(async () => {
    const hash = hashOfInputs();
    return isCurrent(stampOf(hash)) ? null : await compile(hash);
  });
}

/** The program is written aside and renamed, so that one that runs is never written over. */
async function compile(hash) {
  tell("building dist/nines …");
  const folder = join(DIST, `${UNFINISHED}${process.pid}`);
  const leftovers = readdirSync(DIST).filter((name) => name.startsWith(UNFINISHED));
  for (const name of leftovers) rmSync(join(DIST, name), { recursive: true });
  mkdirSync(folder);
  removeAtExit(folder);
  const outfile = join(folder, "nines");
  const env = { ...process.env, NODE_ENV: "production" };
  const { code, output } = await run(BUN, compileArguments(outfile), { env });
  if (code !== 0) return output || `tools/compile.ts ended with ${code}\n`;
  rmSync(STAMP, { force: true });
  renameSync(outfile, BINARY);
  writeFileSync(STAMP, stampOf(hash));
  return null;
}

/**
 * Writes each thread of the program as one file: a thread of hundreds of modules takes several times as long to start.
 * Gives null, or what the failed build printed.
 */
export async function bundleThreads(folder) {
  const { code, output } = await run(BUN, compileArguments(`${folder}/`, THREADS));
  return code === 0 ? null : output || `bun build ended with ${code}\n`;
}

function compileArguments(outfile, entries = ENTRIES) {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return [join(ROOT, "tools/compile.ts"), outfile, version, ...entries];
}

function hashOfInputs() {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const file of INPUTS.flatMap((input) => filesOf(join(ROOT, input)))) {
    const bytes = readFileSync(file);
    hash.update(`\n${relative(ROOT, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).sort();
  return names.flatMap((name) => filesOf(join(path, name)));
}

/** The size tells a binary that was cut off or put there by somebody else. */
function stampOf(hash) {
  return `${hash} ${statSync(BINARY, { throwIfNoEntry: false })?.size ?? "absent"}\n`;
}

function isCurrent(stamp) {
  return existsSync(BINARY) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp;
}

if (isScript(import.meta.url)) {
  await bootstrap();
  const problem = await build();
  if (problem !== null) fail("the build failed", problem);
  if (!process.argv.includes("--quiet")) process.stdout.write("dist/nines is up to date\n");
}
