// The database as a file: looked at before it is opened for writing, and copied before an upgrade.
import { constants, Database } from "bun:sqlite";
import { closeSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SetupError } from "../../model/setupError.ts";
import { openBeside } from "../files/beside.ts";
import { syncPath } from "../files/sync.ts";
import { type LogFlaw, logFlawOf } from "./logFlaw.ts";

/** Copies from before upgrades, of which this many are kept. */
const KEPT_COPIES = 3;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Throws SetupError when the file cannot be used as it is: damaged, beside a log that is damaged or not its own, or
 * written by a newer Nines. Nothing is written, no file beside it is made. A file that is missing is fine, unless what belongs to it is there: a new
 * database would make the reports beside it look like leftovers.
 */
export function inspectDatabase(path: string, newestVersion: number): void {
  if (sizeOf(path) === 0) {
    refuseIfLost(path);
    return;
  }
  refuseFlawedLog(path);
  const version = versionOf(path);
  if (version <= newestVersion) return;
  throw new SetupError(
    `the database has schema version ${version}, this Nines knows up to ${newestVersion}: use the newer Nines that wrote it; ${path} was left as it is`,
  );
}

const FLAWS: Record<LogFlaw, string> = {
  damaged: "is damaged, and changes that were stored lie behind the damage",
  cut: "lacks changes that were stored",
  foreign: "was written for another database than the one beside it",
};

/** SQLite itself would go on without a word, and without all that comes after the flaw. */
function refuseFlawedLog(path: string): void {
  const flaw = logFlawOf(path);
  if (flaw === null) return;
  throw new SetupError(
    `the database's log ${path}-wal ${FLAWS[flaw]}: restore a backup, or run 'nines check --repair' to go on without them; all was left as it is`,
  );
}

function refuseIfLost(path: string): void {
  const reports = join(dirname(path), "reports");
  const belongings = [
    ...(sizeOf(`${path}-wal`) > 0 ? [`${path}-wal`] : []),
    ...(existsSync(reports) && holdsFiles(reports) ? [reports] : []),
  ];
  if (belongings.length === 0) return;
  throw new SetupError(
    `there is no database at ${path}, but ${belongings.join(" and ")}: put the database back from a backup, or move these away`,
  );
}

function holdsFiles(folder: string): boolean {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}

/** The schema version of a file that SQLite can read. */
function versionOf(path: string): number {
  let db: Database | null = null;
  try {
    db = openUntouched(path);
    db.query("SELECT count(*) FROM sqlite_schema").get();
    return (db.query("PRAGMA user_version").get() as { user_version: number }).user_version;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && /^SQLITE_(NOTADB|CORRUPT)/.test(String(error.code))))
      throw error;
    throw new SetupError(
      `the database ${path} is damaged (${error.message}): restore a backup; it was left as it is`,
    );
  } finally {
    db?.close();
  }
}

/** For reading without a trace: without a write-ahead log there is nothing to share with anybody. */
function openUntouched(path: string): Database {
  if (sizeOf(`${path}-wal`) > 0) return new Database(path, { readonly: true });
  const name = encodeURI(path).replaceAll("?", "%3f").replaceAll("#", "%23");
  return new Database(`file:${name}?immutable=1`, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

/**
 * Copies a database that is about to be upgraded to `version` into a file beside it, whole and synced, and
 * removes the oldest such copies. Gives the copy's path.
 */
export function copyBeforeUpgrade(db: Database, path: string, version: number): string {
  const prefix = `${basename(path)}.before-v`;
  const copy = join(dirname(path), `${prefix}${version}`);
  // For its owner only: SQLite fills an empty file, too.
  const { file, temporary: part } = openBeside(copy, 0o600);
  closeSync(file);
  try {
    db.query("VACUUM INTO ?").run(part);
    giveIdentity(part);
    syncPath(part);
    renameSync(part, copy);
  } finally {
    rmSync(part, { force: true });
  }
  syncPath(dirname(path));
  const numberOf = (name: string) => Number(name.slice(prefix.length));
  const copies = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .sort((a, b) => numberOf(b) - numberOf(a));
  for (const name of copies.slice(KEPT_COPIES)) rmSync(join(dirname(path), name), { force: true });
  return copy;
}

/**
 * Gives a database that nobody has open an identity of its own. Every frame of a log belongs to one database, and so
 * does a copy that is put back beside the log of the original (openDatabase, logFlaw.ts).
 */
export function giveIdentity(path: string): void {
  const db = new Database(path, { readwrite: true, create: false });
  try {
    nameDatabase(db);
  } finally {
    db.close();
  }
}

/** Writes a new identity into the first page. */
export function nameDatabase(db: Database): void {
  const { identity } = db.query("SELECT abs(random() % 2147483647) + 1 AS identity").get() as {
    identity: number;
  };
  db.run(`PRAGMA application_id = ${identity}`);
}
