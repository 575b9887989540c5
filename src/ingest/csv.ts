// Reads CSV with a header row. csv-parse knows the grammar; here is what it leaves open: on which line of
// the file a record begins, bytes that are not UTF-8, and how to go on after a record that cannot be read.
import { isUtf8 } from "node:buffer";
import { CsvError, parse } from "csv-parse/sync";
import { type HeaderCheck, readHeader, rowOf, unreadableHeader } from "./csvRow.ts";
import {
  type Block,
  byteSlices,
  LONGEST_ROW_BYTES,
  NEWLINE,
  NO_BYTES,
  NOT_UTF8,
  type SourceRow,
  textsOf,
  unreadable,
} from "./rows.ts";

/**
 * The rows of a CSV stream: column name to text, empty cells left out. A record that cannot be read is
 * refused, and reading goes on with the line after the one it began on. Throws NinesError when the
 * header is missing or refused.
 */
export async function* csvRows(
  body: ReadableStream<Uint8Array>,
  checkHeader: HeaderCheck,
): AsyncGenerator<Block> {
  const reader = readerOf(checkHeader);
  for await (const slice of byteSlices(body)) {
    append(reader, slice);
    let bytes = slice.length;
    for (const rows of completeRows(reader, false)) {
      yield { bytes, rows };
      bytes = 0;
    }
  }
  for (const rows of completeRows(reader, true)) yield { bytes: 0, rows };
  if (reader.columns === null) throw unreadableHeader("is missing");
}

const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** A refusal starts csv-parse anew, which takes some 20 µs: after so many, others have their turn. */
const REFUSALS_IN_A_TURN = 500;

const TOO_LONG = "is longer than 1 MiB; perhaps a quote is never closed";
const NOT_CLOSED = "has a quote that is never closed";
const REASONS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: NOT_CLOSED,
  CSV_INVALID_CLOSING_QUOTE: "has text after a closing quote; double the quotes that belong to the text",
  INVALID_OPENING_QUOTE:
    "has a quote in a cell that does not begin with one; quote the whole cell and double the quotes in it",
};

type Reader = {
  checkHeader: HeaderCheck;
  /** Null until the header was read. */
  columns: readonly string[] | null;
  /** Rows that nobody has taken yet. */
  rows: SourceRow[];
  /** Bytes not yet made into rows, and the line that they begin on. */
  pending: Buffer;
  line: number;
  isAtStart: boolean;
  /** A line longer than a record may be is dropped up to its end. */
  isDropping: boolean;
  /**
   * Nothing is read before so many bytes are there: first a byte order mark's; then, while a quote is
   * open, twice what was there, so that a long record is not read again with every slice.
   */
  enoughBytes: number;
};

function readerOf(checkHeader: HeaderCheck): Reader {
  return {
    checkHeader,
    columns: null,
    rows: [],
    pending: NO_BYTES,
    line: 1,
    isAtStart: true,
    isDropping: false,
    enoughBytes: BYTE_ORDER_MARK.length,
  };
}

/** Takes in the next bytes, without what is left of a line that is being dropped. */
function append(reader: Reader, slice: Buffer): void {
  const newline = reader.isDropping ? slice.indexOf(NEWLINE) : -1;
  if (reader.isDropping && newline === -1) return;
  reader.pending = Buffer.concat([reader.pending, slice.subarray(newline + 1)]);
  if (reader.isDropping) reader.line++;
  reader.isDropping = false;
  if (!reader.isAtStart || reader.pending.length < BYTE_ORDER_MARK.length) return;
  reader.isAtStart = false;
  if (reader.pending.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    reader.pending = reader.pending.subarray(BYTE_ORDER_MARK.length);
  }
}

/** The rows that are complete, in parts that do not take long. */
function* completeRows(reader: Reader, isLast: boolean): Generator<SourceRow[]> {
  // A last line without its newline may still have the half of it that Windows puts before.
  if (isLast && reader.pending[reader.pending.length - 1] === CARRIAGE_RETURN) {
    reader.pending = reader.pending.subarray(0, -1);
  }
  for (let isMore = true; isMore; ) {
    reader.rows = [];
    isMore = false;
    for (let n = 0; n < REFUSALS_IN_A_TURN; n++) {
      isMore = readAndRefuse(reader, isLast);
      if (!isMore) break;
    }
    yield reader.rows;
  }
}

/** Reads up to the next record that must be refused, and refuses it; false when there was none. */
function readAndRefuse(reader: Reader, isLast: boolean): boolean {
  const { pending } = reader;
  if (!isLast && pending.length < reader.enoughBytes) return false;
  const reason = readTo(reader, isLast ? pending.length : pending.lastIndexOf(NEWLINE) + 1);
  const left = reader.pending.length;
  const isOpen = reason === NOT_CLOSED && !isLast;
  const isTooMuch = left > LONGEST_ROW_BYTES;
  reader.enoughBytes = isOpen && !isTooMuch ? Math.min(2 * left, LONGEST_ROW_BYTES) : 0;
  if (reason !== null && !isOpen) refuseLine(reader, reason, isLast);
  else if (isTooMuch) refuseLine(reader, TOO_LONG, isLast);
  else return false;
  return true;
}

/** Refuses the record that begins `pending`, and passes over the line it begins on. */
function refuseLine(reader: Reader, reason: string, isLast: boolean): void {
  take(reader, [], reason);
  const newline = reader.pending.indexOf(NEWLINE);
  reader.isDropping = newline === -1 && !isLast;
  reader.pending = newline === -1 ? NO_BYTES : reader.pending.subarray(newline + 1);
  if (newline !== -1) reader.line++;
}

/** Reads records up to this end; the reason why one cannot be read, which then begins `pending`. */
function readTo(reader: Reader, end: number): string | null {
  const bytes = reader.pending.subarray(0, end);
  if (bytes.includes(QUOTE)) return readQuoted(reader, bytes);
  if (end > 0) readPlain(reader, bytes);
  return null;
}

/** Whole lines without any quote: each is a record, and each comma parts two cells. */
function readPlain(reader: Reader, bytes: Buffer): void {
  for (const text of textsOf(bytes.subarray(0, endWithoutNewline(bytes, bytes.length)))) {
    const record = text?.endsWith("\r") ? text.slice(0, -1) : text;
    if (record === null || record === undefined) take(reader, [], NOT_UTF8);
    else if (isTooLong(record)) take(reader, [], TOO_LONG);
    else if (record !== "") take(reader, record.split(","), null);
    reader.line++;
  }
  reader.pending = reader.pending.subarray(bytes.length);
}

/** Whole lines with quotes, as far as records can be read; the reason why the next one cannot. */
function readQuoted(reader: Reader, bytes: Buffer): string | null {
  let at = 0;
  let areUtf8: boolean | null = null;
  const passTo = (end: number) => {
    reader.line += newlinesIn(bytes, at, end);
    at = end;
  };
  const reason = parsed(bytes, (cells, end) => {
    passTo(endOfBlankLines(bytes, at));
    if (endWithoutNewline(bytes, end) - at > LONGEST_ROW_BYTES) throw recordTooLong;
    areUtf8 ??= isUtf8(bytes);
    take(reader, cells, areUtf8 || isUtf8(bytes.subarray(at, end)) ? null : NOT_UTF8);
    passTo(end);
  });
  passTo(reason === null ? bytes.length : endOfBlankLines(bytes, at));
  reader.pending = reader.pending.subarray(at);
  return reason;
}

/** The next record, or why it is refused: the header, when there was none yet. */
function take(reader: Reader, cells: string[], refused: string | null): void {
  const { columns, line } = reader;
  if (columns !== null) reader.rows.push(refused ? unreadable(line, refused) : rowOf(columns, cells, line));
  else if (refused) throw unreadableHeader(refused);
  else reader.columns = readHeader(cells, reader.checkHeader);
}

const recordTooLong = new Error(TOO_LONG);

/** Hands over each record with the offset of its end; the reason why a record could not be read, if one could not. */
function parsed(bytes: Buffer, take: (cells: string[], end: number) => void): string | null {
  try {
    parse(bytes, {
      record_delimiter: ["\r\n", "\n"],
      skip_empty_lines: true,
      relax_column_count: true, // rowOf refuses such records, with its own words
      on_record: (cells: string[], { bytes: end }) => {
        take(cells, end);
        return null;
      },
    });
    return null;
  } catch (error) {
    if (error === recordTooLong) return TOO_LONG;
    if (error instanceof CsvError) return REASONS[error.code] ?? `cannot be read (${error.message})`;
    throw error;
  }
}

function isTooLong(text: string): boolean {
  return text.length > LONGEST_ROW_BYTES / 4 && Buffer.byteLength(text) > LONGEST_ROW_BYTES;
}

function endWithoutNewline(bytes: Buffer, end: number): number {
  return bytes[end - 1] === NEWLINE ? end - 1 : end;
}

function endOfBlankLines(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (bytes[at] === NEWLINE) at++;
    else if (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === NEWLINE) at += 2;
    else return at;
  }
}

function newlinesIn(bytes: Buffer, from: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1 && at < end; at = bytes.indexOf(NEWLINE, at + 1))
    count++;
  return count;
}
