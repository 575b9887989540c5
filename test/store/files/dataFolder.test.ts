// The data folder: one server holds it; the token secret in it is made once and kept from others.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SetupError } from "../../../src/model/setupError.ts";
import { lockDataFolder, makeDataFolder, tokenSecret } from "../../../src/store/files/dataFolder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const secretFile = () => join(folder, "token-secret");
const text = (secret: Uint8Array) => new TextDecoder().decode(secret);

test("a second holder is refused with one clear line, as often as it tries", () => {
  const lock = lockDataFolder(folder);
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(() => lockDataFolder(folder)).toThrow(SetupError);
    expect(() => lockDataFolder(folder)).toThrow(
      `another Nines server holds the data folder ${folder}; stop it, or use another folder`,
    );
  }
  lock.release();
});

test("a released folder can be taken again", () => {
  lockDataFolder(folder).release();
  const second = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow(SetupError);
  second.release();
});

test("the kernel frees the folder of a process that was killed", async () => {
  const module = join(import.meta.dir, "../../../src/store/files/dataFolder.ts");
  // A lock that nothing refers to is closed when memory is tidied up.
  const script = `globalThis.lock = (await import(${JSON.stringify(module)})).lockDataFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const holder = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const { value } = await holder.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("held\n");
  expect(() => lockDataFolder(folder)).toThrow(SetupError);
  holder.kill("SIGKILL");
  await holder.exited;
  lockDataFolder(folder).release();
});

test("a missing folder is made for its owner only, with those above it", () => {
  const path = join(folder, "a/b");
  makeDataFolder(path);
  makeDataFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a folder that cannot be made stops the start with one line", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makeDataFolder(join(folder, "file/data"))).toThrow(/^the data folder .* cannot be made: /);
});

test("a secret is made once, long, and readable to its owner only", () => {
  const secret = text(tokenSecret(folder, null));
  expect(secret).toMatch(/^[\w-]{64}$/);
  expect(text(tokenSecret(folder, null))).toBe(secret);
  expect(readFileSync(secretFile(), "utf8")).toBe(secret);
  expect(statSync(secretFile()).mode & 0o777).toBe(0o600);
});

test("a secret that others could read is closed to them", () => {
  const secret = text(tokenSecret(folder, null));
  chmodSync(secretFile(), 0o644);
  expect(text(tokenSecret(folder, null))).toBe(secret);
  expect(statSync(secretFile()).mode & 0o777).toBe(0o600);
});

test("a secret that is too short stops the start and says what to do", () => {
  writeFileSync(secretFile(), "short");
  expect(() => tokenSecret(folder, null)).toThrow(/shorter than 32 bytes; delete it/);
});

test("a configured secret is used as it is, and nothing is written", () => {
  expect(text(tokenSecret(folder, "configured"))).toBe("configured");
  expect([...new Bun.Glob("*").scanSync(folder)]).toEqual([]);
});
