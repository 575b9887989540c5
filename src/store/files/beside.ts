// Files that are written beside their place and renamed into it. What lies under the temporary name, a link above
// all, is never written to.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
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
  const beside = writeBeside(path, mode);
  try {
    beside.write(content);
    beside.sync();
    beside.publish();
  } catch (error) {
    beside.discard();
    throw error;
  }
}

export type FileBeside = {
  /** Where it lies until it is published. */
  readonly temporary: string;
  /** Adds to the file; texts as UTF-8. */
  write: (content: Uint8Array | string) => void;
  /** How much has been written so far. */
  readonly position: number;
  /** Writes what still lies in memory, so that all of it can be read. */
  flush: () => void;
  /** Makes the file survive a crash of the machine; gives its size and its SHA-256 in hexadecimal. */
  sync: () => { bytes: number; sha256: string };
  /** Gives the file its name. */
  publish: () => void;
  /** Removes the file, unless it was published. */
  discard: () => void;
};

/** As much is collected before it is written; larger pieces are written as they come. */
const COLLECTED_BYTES = 1024 * 1024;
const MORE = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;

/**
 * A file that is written beside its place piece by piece. It is open only while a piece is being written: a thread may
 * be ended at any moment, and what it had open would stay so, with its room on the disk. One that is never published need
 * not be hashed.
 */
export function writeBeside(path: string, mode = 0o600, isHashed = true): FileBeside {
  const { file, temporary } = openBeside(path, mode);
  const { ino } = fstatSync(file);
  closeSync(file);
  const hash = new Bun.CryptoHasher("sha256");
  const collected = new Uint8Array(COLLECTED_BYTES);
  let used = 0;
  let written = 0;
  const append = (content: Uint8Array) => {
    if (content.byteLength === 0) return;
    if (isHashed) hash.update(content);
    withFile(temporary, MORE, ino, (open) => writeAll(open, content));
    written += content.byteLength;
  };
  const flush = () => {
    const length = used;
    used = 0;
    append(collected.subarray(0, length));
  };
  return {
    temporary,
    get position() {
      return written + used;
    },
    write: (content) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      if (used + bytes.byteLength > COLLECTED_BYTES) flush();
      if (bytes.byteLength > COLLECTED_BYTES) append(bytes);
      else {
        collected.set(bytes, used);
        used += bytes.byteLength;
      }
    },
    flush,
    sync: () => {
      flush();
      withFile(temporary, MORE, ino, fsyncSync);
      return { bytes: written, sha256: hash.copy().digest("hex") };
    },
    publish: () => renameSync(temporary, path),
    discard: () => rmSync(temporary, { force: true }),
  };
}

/** Opens what was made under a name, and nothing else that somebody put there since. */
function withFile(path: string, flags: number, ino: number, use: (file: number) => void): void {
  const file = openSync(path, flags);
  try {
    if (fstatSync(file).ino !== ino) throw new Error(`${path} is another file than the one that was made`);
    use(file);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, content: Uint8Array): void {
  for (let offset = 0; offset < content.byteLength; ) offset += writeSync(file, content, offset);
}

/** The bytes of a file from `start` on, as many as `length` unless it ends before. */
export function readPart(path: string, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, "r");
  try {
    let filled = 0;
    while (filled < length) {
      const read = readSync(file, bytes, filled, length - filled, start + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

/** A file from its start to its end, in pieces. */
export function* readPieces(path: string): Generator<Uint8Array> {
  for (let start = 0; ; ) {
    const piece = readPart(path, start, COLLECTED_BYTES);
    if (piece.byteLength === 0) return;
    yield piece;
    start += piece.byteLength;
  }
}
