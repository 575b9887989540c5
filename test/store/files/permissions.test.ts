// The data folder is its owner's: what is ours is closed to others at the start, what is not ours is refused.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SetupError } from "../../../src/model/setupError.ts";
import { lockDataFolder } from "../../../src/store/files/dataFolder.ts";
import { closeDataFolder } from "../../../src/store/files/permissions.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (name = "") => statSync(join(folder, name)).mode & 0o777;
const put = (name: string, mode: number) => {
  writeFileSync(join(folder, name), "");
  chmodSync(join(folder, name), mode);
};
/** Somebody who owns nothing here. */
const STRANGER = 4_000_000;

test("what is closed already stays as it is", () => {
  put("nines.sqlite", 0o600);
  put("token-secret", 0o400);
  expect(closeDataFolder(folder)).toEqual([]);
  expect([modeOf(), modeOf("nines.sqlite"), modeOf("token-secret")]).toEqual([0o700, 0o600, 0o400]);
});

test.each([0o755, 0o750, 0o705, 0o770, 0o777, 0o711])("a folder with mode %o is closed", (mode) => {
  chmodSync(folder, mode);
  expect(closeDataFolder(folder)).toEqual([{ path: folder, was: `0${mode.toString(8)}` }]);
  expect(modeOf()).toBe(0o700);
});

test.each(["nines.sqlite", "nines.sqlite-wal", "nines.sqlite-shm", "token-secret", "server.lock"])(
  "%s is closed, with a word about it",
  (name) => {
    put(name, 0o644);
    expect(closeDataFolder(folder)).toEqual([{ path: join(folder, name), was: "0644" }]);
    expect(modeOf(name)).toBe(0o600);
    expect(closeDataFolder(folder)).toEqual([]);
  },
);

test("the folder of reports is closed", () => {
  mkdirSync(join(folder, "reports"));
  chmodSync(join(folder, "reports"), 0o755);
  expect(closeDataFolder(folder)).toEqual([{ path: join(folder, "reports"), was: "0755" }]);
  expect(modeOf("reports")).toBe(0o700);
});

test("a folder that holds other things keeps its mode, but what is in it of ours is closed", () => {
  put("letter.txt", 0o644);
  put("token-secret", 0o644);
  chmodSync(folder, 0o755);
  expect(closeDataFolder(folder)).toEqual([{ path: join(folder, "token-secret"), was: "0644" }]);
  expect([modeOf(), modeOf("letter.txt"), modeOf("token-secret")]).toEqual([0o755, 0o644, 0o600]);
});

test.each([0o777, 0o1777, 0o702])("a folder like /tmp, with mode %o, is refused", (mode) => {
  put("letter.txt", 0o644);
  chmodSync(folder, mode);
  expect(() => closeDataFolder(folder)).toThrow(SetupError);
  expect(() => closeDataFolder(folder)).toThrow(/^everybody may write to the data folder .* mode 0700$/);
  expect(statSync(folder).mode & 0o1777).toBe(mode);
});

test("somebody else's folder is refused when everybody may write to it, and else left as it is", () => {
  chmodSync(folder, 0o775);
  expect(closeDataFolder(folder, STRANGER)).toEqual([]);
  expect(modeOf()).toBe(0o775);
  chmodSync(folder, 0o777);
  expect(() => closeDataFolder(folder, STRANGER)).toThrow(/^everybody may write to the data folder /);
});

test("somebody else's open file is refused, and names what to do", () => {
  put("token-secret", 0o640);
  expect(() => closeDataFolder(folder, STRANGER)).toThrow(
    `${join(folder, "token-secret")} belongs to another user and is open to others (mode 0640); give it to the user who runs Nines, with mode 0600`,
  );
  expect(modeOf("token-secret")).toBe(0o640);
  chmodSync(join(folder, "token-secret"), 0o600);
  expect(closeDataFolder(folder, STRANGER)).toEqual([]);
});

test("asking for a lock that this process holds does not let another process have it", async () => {
  const lock = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow(SetupError);
  closeDataFolder(folder);
  const module = join(import.meta.dir, "../../../src/store/files/dataFolder.ts");
  const script = `(await import(${JSON.stringify(module)})).lockDataFolder(${JSON.stringify(folder)}); console.log("taken");`;
  const other = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  expect(await new Response(other.stdout).text()).toBe("");
  expect(await new Response(other.stderr).text()).toContain("another Nines server holds");
  lock.release();
});
