// Databases of older versions: each is brought forward with all that is in it, copied first, and left as it was
// when that fails.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { databaseProblems } from "../../src/store/database/integrity.ts";
import { MIGRATIONS, SCHEMA_VERSION, versionOf } from "../../src/store/database/migrations.ts";
import { databasePath, openDatabase } from "../../src/store/database/open.ts";
import { binaryMissing, nines } from "../support/binary.ts";
import { clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

const SAMPLES = join(import.meta.dir, "samples");
/** What the samples' tokens are signed with. */
const SECRET = { NINES_JWT_SECRET: "the secret of stored samples, 32 bytes" };
const LONGEST_MS = 30_000;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-upgrade-"));
  mkdirSync(join(folder, "data"), { mode: 0o700 });
  path = databasePath(join(folder, "data"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = () => readdirSync(join(folder, "data")).sort();
const copyOf = (version: number) => `${path}.before-v${version}`;

/** Does something with a database, and closes it. */
function within<T>(db: Database, look: (db: Database) => T): T {
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** A database of this schema version with a row in the tables that every version has. */
function databaseOf(version: number): void {
  within(openDatabase(path, MIGRATIONS.slice(0, version)), (db) => {
    db.run(
      `INSERT INTO sites (id, workspace, name, tags, created_at_ms, updated_at_ms)
       VALUES ('site_1', 'acme', 'Zürich', '{"Region": "West"}', 1, 1)`,
    );
    db.run("INSERT INTO causes (text) VALUES ('fiber cut')");
    db.run(
      `INSERT INTO faults (id, workspace, site_seq, type, severity, cause_seq, started_at_ms, resolved_at_ms, updated_at_ms)
       VALUES ('flt_1', 'acme', 1, 'site', 'HIGH', 1, 1000, 2000, 1)`,
    );
    db.run(
      `INSERT INTO jobs (id, kind, workspace, payload, state, run_at_ms, created_at_ms)
       VALUES ('job_1', 'report', 'acme', '{}', 'queued', 1, 1)`,
    );
  });
}
const rowsIn = (db: Database) =>
  ["sites", "faults", "jobs"].map(
    (table) => db.query<{ id: string }, []>(`SELECT id FROM ${table}`).get()?.id,
  );
const ROWS = ["site_1", "flt_1", "job_1"];

const OLDER = Array.from({ length: SCHEMA_VERSION - 1 }, (_, index) => index + 1);

test.each(OLDER)("a database of schema version %i is brought forward, after a copy was made", (version) => {
  databaseOf(version);
  within(openDatabase(path), (db) => {
    expect(versionOf(db)).toBe(SCHEMA_VERSION);
    expect(rowsIn(db)).toEqual(ROWS);
    expect(databaseProblems(db)).toEqual([]);
  });
  within(new Database(copyOf(SCHEMA_VERSION), { readonly: true }), (db) => {
    expect(versionOf(db)).toBe(version);
    expect(rowsIn(db)).toEqual(ROWS);
  });
});

test("a database of this version, and a new one, are not copied", () => {
  within(openDatabase(path), () => {});
  within(openDatabase(path), () => {});
  expect(names()).toEqual(["nines.sqlite"]);
});

test.each([
  ["cannot be read", "CREATE TABLE"],
  ["fails halfway", "CREATE TABLE half (a); INSERT INTO sites (id) VALUES ('x');"],
  [
    "meets data that it did not expect",
    "CREATE UNIQUE INDEX once ON sites ((1)); INSERT INTO nowhere VALUES (1);",
  ],
])("a migration that %s leaves the file as it was, to the byte, with a copy beside it", (_, broken) => {
  databaseOf(SCHEMA_VERSION);
  const before = readFileSync(path);
  expect(() => openDatabase(path, [...MIGRATIONS, broken])).toThrow();
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(names()).toEqual(["nines.sqlite", basename(copyOf(SCHEMA_VERSION + 1))]);
  within(openDatabase(path), (db) => expect(rowsIn(db)).toEqual(ROWS));
});

test("the copies of the last three upgrades are kept", () => {
  databaseOf(1);
  for (let version = 2; version <= 12; version++) {
    const more = Array.from({ length: Math.max(0, version - SCHEMA_VERSION) }, () => "SELECT 1");
    within(openDatabase(path, [...MIGRATIONS, ...more].slice(0, version)), () => {});
  }
  expect(names()).toEqual(["nines.sqlite", ...[10, 11, 12].map((version) => basename(copyOf(version)))]);
});

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "databases of releases [needs dist/nines]" : "databases of releases",
  () => {
    test.each(readdirSync(SAMPLES))(
      "%s is taken over with all that is in it, and its run is made",
      async (name) => {
        writeFileSync(path, Bun.gunzipSync(readFileSync(join(SAMPLES, name))));
        const server = await serve(folder, SECRET);
        const client = clientOf(server.url, (await nines(folder, ["token"], SECRET)).out.trim());
        const { body: faults } = await client.get("/fault");
        expect(faults.data).toHaveLength(1);
        expect(faults.data[0]).toMatchObject({ cause: "fiber cut", created_at: "2026-09-02T03:04:05.678Z" });
        const { body: fault } = await client.get(`/fault/${faults.data[0].id}`);
        expect(fault.comments[0].text).toBe("Dug up by an excavator");
        for (const [list, named] of [
          ["/sites", "Zürich"],
          ["/business-hours", "Office"],
          ["/maintenance-windows", "Patching"],
          ["/notification-groups", "Operations"],
          ["/reports/sla/schedules", "Monthly report"],
        ])
          expect((await client.get(list ?? "")).body.data[0].name).toBe(named);
        const endMs = Date.now() + LONGEST_MS;
        let reports = [];
        while (reports.length === 0 && Date.now() < endMs) {
          reports = (await client.get("/reports/sla/reports")).body.data;
          await Bun.sleep(20);
        }
        expect(reports[0]).toMatchObject({ status: "completed", site_count: 1, breached_count: 1 });
        expect(await server.stop()).toBe(0);
        expect((await nines(folder, ["check"])).out).toContain(
          "all is well: database and files of 1 reports",
        );
      },
    );
  },
);
