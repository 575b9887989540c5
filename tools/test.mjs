// All that must hold, in one command: types, format and lint, the build, every test. The last line is
// `N passed, N failed`, with `, N skipped` when some are. Arguments are passed on to `bun test`.
// A skipped test says why in its name, in square brackets ("… [needs chromium]"), else it counts as failed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { BUN, bootstrap } from "./bootstrap.mjs";
import { build, bundleThreads } from "./build.mjs";
import { readCases } from "./junit.mjs";
import { ROOT, removeAtExit, run } from "./process.mjs";

/**
 * Test files run in two processes a core and one more, since many of them wait: for a disk, a timer, another process.
 * But not in more than this: each holds a server or two.
 */
const MOST_PROCESSES = 6;

/** The files that were last found to be in order, as a hash of them all. A fresh clone has none. */
const CHECKED = join(ROOT, "node_modules/.cache/nines-checked");

const filters = process.argv.slice(2);
const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
let isSummarized = false;
// So the last line is there even when the script ends early: nothing could be installed, or a signal came.
process.once("exit", () => {
  if (isSummarized) return;
  addFailure("the run ended before all was tested");
  summarize();
});

await bootstrap();

const [problem] = await Promise.all([build(), checkFiles()]);
if (problem !== null) addFailure("build", problem);
await runTests();
summarize();

/** Types, format and lint. They look from file to file, so all are checked again when one has changed. */
async function checkFiles() {
  const hash = await hashOfFiles();
  if (hash !== null && existsSync(CHECKED) && readFileSync(CHECKED, "utf8") === hash) {
    total.passed += 2;
    return;
  }
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const colors = `--colors=${color.FORCE_COLOR ? "force" : "off"}`;
  const areRight = await Promise.all([
    check("types", BUN, ["check", "--no-script", "--all"]),
    check("format and lint", process.execPath, [
      biome,
      ...["ci", "--error-on-warnings", "--max-diagnostics=none", colors],
    ]),
  ]);
  if (hash === null || areRight.includes(false) || hash !== (await hashOfFiles())) return;
  mkdirSync(dirname(CHECKED), { recursive: true });
  writeFileSync(CHECKED, hash);
}

/** Of every file that git does not ignore, with it the settings and versions of the tools; null without git. */
async function hashOfFiles() {
  const { code, output } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  if (code !== 0) return null;
  const hash = createHash("sha256").update(`${process.version} ${process.platform}`);
  for (const name of output.split("\0").filter(Boolean).sort()) {
    const path = join(ROOT, name);
    // What is deleted is listed, too, until that is committed; and other repositories within this one, as folders.
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    const bytes = isFile ? readFileSync(path) : Buffer.alloc(0);
    hash.update(`\n${name} ${isFile} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

async function check(name, command, args) {
  const { code, output } = await run(command, args, { env: { ...process.env, ...color } });
  if (code === 0) total.passed++;
  else addFailure(name, output);
  return code === 0;
}

function addFailure(name, output = "") {
  total.failed++;
  failures.push(name);
  if (output) process.stdout.write(`\n${name}:\n${output.trimEnd()}\n`);
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), "nines-test-"));
  removeAtExit(folder);
  const report = join(folder, "junit.xml");
  // A slow machine is no failure: the limit only ends a test that hangs.
  const options = ["--timeout=60000", "--only-failures", "--reporter=junit", `--reporter-outfile=${report}`];
  const cores = availableParallelism();
  // As with `bun test` alone, the files that one process runs share what they import: it is not read for each again.
  if (cores > 1) options.push(`--parallel=${Math.min(2 * cores + 1, MOST_PROCESSES)}`, "--no-isolate");
  // Without it `bun test` sets NODE_ENV to "test", and the libraries answer as in development.
  const env = { ...process.env, ...color, NODE_ENV: "production" };
  // Some fifty servers of tests start threads. A few files alone are tested sooner without.
  if (filters.length === 0) {
    const threads = join(folder, "threads");
    const problem = await bundleThreads(threads);
    if (problem === null) env.THREADS_OF_TESTS = threads;
    else addFailure("bundling the threads", problem);
  }
  const { code, output } = await run(BUN, ["test", ...options, ...filters], { env, show: true });
  countTests(readCases(readReport(report)), code, output);
}

/** No report is left when nothing matched, and when a test ended the whole run, even with exit code 0. */
function readReport(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    addFailure("bun test ended without a report: no test matched, or a test ended the process");
    return "";
  }
}

function countTests(cases, code, output) {
  const failedBefore = total.failed;
  for (const { file, line, name, outcome } of cases) {
    if (outcome === "passed") total.passed++;
    else if (outcome === "failed") addFailure(`${file}:${line} ${name}`);
    // A hook of a skipped group is reported as well, without a name.
    else if (!isFilteredByName() && !name.endsWith("(unnamed)")) addSkip(`${file}:${line} ${name}`, outcome);
  }
  // A file that could not be loaded is no case, but is in the closing lines of bun's own output.
  const counted = cases.filter(({ outcome }) => outcome === "failed").length;
  const reported = Number(stripVTControlCharacters(output).match(/^ *(\d+) fail$/m)?.[1] ?? 0);
  for (let i = counted; i < reported; i++) addFailure("an error outside of any test, shown above");
  if (code !== 0 && total.failed === failedBefore && cases.length > 0) {
    addFailure(`bun test ended with exit code ${code}`);
  }
}

/** With a filter by name, all other tests are reported as skipped. */
function isFilteredByName() {
  return filters.some((filter) => /^(-t|--test-name-pattern)/.test(filter));
}

function addSkip(name, outcome) {
  if (outcome === "skipped" && !/\[.+\]/.test(name)) {
    addFailure(`${name}: skipped without a reason in its name, such as [needs chromium]`);
    return;
  }
  total.skipped++;
  skips.push(outcome === "todo" ? `${name} [to do]` : name);
}

function summarize() {
  isSummarized = true;
  list("Skipped", skips);
  list("Failed", failures);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
  process.exitCode ||= total.failed > 0 ? 1 : 0;
}

function list(title, names) {
  if (names.length > 0) process.stdout.write(`\n${title}:\n${names.map((name) => `  ${name}\n`).join("")}`);
}
