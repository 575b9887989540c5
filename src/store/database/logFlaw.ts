// Is the write-ahead log beside a database all that was acknowledged, and is it this database's? SQLite takes a log up
// to the first frame that is wrong, and says nothing of what lies behind: changes that were acknowledged would be gone
// without a word. And it takes the log of another database as its own. The witness is the log's index (`-shm`), which a
// process that was killed leaves behind: it names the last frame that was synced.
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { endianness } from "node:os";
import { dirname } from "node:path";
import { syncPath } from "../files/sync.ts";
import { type FirstPage, firstPageOf, readLog, type WriteAheadLog } from "./logFile.ts";

/** A process that works on the database may begin the log anew while it is read here. */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 10;
/** A log begins anew so many times at most between two writings of its index to the disk. */
const MOST_GENERATIONS = 2 ** 20;

const DATABASE_HEADER_BYTES = 100;
const INDEX_HEADER_BYTES = 48;
const INDEX_VERSION = 3007000;

/** What the log's index says of it. */
type Witness = {
  salt: readonly [number, number];
  /** Frames that were synced. */
  frames: number;
  /** How many of them the database itself has. */
  inDatabase: number;
};

export type LogFlaw = "damaged" | "cut" | "foreign";

/**
 * What is wrong with the log of the database at `path`; null when nothing is. Nothing is opened by SQLite, which
 * would make its index anew. `damaged`: transactions lie behind a place that is not what was written. `cut`: the
 * index knows of more than there is. `foreign`: it was written for another database.
 */
export function logFlawOf(path: string): LogFlaw | null {
  for (let look = 1; ; look++) {
    const witness = witnessOf(`${path}-shm`);
    const log = readLog(`${path}-wal`);
    const flaw = flawIn(log, witness, firstPageOf(startOf(path, DATABASE_HEADER_BYTES) ?? new Uint8Array()));
    if (flaw === null || look === LOOKS) return flaw;
    Bun.sleepSync(BETWEEN_LOOKS_MS);
  }
}

function flawIn(
  log: WriteAheadLog | null,
  witness: Witness | null,
  firstPage: FirstPage | null,
): LogFlaw | null {
  if (log && firstPage && isForeign(log, firstPage)) return "foreign";
  if (log?.goesOnBehindBreak) return "damaged";
  if (!witness) return null;
  if (log?.hasHeader && isOfIndex(log, witness)) {
    // Of a log whose changes are all in the database, SQLite would put the first again over the last.
    const isCut = log.committedFrames < witness.frames;
    return isCut && (log.committedFrames > 0 || !isAllInDatabase(witness)) ? "cut" : null;
  }
  if (isAllInDatabase(witness)) return null;
  if (!log?.hasHeader) return "cut";
  // The log began anew after the index was last written to the disk: before that, all of it went into the database.
  const generations = (log.salt[0] - witness.salt[0]) >>> 0;
  return generations > 0 && generations < MOST_GENERATIONS ? null : "foreign";
}

const isOfIndex = ({ salt }: WriteAheadLog, witness: Witness) =>
  salt[0] === witness.salt[0] && salt[1] === witness.salt[1];
const isAllInDatabase = ({ frames, inDatabase }: Witness) => frames <= inDatabase;

/**
 * Page 1 names its database. It is written whenever pages come or go, and when the log is opened empty (open.ts): in
 * a log without it their number is that of the database.
 */
function isForeign({ firstPage: written, committedFrames, pages }: WriteAheadLog, own: FirstPage): boolean {
  if (written === null) return committedFrames > 0 && own.pages > 0 && pages !== own.pages;
  return written.identity !== null && own.identity !== null && written.identity !== own.identity;
}

/**
 * Lets the database at `path` go on without what its log lacks: keeps the log as it was beside it, cuts it behind its
 * last whole transaction, and removes it when it is another database's, or all in the database already. Gives the path of what was kept, null when
 * nothing was wrong or there is no log to keep. Nobody else may have the database open.
 */
export function mendLog(path: string): { flaw: LogFlaw; kept: string | null } | null {
  const flaw = logFlawOf(path);
  if (flaw === null) return null;
  const log = readLog(`${path}-wal`);
  const witness = witnessOf(`${path}-shm`);
  const kept = log && keep(`${path}-wal`);
  const isNeeded = log?.hasHeader && !(witness && isOfIndex(log, witness) && isAllInDatabase(witness));
  // The index last: as long as it is there, a repair that broke off here leaves a flaw to be seen.
  if (isNeeded && flaw !== "foreign") cut(`${path}-wal`, log.committedBytes);
  else rmSync(`${path}-wal`, { force: true });
  syncPath(dirname(path));
  rmSync(`${path}-shm`, { force: true });
  syncPath(dirname(path));
  return { flaw, kept };
}

function cut(path: string, bytes: number): void {
  truncateSync(path, bytes);
  syncPath(path);
}

/** Copies a file beside itself, under a name that was not there. */
function keep(path: string): string {
  let number = 1;
  while (existsSync(`${path}.kept-${number}`)) number++;
  const copy = `${path}.kept-${number}`;
  copyFileSync(path, copy, constants.COPYFILE_EXCL);
  syncPath(copy);
  syncPath(dirname(copy));
  return copy;
}

/** What the index says, if it says it twice alike: null when there is none, or when its writing broke off. */
function witnessOf(path: string): Witness | null {
  const bytes = startOf(path, 2 * INDEX_HEADER_BYTES + 4);
  if (!bytes || bytes.byteLength < 2 * INDEX_HEADER_BYTES + 4) return null;
  const [first, second] = [bytes.subarray(0, INDEX_HEADER_BYTES), bytes.subarray(INDEX_HEADER_BYTES)];
  if (!first.every((byte, index) => byte === second[index])) return null;
  const view = new DataView(bytes.buffer);
  const isLittle = endianness() === "LE";
  const [IS_MADE, FRAMES, SALT, IN_DATABASE] = [12, 16, 32, 2 * INDEX_HEADER_BYTES];
  if (view.getUint32(0, isLittle) !== INDEX_VERSION || bytes[IS_MADE] !== 1) return null;
  return {
    salt: [view.getUint32(SALT), view.getUint32(SALT + 4)],
    frames: view.getUint32(FRAMES, isLittle),
    inDatabase: view.getUint32(IN_DATABASE, isLittle),
  };
}

/** The first bytes of a file, as many as there are; null when there is no file. */
function startOf(path: string, length: number): Uint8Array | null {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}
