// Archives are what was put into them, and reports that are gone by then are in no copy of the database.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveInto, readArchive } from "../../../src/store/files/archive.ts";
import { sha256 } from "../../../src/store/files/artefacts.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pathOf = (name: string, content: Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

test("files of every size come back as they were, and one that is gone or a link is left out", async () => {
  const archive = join(folder, "a.tar.gz");
  const sizes = [0, 1, 511, 512, 513, 3_000_000];
  const writing = archiveInto(openSync(archive, "wx"));
  const expected = new Map<string, { bytes: number; sha256: string }>();
  for (const size of sizes) {
    const content = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
    const whole = Buffer.alloc(size, content);
    const path = pathOf(`file-${size}`, whole);
    expect(await writing.addFile(`small/${size}`, path)).toBe(true);
    await writing.addLargeFile(`large/${size}`, path);
    for (const name of [`small/${size}`, `large/${size}`])
      expected.set(name, { bytes: size, sha256: sha256(whole) });
  }
  expect(await writing.addFile("gone", join(folder, "gone"))).toBe(false);
  symlinkSync(join(folder, "file-511"), join(folder, "link"));
  expect(await writing.addFile("link", join(folder, "link"))).toBe(false);
  await writing.end();
  expect(await readArchive(archive)).toEqual(expected);
});

test("a disk that fills ends the writing with its error", async () => {
  const writing = archiveInto(openSync("/dev/full", "w"));
  const path = pathOf("random", crypto.getRandomValues(new Uint8Array(65_536)));
  const work = async () => {
    for (let i = 0; i < 100; i++) await writing.addFile(`file-${i}`, path);
    await writing.end();
  };
  await expect(work()).rejects.toThrow("ENOSPC");
});
