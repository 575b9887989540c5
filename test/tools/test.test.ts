// What `npm test` counts, tried on a small project made up for it: what must not pass unseen is a failure.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const SCRIPTS = [
  ...["bootstrap", "build", "junit", "lock", "process", "test"].map((name) => `tools/${name}.mjs`),
  ...["tools/compile.ts", "tools/pdfkitParts.ts"],
];
const SETTINGS = ["package.json", "package-lock.json", "tsconfig.json", "biome.json", ".gitignore"];
/** What the tool counts besides the tests: types; format and lint. */
const CHECKS = 2;

/** The files that the build begins with, as it names them. */
const entriesOf = (build: string) => build.match(/src\/[\w/]+\.ts/g) ?? [];

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "nines-tool-"));
  for (const path of [...SCRIPTS, ...SETTINGS]) cpSync(join(ROOT, path), join(project, path));
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  for (const entry of entriesOf(readFileSync(join(ROOT, "tools/build.mjs"), "utf8"))) {
    mkdirSync(dirname(join(project, entry)), { recursive: true });
    writeFileSync(join(project, entry), "export const nothing = null;\n");
  }
  const fonts = "export async function preparedFonts(): Promise<void> {}\n";
  writeFileSync(join(project, "src/render/fontsOfSources.ts"), fonts);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs the tool over these test files, by name. */
function npmTest(files: Record<string, string>, ...filters: string[]) {
  rmSync(join(project, "test"), { recursive: true, force: true });
  mkdirSync(join(project, "test"));
  for (const [name, lines] of Object.entries(files))
    writeFileSync(join(project, "test", `${name}.test.ts`), `import { test } from "bun:test";\n\n${lines}\n`);
  const { stdout, exitCode } = Bun.spawnSync(["node", "tools/test.mjs", ...filters], {
    cwd: project,
    env: { ...process.env, NODE_ENV: "production" },
  });
  const lines = stdout.toString().trimEnd().split("\n");
  const failed = lines.lastIndexOf("Failed:");
  return {
    exitCode,
    last: lines.at(-1),
    failures: failed === -1 ? [] : lines.slice(failed + 1, -2).map((line) => line.trim()),
  };
}

test("tests that pass, and one that says why it is skipped, are no failure", () => {
  const { exitCode, last, failures } = npmTest({
    some: [
      'test("one", () => {});',
      'test("two", () => {});',
      'test.skip("in a browser [needs chromium]", () => {});',
    ].join("\n"),
  });
  expect({ exitCode, last, failures }).toEqual({
    exitCode: 0,
    last: `${2 + CHECKS} passed, 0 failed, 1 skipped`,
    failures: [],
  });
}, 60_000);

test("a test that fails, one that is skipped without a reason, and a file that cannot be loaded are failures", () => {
  const { exitCode, last, failures } = npmTest({
    failing: 'test("passes", () => {});\ntest("fails", () => {\n  throw new Error("wrong");\n});',
    silent: 'test.skip("in a browser", () => {});',
    unloadable: 'test("one", () => {});\nthrow new Error("not to be loaded");',
  });
  expect({ exitCode, last }).toEqual({ exitCode: 1, last: `${1 + CHECKS} passed, 3 failed` });
  expect(failures.toSorted()).toEqual([
    "an error outside of any test, shown above",
    "test/failing.test.ts:4 fails",
    "test/silent.test.ts:3 in a browser: skipped without a reason in its name, such as [needs chromium]",
  ]);
}, 60_000);

test("a run in which no test matched, and one that a test ended, are failures", () => {
  const passing = { some: 'test("one", () => {});' };
  const ended = { some: 'test("one", () => {\n  process.exit(0);\n});' };
  for (const { exitCode, last, failures } of [npmTest(passing, "test/other"), npmTest(ended)]) {
    expect({ exitCode, last }).toEqual({ exitCode: 1, last: `${CHECKS} passed, 1 failed` });
    expect(failures).toHaveLength(1);
  }
}, 60_000);

test("wrong types, a line out of format and a program that cannot be built are failures", () => {
  writeFileSync(join(project, "src/main.ts"), 'import "./nowhere.ts";\n');
  const { exitCode, last, failures } = npmTest({ some: 'test( "one", () => {});' });
  expect({ exitCode, last }).toEqual({ exitCode: 1, last: "1 passed, 3 failed" });
  expect(failures.toSorted()).toEqual(["build", "format and lint", "types"]);
}, 60_000);
