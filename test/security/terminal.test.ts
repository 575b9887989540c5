// What stands in files, answers and arguments steers no terminal and no log: commands and logs show it.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { visible } from "../../src/model/visible.ts";
import { binaryMissing, emptyFolder, nines } from "../support/binary.ts";

// With `bun test` alone a test may take five seconds, which a program on a busy machine may need to start twice.
setDefaultTimeout(60_000);

const SOURCE = resolve(import.meta.dir, "../../src");
/** Up a line, clear it, another title, a C1 sequence, another direction, another line. */
const STEERING =
  "\u001b[1A\u001b[2K\rverified\u001b]0;title\u0007\u009b2J\u202e\u2066\u200f\u061c\u007f\u2028\nverified";
/** Anything but the ends of our own lines. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const steers = (text: string) => CONTROLS.test(text.replaceAll("\n", ""));

let folder: ReturnType<typeof emptyFolder>;
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => folder.remove());

test("every control character and mark of direction is shown, any other letter is left", () => {
  for (let code = 0; code < 0x10000; code++) {
    const shown = visible(String.fromCharCode(code));
    expect(CONTROLS.test(shown)).toBe(false);
    if (shown.length > 1) expect(JSON.parse(`"${shown}"`)).toBe(String.fromCharCode(code));
  }
  for (const text of ["Zürich – Kathmandu 🏔", "القاهرة", "\\u001b", "שלום"]) expect(visible(text)).toBe(text);
});

test("what was JSON means the same afterwards", () => {
  const value = { [STEERING]: [STEERING, 1] };
  expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
});

test("commands write in one place only", () => {
  const writers = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .filter((name) =>
      /process\.std(out|err)\.write|console\.\w+\(/.test(readFileSync(join(SOURCE, name), "utf8")),
    );
  expect(writers).toEqual([]);
});

test("a log shows what its facts hold", async () => {
  const script = `const { openLog } = await import(${JSON.stringify(join(SOURCE, "server/log.ts"))});
    openLog("info")("warn", "something.happened", { reason: ${JSON.stringify(STEERING)} });`;
  const child = Bun.spawn([process.execPath, "-e", script], { stderr: "pipe" });
  const text = await new Response(child.stderr).text();
  expect(await child.exited).toBe(0);
  expect(steers(text)).toBe(false);
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({ msg: "something.happened", reason: STEERING });
});

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "the program [needs dist/nines]" : "the program",
  () => {
    const path = (name: string) => join(folder.path, name);

    /** A report's document in which a text was changed. */
    async function changedDocument(
      change: (document: { sites: object[]; generator: { tzdata: string } }) => void,
    ) {
      expect((await nines(folder.path, ["demo", "--json", "--data", path("demo")])).code).toBe(0);
      const document = JSON.parse(readFileSync(path("demo/report.json"), "utf8"));
      change(document);
      writeFileSync(path("changed.json"), JSON.stringify(document));
    }

    test("shows what a changed document would overwrite its verdict with", async () => {
      await changedDocument((document) => {
        const [site] = document.sites;
        if (site) Object.assign(site, { uptime_percentage: 12, address: STEERING });
        document.generator.tzdata = STEERING;
      });
      for (const flags of [[], ["--json"]]) {
        const { code, out, err } = await nines(folder.path, ["verify", "changed.json", ...flags]);
        expect(code).toBe(1);
        expect(steers(out + err)).toBe(false);
      }
      const { out } = await nines(folder.path, ["verify", "changed.json"]);
      expect(out).toStartWith("changed.json: DIFFERS in ");
      expect(out).not.toMatch(/^verified/m);
    });

    test("shows what an import refuses, and what a file's name and an argument hold", async () => {
      const name = `a${STEERING.replaceAll("/", "")}.ndjson`;
      mkdirSync(path("data"), { mode: 0o700 });
      writeFileSync(
        path(name),
        `${JSON.stringify({ name: STEERING, [STEERING]: 1, tags: { [STEERING]: 5 } })}\n`,
      );
      writeFileSync(path(`${name}.csv`), `${STEERING.replaceAll("\n", "")}\n1\n`);
      writeFileSync(path("broken.json"), `{"a": ${STEERING}}`);
      for (const args of [
        ["import", "sites", name],
        ["import", "sites", name, "--json"],
        ["import", "faults", name],
        ["import", "sites", `${name}.csv`],
        ["verify", "broken.json"],
        ["verify", name],
        ["verify", `missing${STEERING}`],
        ["report", "--schedule", STEERING, "--from", "2026-01-01", "--to", "2026-01-31", "--out", "a.pdf"],
        ["backup", STEERING, "--data", STEERING],
      ]) {
        const { code, out, err } = await nines(folder.path, args);
        expect(code).not.toBe(0);
        expect(steers(out + err), JSON.stringify([args, out, err])).toBe(false);
      }
    });
  },
);
