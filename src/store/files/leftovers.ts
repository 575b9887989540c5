// Folders that `nines backup` works in. Whoever works in one holds its lock, which ends with the process; so what a
// killed backup left is known, and removed.
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../../model/setupError.ts";
import { DAY_MS } from "../../sla/lengths.ts";
import { LOCK_FILE, lockDataFolder } from "./dataFolder.ts";

const PREFIX = "backup-";
const NAME = /^backup-\w{6}$/;
/** All that such a folder holds; one that holds anything else is somebody's own. */
const CONTENTS = /^(server\.lock|nines\.sqlite)(-\w+)?$/;
/** A folder without a lock may have been made a moment ago; after this it is a leftover of before there were locks. */
const WITHOUT_LOCK_MS = DAY_MS;

/** Makes a folder in the data folder to work in; `remove` removes it with all that is in it. */
export function makeBackupFolder(dataFolder: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(dataFolder, PREFIX));
  const lock = lockDataFolder(path);
  return {
    path,
    remove: () => {
      lock.release();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Removes the folders of backups that ended without doing so. Gives the paths removed. */
export function sweepBackupFolders(dataFolder: string): string[] {
  return readdirSync(dataFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
    .map(({ name }) => join(dataFolder, name))
    .filter(isLeft)
    .map((path) => {
      rmSync(path, { recursive: true, force: true });
      return path;
    });
}

function isLeft(path: string): boolean {
  if (!readdirSync(path).every((name) => CONTENTS.test(name))) return false;
  if (!existsSync(join(path, LOCK_FILE))) return lstatSync(path).mtimeMs < Date.now() - WITHOUT_LOCK_MS;
  try {
    lockDataFolder(path).release();
    return true;
  } catch (error) {
    if (error instanceof SetupError) return false; // somebody works in it
    throw error;
  }
}
