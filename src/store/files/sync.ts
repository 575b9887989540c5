// Durability of what was written beside the database.
import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the content of a file, or the names in a folder, survive a crash of the machine. */
export function syncPath(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
