// SQLite's write-ahead log as a file, read by its published format (https://sqlite.org/fileformat2.html#walformat):
// how far it is whole, and whether there is more behind the place where it is not. What follows from that is
// said in logFlaw.ts.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The magic number without its last bit, which says in which order of bytes sums were made. */
const MAGIC = 0x377f0682;
const VERSION = 3007000;
/** Where page 1 keeps how many pages there are, and the database's identity (`PRAGMA application_id`). */
const PAGE_COUNT_OFFSET = 28;
const IDENTITY_OFFSET = 68;
const FACTS_END = IDENTITY_OFFSET + 4;

/** What a database's first page says of it. */
export type FirstPage = {
  pages: number;
  /** Null when none was given. */
  identity: number | null;
};

export type WriteAheadLog = {
  bytes: number;
  /** Whether it begins as a log does. */
  hasHeader: boolean;
  /** Of the log's present generation; the first grows by one each time that the log begins anew. */
  salt: readonly [number, number];
  /** Frames up to the end of the last transaction that is whole. */
  committedFrames: number;
  /** Where that transaction ends in the file. */
  committedBytes: number;
  /** Whether whole transactions lie behind a frame that is not what was written. */
  goesOnBehindBreak: boolean;
  /** The database's first page as it was last written here; null when it was not. */
  firstPage: FirstPage | null;
  /** How many pages the database has after the last whole transaction. */
  pages: number;
};

type Frame = { index: number; page: Uint8Array; pageNumber: number; pagesAfter: number; isOurs: boolean };
type Sums = readonly [number, number];

/** Reads a log to its end; null when there is none. */
export function readLog(path: string): WriteAheadLog | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return scan(file);
  } finally {
    closeSync(file);
  }
}

function scan(file: number): WriteAheadLog {
  const bytes = fstatSync(file).size;
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  readSync(file, header, 0, HEADER_BYTES, 0);
  const isLittle = header.getUint32(0) === MAGIC;
  const pageBytes = pageBytesOf(header);
  const headerSums: Sums = [header.getUint32(24), header.getUint32(28)];
  const hasHeader = isHeader(header) && isSame(sumsOf(header, 24, [0, 0], isLittle), headerSums);
  const log: WriteAheadLog = {
    bytes,
    hasHeader,
    salt: [header.getUint32(16), header.getUint32(20)],
    committedFrames: 0,
    committedBytes: 0,
    goesOnBehindBreak: false,
    firstPage: null,
    pages: 0,
  };
  readFrames(file, { log, pageBytes, isLittle: isLittle || !hasHeader, headerSums });
  return log;
}

function isHeader(header: DataView): boolean {
  return (
    (header.getUint32(0) & ~1) >>> 0 === MAGIC &&
    header.getUint32(4) === VERSION &&
    isPageSize(header.getUint32(8))
  );
}

const isPageSize = (bytes: number) => bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;

/** What the header says, or, when that cannot be, what Nines' databases have. */
function pageBytesOf(header: DataView): number {
  const bytes = header.getUint32(8);
  return isPageSize(bytes) ? bytes : 4096;
}

type Reading = { log: WriteAheadLog; pageBytes: number; isLittle: boolean; headerSums: Sums };

/**
 * Sums go on from frame to frame. Before the break they must; behind it, a frame whose sums go on from the one
 * before was written after it. A transaction is synced before the next begins: a frame that goes on behind the end
 * of a transaction says that this one was acknowledged.
 */
function readFrames(file: number, { log, pageBytes, isLittle, headerSums }: Reading): void {
  const size = FRAME_HEADER_BYTES + pageBytes;
  const view = new DataView(new ArrayBuffer(size));
  let isBroken = !log.hasHeader;
  let before: { sums: Sums; isCommit: boolean; isOurs: boolean } = {
    sums: headerSums,
    isCommit: false,
    isOurs: log.hasHeader,
  };
  for (let index = 1, at = HEADER_BYTES; at + size <= log.bytes; index++, at += size) {
    if (readSync(file, view, 0, size, at) !== size) return;
    const frame = frameOf(view, index, log);
    const sums: Sums = [view.getUint32(16), view.getUint32(20)];
    const goesOn = before.isOurs && frame.isOurs && isSame(frameSums(view, before.sums, isLittle), sums);
    if (isBroken) {
      log.goesOnBehindBreak ||= goesOn && before.isCommit;
    } else if (goesOn) {
      take(log, frame, at + size);
    } else {
      isBroken = true;
    }
    before = { sums, isCommit: frame.pagesAfter > 0, isOurs: frame.isOurs };
  }
}

function frameOf(view: DataView, index: number, log: WriteAheadLog): Frame {
  const salt: Sums = [view.getUint32(8), view.getUint32(12)];
  return {
    index,
    page: new Uint8Array(view.buffer, FRAME_HEADER_BYTES),
    pageNumber: view.getUint32(0),
    // Of the last frame of a transaction; 0 in the others.
    pagesAfter: view.getUint32(4),
    // Behind the present generation lie frames of the one before. Without a header nobody knows which is which.
    isOurs: view.getUint32(0) !== 0 && (!log.hasHeader || isSame(salt, log.salt)),
  };
}

function take(log: WriteAheadLog, frame: Frame, endsAt: number): void {
  if (frame.pageNumber === 1) log.firstPage = firstPageOf(frame.page);
  if (frame.pagesAfter === 0) return;
  log.committedFrames = frame.index;
  log.committedBytes = endsAt;
  log.pages = frame.pagesAfter;
}

/** What the first bytes of a database say; null when there are too few. */
export function firstPageOf(bytes: Uint8Array): FirstPage | null {
  if (bytes.byteLength < FACTS_END) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { pages: view.getUint32(PAGE_COUNT_OFFSET), identity: view.getInt32(IDENTITY_OFFSET) || null };
}

function isSame([a, b]: Sums, [c, d]: Sums): boolean {
  return a === c && b === d;
}

function frameSums(view: DataView, before: Sums, isLittle: boolean): Sums {
  const page = new DataView(view.buffer, FRAME_HEADER_BYTES);
  return sumsOf(page, page.byteLength, sumsOf(view, 8, before, isLittle), isLittle);
}

/** SQLite's two sums over the first bytes, going on from others. */
function sumsOf(view: DataView, bytes: number, [first, second]: Sums, isLittle: boolean): Sums {
  let a = first;
  let b = second;
  for (let at = 0; at < bytes; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}
