// `nines clock`: who looks changes nothing, not even a database of an older Nines.
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockCommand } from "../../src/cli/clock.ts";
import { MIGRATIONS } from "../../src/store/database/migrations.ts";
import { databasePath, openDatabase } from "../../src/store/database/open.ts";

let folder: string;
let printed: string;
let out: ReturnType<typeof spyOn>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
  printed = "";
  out = spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  out.mockRestore();
  rmSync(folder, { recursive: true, force: true });
});

const clock = (what: string) => clockCommand().parseAsync([what, "--data", folder], { from: "user" });
const files = () => readdirSync(folder).map((name) => [name, Bun.hash(readFileSync(join(folder, name)))]);

/** A database with a jump written down, as a stopped server leaves it. */
function held(): void {
  const db = openDatabase(databasePath(folder));
  db.run("INSERT INTO clock_hold (one, since_ms, jump_ms, expected_ms) VALUES (1, 5, 90000000, 5)");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

test.each(["show", "accept"])(
  "%s refuses an older database with both versions, and leaves it",
  async (what) => {
    openDatabase(databasePath(folder), MIGRATIONS.slice(0, -1)).close();
    const before = files();
    const older = MIGRATIONS.length - 1;
    await expect(clock(what)).rejects.toThrow(
      `the database has schema version ${older}, this Nines has ${MIGRATIONS.length}`,
    );
    expect(files()).toEqual(before);
  },
);

test("show tells of a jump and leaves the file as it is; accept writes it down", async () => {
  held();
  const before = files();
  await clock("show");
  expect(printed).toBe("the clock jumped by 90000 s; schedules and retention hold still\n");
  expect(files()).toEqual(before);
  printed = "";
  await clock("accept");
  await clock("show");
  expect(printed.split("\n")[1]).toContain("until the server has seen that it is accepted");
});
