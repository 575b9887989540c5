// Opens the database of a data folder, with the settings that durability depends on.
import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { join } from "node:path";
import { makeClosed } from "../files/permissions.ts";
import { copyBeforeUpgrade, inspectDatabase, nameDatabase } from "./databaseFile.ts";
import { emptyLog } from "./integrity.ts";
import { MIGRATIONS, migrate, versionOf } from "./migrations.ts";

export type { Database };

// Statements are written where they are run, and `db.query` finds the prepared one by its text. It keeps 20 unless
// told, the least recently used goes first: fewer than there are in the product.
Database.MAX_QUERY_CACHE_SIZE = 512;

export const DATABASE_FILE = "nines.sqlite";
const IN_MEMORY = ":memory:";

/** The path of the database in a data folder. */
export function databasePath(dataFolder: string): string {
  return join(dataFolder, DATABASE_FILE);
}

/**
 * Opens (and makes, and upgrades) the database. What a transaction acknowledged survives a crash of the machine:
 * WAL with synchronous=FULL. An older file is copied beside itself before it is changed. Throws when the file is
 * damaged or newer than this Nines: it is left as it is, to the byte.
 */
export function openDatabase(path: string, migrations: readonly string[] = MIGRATIONS): Database {
  if (path !== IN_MEMORY) {
    inspectDatabase(path, migrations.length);
    makeClosed(path);
  }
  const db = new Database(path, { create: true, strict: true });
  try {
    configure(db);
    const version = versionOf(db);
    if (version > 0 && version < migrations.length && path !== IN_MEMORY)
      copyBeforeUpgrade(db, path, migrations.length);
    // Before there is a log, so that the file itself has it.
    if (version === 0) sign(db, path);
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    migrate(db, migrations);
    // The schema would else be in the log alone, until that is full.
    if (version < migrations.length) emptyLog(db);
    sign(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens an existing database for reading only: the render thread and `nines report` use it. */
export function openForReading(path: string): Database {
  const db = new Database(path, { readwrite: true, create: false, strict: true });
  configure(db);
  db.run("PRAGMA query_only = ON");
  return db;
}

/**
 * Opens an existing database for an import in a thread of its own. It looks up what its rows refer to in the same
 * transaction, so SQLite does not check it again; and it copies the log into the database itself, between transactions.
 */
export function openForImport(path: string): Database {
  const db = new Database(path, { readwrite: true, create: false, strict: true });
  configure(db);
  db.run("PRAGMA synchronous = FULL");
  db.run("PRAGMA foreign_keys = OFF");
  db.run("PRAGMA wal_autocheckpoint = 0");
  db.run("PRAGMA cache_size = -32000"); // the pages of a batch; given back when the thread ends
  return db;
}

/** The most that a write of the server waits for another process, while its thread does nothing else. */
const BRIEFLY_MS = 100;

/** For a thread that answers requests: it waits for others by `WriteLock`, and inside SQLite next to nothing. */
export function waitBriefly(db: Database): void {
  db.run(`PRAGMA busy_timeout = ${BRIEFLY_MS}`);
}

/**
 * Gives the database an identity when it has none, and writes it again into a log that is empty, so that the log says
 * whose it is (logFlaw.ts).
 */
function sign(db: Database, path: string): void {
  const { application_id: identity } = db.query("PRAGMA application_id").get() as { application_id: number };
  if (identity === 0) nameDatabase(db);
  else if (!statSync(`${path}-wal`, { throwIfNoEntry: false })?.size)
    db.run(`PRAGMA application_id = ${identity}`);
}

function configure(db: Database): void {
  db.run("PRAGMA busy_timeout = 5000");
  db.run("PRAGMA foreign_keys = ON");
  db.run("PRAGMA temp_store = MEMORY");
  db.run("PRAGMA cache_size = -16000"); // 16 MB: the working set of a month, without growing at rest
}
