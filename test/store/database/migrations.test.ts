// The schema: made once, counted in user_version, never touched when it is newer than this Nines.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseProblems } from "../../../src/store/database/integrity.ts";
import { migrate, SCHEMA_VERSION } from "../../../src/store/database/migrations.ts";
import { databasePath, openDatabase, openForReading } from "../../../src/store/database/open.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
  path = databasePath(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const versionOf = (db: Database) =>
  (db.query("PRAGMA user_version").get() as { user_version: number }).user_version;
const schemaOf = (db: Database) =>
  db.query("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all();
const opened = <T>(look: (db: Database) => T): T => {
  const db = openDatabase(path);
  try {
    return look(db);
  } finally {
    db.close();
  }
};

test("a fresh file gets the whole schema, and says its version", () => {
  opened((db) => {
    expect(versionOf(db)).toBe(SCHEMA_VERSION);
    expect(schemaOf(db).length).toBeGreaterThan(30);
    expect(databaseProblems(db)).toEqual([]);
  });
});

test("opening a file again changes nothing", () => {
  const first = opened(schemaOf);
  expect(opened(schemaOf)).toEqual(first);
  expect(opened(versionOf)).toBe(SCHEMA_VERSION);
});

test("a file of a newer Nines is refused with both versions, and stays as it is", () => {
  opened((db) => db.run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`));
  const before = readFileSync(path);
  expect(() => openDatabase(path)).toThrow(
    `the database has schema version ${SCHEMA_VERSION + 1}, this Nines knows up to ${SCHEMA_VERSION}`,
  );
  expect(readFileSync(path)).toEqual(before);
});

test("a file that is no database is refused, and stays as it is", () => {
  writeFileSync(path, "not a database, but long enough to be looked at as one: ".repeat(20));
  const before = readFileSync(path);
  expect(() => openDatabase(path)).toThrow("file is not a database");
  expect(readFileSync(path)).toEqual(before);
});

test("a migration that fails leaves the file without any of it", () => {
  const db = new Database(path, { create: true });
  db.run("CREATE TABLE jobs (seq INTEGER PRIMARY KEY)");
  expect(() => migrate(db)).toThrow("jobs");
  expect(schemaOf(db)).toHaveLength(1);
  expect(versionOf(db)).toBe(0);
  db.close();
});

test("what is acknowledged is on the disk: write-ahead log, fully synced, references enforced", () => {
  opened((db) => {
    expect(db.query("PRAGMA journal_mode").values()).toEqual([["wal"]]);
    expect(db.query("PRAGMA synchronous").values()).toEqual([[2]]);
    expect(db.query("PRAGMA foreign_keys").values()).toEqual([[1]]);
  });
});

test("a database opened for reading takes no changes", () => {
  opened(() => {});
  const db = openForReading(path);
  expect(() => db.run("DELETE FROM jobs")).toThrow("readonly");
  db.close();
});

test("a file that is not there cannot be opened for reading, and is not made", () => {
  expect(() => openForReading(path)).toThrow("unable to open");
  expect([...new Bun.Glob("*").scanSync(folder)]).toEqual([]);
});

test("every reference to a parent that can be deleted has an index, so that deleting scans nothing", () => {
  opened((db) => {
    const tables = db
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all();
    const bare = tables.flatMap(({ name }) =>
      db
        .query<{ table: string; from: string }, []>(`PRAGMA foreign_key_list(${name})`)
        .all()
        .filter(({ table }) => table !== "causes")
        .filter(({ from }) => !isIndexed(db, name, from))
        .map(({ from }) => `${name}.${from}`),
    );
    expect(bare).toEqual([]);
  });
});

function isIndexed(db: Database, table: string, column: string): boolean {
  return db
    .query<{ name: string }, []>(`PRAGMA index_list(${table})`)
    .all()
    .some(
      ({ name }) => db.query<{ name: string }, []>(`PRAGMA index_info('${name}')`).get()?.name === column,
    );
}
