// A file that cannot be put in its place leaves nothing under its temporary name.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSynced } from "../../../src/store/files/beside.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("where a folder stands in the way, the renaming fails and the temporary file is gone", () => {
  const path = join(folder, "report.pdf");
  mkdirSync(path);
  expect(() => writeSynced(path, new Uint8Array(10))).toThrow();
  expect(readdirSync(folder)).toEqual(["report.pdf"]);
});
