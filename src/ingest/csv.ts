// Reads CSV with a header row. csv-parse knows the grammar; here is what it leaves open: on which line of
// the file a record begins, bytes that are not UTF-8, and how to go on after a record that cannot be read.
import { isUtf8 } from "node:buffer";
import { CsvError, parse } from "csv-parse/sync";
import { NinesError } from "../model/errors.ts";
import { unguarded } from "../report/spreadsheetCells.ts";
import {
  type Block,
  byteSlices,
  type Fields,
  LONGEST_ROW_BYTES,
  NEWLINE,
  NO_BYTES,
  NOT_UTF8,
  type SourceRow,
  textsOf,
  unreadable,
} from "./rows.ts";

/** Throws when the columns are not those of the import. */
export type HeaderCheck = (columns: readonly string[]) => void;

/**
 * The rows of a CSV stream: column name to text, empty cells left out. A record that cannot be read is
 * refused, and reading goes on with the line after the one it began on. Throws NinesError when the
 * header is missing or refused.
 */
export async function* csvRows(
  body: ReadableStream<Uint8Array>,
  checkHeader: HeaderCheck,
): AsyncGenerator<Block> {
  const reader = csvReader(checkHeader);
  for await (const slice of byteSlices(body)) {
    reader.append(slice);
    let bytes = slice.length;
    for (const rows of reader.read(false)) {
      yield { bytes, rows };
      bytes = 0;
    }
  }
  for (const rows of reader.read(true)) yield { bytes: 0, rows };
  reader.requireHeader();
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

function csvReader(checkHeader: HeaderCheck) {
  let columns: readonly string[] | null = null;
  let rows: SourceRow[] = [];
  /** Bytes not yet made into rows, and the line that they begin on. */
  let pending: Buffer = NO_BYTES;
  let line = 1;
  let isAtStart = true;
  /** A line longer than a record may be is dropped up to its end. */
  let isDropping = false;
  /**
   * Nothing is read before so many bytes are there: first a byte order mark's; then, while a quote is
   * open, twice what was there, so that a long record is not read again with every slice.
   */
  let enoughBytes = BYTE_ORDER_MARK.length;

  const take = (cells: string[], refused: string | null) => {
    if (columns !== null) rows.push(refused ? unreadable(line, refused) : rowOf(columns, cells, line));
    else if (refused) throw unreadableHeader(refused);
    else columns = readHeader(cells, checkHeader);
  };

  /** Whole lines without any quote: each is a record, and each comma parts two cells. */
  const readPlain = (bytes: Buffer) => {
    for (const text of textsOf(bytes.subarray(0, endWithoutNewline(bytes, bytes.length)))) {
      const record = text?.endsWith("\r") ? text.slice(0, -1) : text;
      if (record === null || record === undefined) take([], NOT_UTF8);
      else if (isTooLong(record)) take([], TOO_LONG);
      else if (record !== "") take(record.split(","), null);
      line++;
    }
    pending = pending.subarray(bytes.length);
  };

  /** Whole lines with quotes, as far as records can be read; the reason why the next one cannot. */
  const readQuoted = (bytes: Buffer): string | null => {
    let at = 0;
    let areUtf8: boolean | null = null;
    const passTo = (end: number) => {
      line += newlinesIn(bytes, at, end);
      at = end;
    };
    const reason = parsed(bytes, (cells, end) => {
      passTo(endOfBlankLines(bytes, at));
      if (endWithoutNewline(bytes, end) - at > LONGEST_ROW_BYTES) throw recordTooLong;
      areUtf8 ??= isUtf8(bytes);
      take(cells, areUtf8 || isUtf8(bytes.subarray(at, end)) ? null : NOT_UTF8);
      passTo(end);
    });
    passTo(reason === null ? bytes.length : endOfBlankLines(bytes, at));
    pending = pending.subarray(at);
    return reason;
  };

  /** Reads records up to this end; the reason why one cannot be read, which then begins `pending`. */
  const readTo = (end: number): string | null => {
    const bytes = pending.subarray(0, end);
    if (bytes.includes(QUOTE)) return readQuoted(bytes);
    if (end > 0) readPlain(bytes);
    return null;
  };

  /** Refuses the record that begins `pending`, and passes over the line it begins on. */
  const refuseLine = (reason: string, isLast: boolean) => {
    take([], reason);
    const newline = pending.indexOf(NEWLINE);
    isDropping = newline === -1 && !isLast;
    pending = newline === -1 ? NO_BYTES : pending.subarray(newline + 1);
    if (newline !== -1) line++;
  };

  /** Reads up to the next record that must be refused, and refuses it; false when there was none. */
  const readAndRefuse = (isLast: boolean): boolean => {
    if (!isLast && pending.length < enoughBytes) return false;
    const reason = readTo(isLast ? pending.length : pending.lastIndexOf(NEWLINE) + 1);
    const isOpen = reason === NOT_CLOSED && !isLast;
    const isTooMuch = pending.length > LONGEST_ROW_BYTES;
    enoughBytes = isOpen && !isTooMuch ? Math.min(2 * pending.length, LONGEST_ROW_BYTES) : 0;
    if (reason !== null && !isOpen) refuseLine(reason, isLast);
    else if (isTooMuch) refuseLine(TOO_LONG, isLast);
    else return false;
    return true;
  };

  /** Takes in the next bytes, without what is left of a line that is being dropped. */
  const append = (slice: Buffer) => {
    const newline = isDropping ? slice.indexOf(NEWLINE) : -1;
    if (isDropping && newline === -1) return;
    pending = Buffer.concat([pending, slice.subarray(newline + 1)]);
    if (isDropping) line++;
    isDropping = false;
    if (!isAtStart || pending.length < BYTE_ORDER_MARK.length) return;
    isAtStart = false;
    if (pending.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
      pending = pending.subarray(BYTE_ORDER_MARK.length);
    }
  };

  return {
    append,
    /** The rows that are complete, in parts that do not take long. */
    *read(isLast: boolean): Generator<SourceRow[]> {
      // A last line without its newline may still have the half of it that Windows puts before.
      if (isLast && pending[pending.length - 1] === CARRIAGE_RETURN) pending = pending.subarray(0, -1);
      for (let isMore = true; isMore; ) {
        rows = [];
        isMore = false;
        for (let n = 0; n < REFUSALS_IN_A_TURN; n++) {
          isMore = readAndRefuse(isLast);
          if (!isMore) break;
        }
        yield rows;
      }
    },
    requireHeader() {
      if (columns === null) throw unreadableHeader("is missing");
    },
  };
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

function readHeader(cells: string[], checkHeader: HeaderCheck): string[] {
  const columns = cells.map((cell) => cell.trim());
  const seen = new Set<string>();
  const repeated = columns.find((column) => seen.size === seen.add(column).size);
  if (repeated !== undefined) {
    throw new NinesError("parameter_invalid", {
      param: repeated,
      message: `The header names the column '${repeated}' twice; every column may be there once.`,
    });
  }
  if (columns.length === 1 && /[;\t|]/.test(columns[0] as string)) {
    throw unreadableHeader("has no comma; separate the columns by commas");
  }
  checkHeader(columns);
  return columns;
}

function unreadableHeader(reason: string): NinesError {
  return new NinesError("parameter_invalid", {
    param: "header",
    message: `The header row, the first of a CSV file with the names of the columns, ${reason}.`,
  });
}

function rowOf(columns: readonly string[], cells: string[], line: number): SourceRow {
  if (cells.length !== columns.length) {
    const count = `has ${cells.length} ${cells.length === 1 ? "cell" : "cells"} where the header has ${columns.length}`;
    return unreadable(line, `${count}; quote cells with commas, and leave no column out`);
  }
  const fields: Fields = {};
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string;
    if (cell !== "") fields[columns[i] as string] = unguarded(cell);
  }
  return { line, fields, refusal: null };
}
