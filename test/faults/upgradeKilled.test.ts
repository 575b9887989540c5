// An upgrade that is killed: at any statement of a migration, and while the copy before it is written. The next start
// finds the database as it was, and upgrades it.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseProblems } from "../../src/store/database/integrity.ts";
import { MIGRATIONS, SCHEMA_VERSION, versionOf } from "../../src/store/database/migrations.ts";
import { databasePath, openDatabase } from "../../src/store/database/open.ts";
import { chanceOf, isLong, SEED } from "../support/chance.ts";

const SITES = 40_000;
const COPY_KILLS = isLong ? 60 : 4;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-upgrade-"));
  mkdirSync(join(folder, "data"), { mode: 0o700 });
  path = databasePath(join(folder, "data"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The migrations after the first, one entry a statement. */
function statements(): string[] {
  return MIGRATIONS.slice(1)
    .flatMap((sql) => sql.replaceAll(/--[^\n]*/g, "").split(/;\s*\n/))
    .filter((sql) => sql.trim() !== "");
}

/** A database of the first schema version with so many sites, as a stopped server leaves it. */
function firstDatabase(sites: number): void {
  const db = openDatabase(path, MIGRATIONS.slice(0, 1));
  const insert = db.query(
    `INSERT INTO sites (id, workspace, name, tags, created_at_ms, updated_at_ms)
     VALUES (?, 'acme', ?, '{"Region": "West"}', 1, 1)`,
  );
  db.transaction(() => {
    for (let i = 0; i < sites; i++) insert.run(`site_${i}`, `Site ${i} ${"x".repeat(200)}`);
  })();
  db.close();
}

/** Opens the database in a process of its own; `end` may kill it. */
function opening(script: string) {
  const source = `
    const { MIGRATIONS } = await import(${JSON.stringify(join(import.meta.dir, "../../src/store/database/migrations.ts"))});
    const { openDatabase } = await import(${JSON.stringify(join(import.meta.dir, "../../src/store/database/open.ts"))});
    const path = ${JSON.stringify(path)};
    ${script}`;
  return Bun.spawn([process.execPath, "-e", source], { stdio: ["ignore", "ignore", "inherit"] });
}

function expectUpgraded(sites: number): void {
  const db = openDatabase(path);
  expect(versionOf(db)).toBe(SCHEMA_VERSION);
  expect(db.query("SELECT count(*) AS n FROM sites").get()).toEqual({ n: sites });
  expect(databaseProblems(db)).toEqual([]);
  db.close();
  const names = readdirSync(join(folder, "data")).sort();
  expect(names).toEqual(["nines.sqlite", `nines.sqlite.before-v${SCHEMA_VERSION}`]);
  const copy = new Database(`${path}.before-v${SCHEMA_VERSION}`, { readonly: true });
  expect([versionOf(copy), databaseProblems(copy)]).toEqual([1, []]);
  expect(copy.query("SELECT count(*) AS n FROM sites").get()).toEqual({ n: sites });
  copy.close();
}

test("killed after any statement of the migrations, a database is as it was, and is upgraded by the next start", async () => {
  const all = statements();
  expect(all.length).toBeGreaterThan(SCHEMA_VERSION);
  const step = isLong ? 1 : Math.ceil(all.length / 4);
  firstDatabase(3);
  for (let done = 0; done <= all.length; done += step) {
    const child = opening(`
      const some = ${JSON.stringify(all.slice(0, done))};
      const doomed = [...MIGRATIONS];
      doomed.slice = function* () {
        yield* some;
        process.kill(process.pid, "SIGKILL");
        Bun.sleepSync(60_000);
      };
      openDatabase(path, doomed);`);
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    const db = new Database(path);
    expect([done, versionOf(db)]).toEqual([done, 1]);
    db.close();
  }
  expectUpgraded(3);
});

test(`killed ${COPY_KILLS} times while the copy before an upgrade is written, none is taken for whole, and none is left`, async () => {
  const chance = chanceOf(SEED);
  firstDatabase(SITES);
  let written = 0;
  for (let i = 0; i < COPY_KILLS; i++) {
    const child = opening("openDatabase(path, MIGRATIONS); process.exit(0);");
    const isBegun = () => readdirSync(join(folder, "data")).some((name) => name.endsWith(".part"));
    while (child.exitCode === null && !isBegun()) await Bun.sleep(0);
    await Bun.sleep(chance.whole(30));
    child.kill("SIGKILL");
    await child.exited;
    if (isBegun()) written++;
    else break;
  }
  expect(written).toBeGreaterThan(0);
  expectUpgraded(SITES);
});
