// Files that are written piece by piece beside their place.
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../../src/store/files/artefacts.ts";
import { readPart, readPieces, writeBeside, writeSynced } from "../../../src/store/files/beside.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
  path = join(folder, "file");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What this process has open. */
const openFiles = () =>
  readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return []; // it was closed meanwhile
    }
  });

const MIB = 1024 * 1024;

test("pieces of any size come one after the other, and have their name when they are all there", () => {
  const pieces = ["a", "ü€😀", "x".repeat(MIB - 3), "", "y".repeat(3 * MIB), "z", new Uint8Array([0, 255])];
  const whole = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
  const file = writeBeside(path);
  for (const piece of pieces) file.write(piece);
  expect(file.position).toBe(whole.byteLength);
  expect(file.sync()).toEqual({ bytes: whole.byteLength, sha256: sha256(whole) });
  expect(existsSync(path)).toBe(false);
  file.publish();
  expect(readFileSync(path).equals(whole)).toBe(true);
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(Buffer.concat([...readPieces(path)]).equals(whole)).toBe(true);
  expect(Buffer.from(readPart(path, 1, 9)).toString()).toBe("ü€😀");
  expect(readPart(path, whole.byteLength - 1, 5)).toEqual(new Uint8Array([255]));
});

test("a file is not open between its pieces: a thread that is ended leaves none", () => {
  const file = writeBeside(path);
  file.write("a".repeat(2 * MIB));
  expect(openFiles()).not.toContain(file.temporary);
  file.discard();
  expect(readdirSync(folder)).toEqual([]);
});

test("what somebody puts under the temporary name meanwhile is not written to", () => {
  const victim = join(folder, "victim");
  writeFileSync(victim, "precious");
  for (const put of [
    (temporary: string) => symlinkSync(victim, temporary),
    (temporary: string) => renameSync(victim, temporary),
  ]) {
    const file = writeBeside(path);
    file.write("some");
    file.flush();
    rmSync(file.temporary);
    put(file.temporary);
    file.write("more");
    expect(() => file.sync()).toThrow();
    expect(readFileSync(file.temporary, "utf8")).toBe("precious");
    rmSync(file.temporary);
  }
});

test("where a folder stands in the way, the renaming fails and the temporary file is gone", () => {
  mkdirSync(path);
  expect(() => writeSynced(path, new Uint8Array(10))).toThrow();
  expect(readdirSync(folder)).toEqual(["file"]);
});
