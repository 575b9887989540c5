// Options that several commands share.
import { existsSync } from "node:fs";
import { Option } from "commander";
import { NinesError } from "../model/errors.ts";
import { idMaker } from "../model/ids.ts";
import { SetupError } from "../model/setupError.ts";
import { WORKSPACE_PATTERN } from "../model/workspaceSettings.ts";
import { type Config, readConfig } from "../server/config.ts";
import { inspectDatabase } from "../store/database/databaseFile.ts";
import { SCHEMA_VERSION } from "../store/database/migrations.ts";
import { type Database, databasePath, openDatabase, openForReading } from "../store/database/open.ts";
import { makeDataFolder } from "../store/files/dataFolder.ts";
import { type Store, storeOf } from "../store/store.ts";
import { printLines } from "./print.ts";

export const dataOption = () => new Option("--data <folder>", "data folder (NINES_DATA, ./data)");
export const jsonOption = () => new Option("--json", "print the result as JSON");
export const workspaceOption = () =>
  new Option("--workspace <name>", "workspace").default("default").argParser((name: string) => {
    if (WORKSPACE_PATTERN.test(name)) return name;
    throw new SetupError(`--workspace must be 1 to 64 letters, digits, '.', '_' or '-', but is '${name}'`);
  });

/** The configuration of a command that only needs the data folder. */
export function configOf(flags: { data?: string }): Config {
  return readConfig(flags, process.env);
}

/** Makes the data folder when it is missing, and says on standard error what in it others could use until now. */
export function prepareDataFolder({ dataFolder }: Config): void {
  for (const { path, was } of makeDataFolder(dataFolder))
    printLines([`nines: ${path} was open to others (mode ${was}); now it is not`], process.stderr);
}

/**
 * The database of an existing data folder, for reading. Throws SetupError when there is none, and when it, or its log,
 * is damaged or newer.
 */
export function openExisting(config: Config): Database {
  const path = databasePath(config.dataFolder);
  if (!existsSync(path)) {
    throw new SetupError(
      `there is no database in ${config.dataFolder}; start 'nines serve' first, or name the folder with --data`,
    );
  }
  inspectDatabase(path, SCHEMA_VERSION);
  return openForReading(path);
}

/** Opens (and makes) the database for writing; a server may run beside it. */
export function openStore(config: Config): { store: Store; close: () => void } {
  const db = openDatabase(databasePath(config.dataFolder));
  const newId = idMaker(Date.now, (array) => crypto.getRandomValues(array));
  return { store: storeOf(db, Date.now, newId), close: () => db.close() };
}

/** Runs a check of what flags were given for. What it refuses is told by the names of the flags, not by the API's. */
export function inFlags<T>(flags: Readonly<Record<string, string>>, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof NinesError)) throw error;
    const renamed = Object.entries(flags).reduce(
      (message, [field, flag]) => message.replaceAll(`'${field}'`, flag),
      error.message,
    );
    throw new SetupError(renamed);
  }
}
