// What docs and README list is what there is: events of the log, commands, ids.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ID_PREFIXES } from "../src/model/ids.ts";

const ROOT = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** The rows of the tables of a document: what stands in the first column. */
function firstColumns(path: string): string {
  return [...read(path).matchAll(/^\|((?:[^|\n]|\\\|)*)\|/gm)].map(([, cell]) => cell).join("\n");
}

/** What a group of an expression finds in all of src, each once. */
function foundInSource(expression: RegExp): string[] {
  const paths = [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)];
  const found = paths.flatMap((path) => [...read(path).matchAll(expression)].map(([, name]) => name ?? ""));
  return [...new Set(found)].sort();
}

describe("docs/operations.md", () => {
  const named = firstColumns("docs/operations.md");

  test("lists every event of the log once, and no other", () => {
    const logged = foundInSource(/\blog\(\s*"(?:info|warn|error)",\s*"([\w.]+)"/g);
    const listed = [...named.matchAll(/`([a-z]+(?:[._][a-z_]+)*)`/g)].map(([, event]) => event ?? "");
    expect(logged.length).toBeGreaterThan(20);
    expect(listed.filter((event) => !event.startsWith("nines_")).sort()).toEqual(logged);
  });

  test("lists every metric", () => {
    const metrics = foundInSource(/"(nines_[a-z_]+)"/g);
    expect(metrics.length).toBeGreaterThan(8);
    expect(metrics.filter((metric) => !new RegExp(`\`${metric}[\`{]`).test(named))).toEqual([]);
  });
});

test("the README lists every command", () => {
  const commands = foundInSource(/^ {2}(\w+): async \(\) => \(await import\("\.\/cli\//gm);
  const named = firstColumns("README.md");
  expect(commands).toContain("clock");
  expect(commands.filter((command) => !new RegExp(`\`nines ${command}\\b`).test(named))).toEqual([]);
});

test("docs/api.md lists every kind of id that the API gives", () => {
  const { job: _, request: __, ...given } = ID_PREFIXES;
  const ids = read("docs/api.md").match(/\*\*Ids\*\*[^.]*\./)?.[0] ?? "";
  expect(Object.values(given).filter((prefix) => !ids.includes(`\`${prefix}\``))).toEqual([]);
});
