// Is the database whole? And a copy of it while it is in use.
import type { Database } from "bun:sqlite";
import { giveIdentity } from "./databaseFile.ts";

/** What SQLite finds wrong with the file, one line each; empty when it is whole. */
export function databaseProblems(db: Database): string[] {
  const problems = db
    .query<{ integrity_check: string }, []>("PRAGMA integrity_check")
    .all()
    .flatMap(({ integrity_check: text }) => (text === "ok" ? [] : [`database: ${text}`]));
  const dangling = db.query("PRAGMA foreign_key_check").all().length;
  return dangling === 0 ? problems : [...problems, `database: ${dangling} rows refer to nothing`];
}

/** Throws when the database cannot be read. */
export function touchDatabase(db: Database): void {
  db.query("SELECT 1 FROM schedules LIMIT 1").get();
}

/**
 * Writes a consistent copy of the database into a new file, while others read and write it. It has an identity of its
 * own: a log that belongs to the original is not taken for its log.
 */
export function copyDatabase(db: Database, path: string): void {
  db.run("PRAGMA query_only = OFF"); // the copy is a write, though not to this database
  db.query("VACUUM INTO ?").run(path);
  giveIdentity(path);
}

/** The size of the database in bytes: its pages, used or free. */
export function databaseBytes(db: Database): number {
  const row = db
    .query("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()")
    .get();
  return (row as { bytes: number }).bytes;
}

/** Brings the write-ahead log into the database and empties it; false while somebody else reads. */
export function emptyLog(db: Database): boolean {
  return db.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0;
}
