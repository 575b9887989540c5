// Opens the database of a data folder, with the settings that durability depends on.
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { migrate } from "./migrations.ts";
import { makeClosed } from "./permissions.ts";

export type { Database };

export const DATABASE_FILE = "nines.sqlite";

/** The path of the database in a data folder. */
export function databasePath(dataFolder: string): string {
  return join(dataFolder, DATABASE_FILE);
}

/**
 * Opens (and makes, and migrates) the database. What a transaction acknowledged survives a crash of
 * the machine: WAL with synchronous=FULL. Throws when the file is damaged or newer than this Nines.
 */
export function openDatabase(path: string): Database {
  if (path !== ":memory:") makeClosed(path);
  const db = new Database(path, { create: true, strict: true });
  try {
    configure(db);
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    migrate(db);
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

function configure(db: Database): void {
  db.run("PRAGMA busy_timeout = 5000");
  db.run("PRAGMA foreign_keys = ON");
  db.run("PRAGMA temp_store = MEMORY");
  db.run("PRAGMA cache_size = -16000"); // 16 MB: the working set of a month, without growing at rest
}
