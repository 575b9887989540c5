// Files that are written beside their place and renamed into it. What lies under the temporary name, a link above
// all, is never written to.
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** What the temporary name of a file ends with. */
export const TEMPORARY = ".part";

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Makes a new file under the temporary name of `path`, open for writing. What a crash, or somebody else, left under
 * that name is removed first: the name only, not what it leads to. Throws what the file system does.
 */
export function openBeside(path: string, mode: number): { file: number; temporary: string } {
  const temporary = `${path}${TEMPORARY}`;
  try {
    return { file: openSync(temporary, NEW_FILE, mode), temporary };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  unlinkSync(temporary);
  return { file: openSync(temporary, NEW_FILE, mode), temporary };
}

/** Writes a file under its temporary name, syncs it and renames it into place. What fails leaves nothing. */
export function writeSynced(path: string, content: Uint8Array, mode = 0o600): void {
  const { file, temporary } = openBeside(path, mode);
  try {
    try {
      for (let offset = 0; offset < content.byteLength; ) offset += writeSync(file, content, offset);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
