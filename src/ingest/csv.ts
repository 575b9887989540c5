// Reads CSV with a header row. csv-parse knows the grammar; here is what it leaves open: on which line of
// the file a record begins, bytes that are not UTF-8, and how to go on after a record that cannot be read.
import { isUtf8 } from "node:buffer";
import { type CsvError, Parser } from "csv-parse";
import { NinesError } from "../model/errors.ts";
import {
  type Block,
  byteSlices,
  type Fields,
  LONGEST_ROW_BYTES,
  NEWLINE,
  NO_BYTES,
  NOT_UTF8,
  type SourceRow,
  unreadable,
} from "./rows.ts";
import { unguarded } from "./spreadsheetCells.ts";

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
  for await (const slice of byteSlices(body))
    yield { bytes: slice.length, rows: await reader.read(slice, false) };
  yield { bytes: 0, rows: await reader.read(NO_BYTES, true) };
  reader.requireHeader();
}

const CARRIAGE_RETURN = 13;

function csvReader(checkHeader: HeaderCheck) {
  let columns: readonly string[] | null = null;
  let rows: SourceRow[] = [];
  /** Bytes not yet made into records, from `at` on; the parser counts them from `base`. */
  let pending: Buffer = NO_BYTES;
  let at = 0;
  let base = 0;
  /** The line that the byte at `at` is on. */
  let line = 1;
  let isPendingUtf8 = true;
  /** A line longer than a record may be is dropped up to its end. */
  let isDropping = false;

  /** Passes over blank lines, so that `line` is the one that the next record begins on. */
  const skipBlankLines = () => {
    for (;;) {
      const length =
        pending[at] === NEWLINE ? 1 : pending[at] === CARRIAGE_RETURN && pending[at + 1] === NEWLINE ? 2 : 0;
      if (length === 0) return;
      at += length;
      line++;
    }
  };

  const linesUntil = (end: number): number => {
    let lines = 0;
    for (let newline = pending.indexOf(NEWLINE, at); newline !== -1 && newline < end; lines++) {
      newline = pending.indexOf(NEWLINE, newline + 1);
    }
    return lines;
  };

  const take = (cells: string[], end: number) => {
    skipBlankLines();
    const isReadable = isPendingUtf8 || isUtf8(pending.subarray(at, end));
    if (columns === null) {
      columns = readHeader(cells, isReadable, checkHeader);
    } else if (!isReadable) {
      rows.push(unreadable(line, NOT_UTF8));
    } else if (end - at > LONGEST_ROW_BYTES) {
      rows.push(unreadable(line, TOO_LONG));
    } else {
      rows.push(rowOf(columns, cells, line));
    }
    line += linesUntil(end);
    at = end;
  };

  const newParser = (isFirst: boolean) => csvParser(isFirst, (cells, bytes) => take(cells, bytes - base));
  let parser = newParser(true);

  const refuseRecord = (reason: string) => {
    skipBlankLines();
    if (columns === null) throw unreadableHeader(reason);
    rows.push(unreadable(line, reason));
    startAfterLine();
  };

  /** A fresh parser for what follows the line at `at`. Nothing of it is kept while its end has not come. */
  const startAfterLine = () => {
    const newline = pending.indexOf(NEWLINE, at);
    isDropping = newline === -1;
    pending = isDropping ? NO_BYTES : pending.subarray(newline + 1);
    at = 0;
    base = 0;
    if (!isDropping) line++;
    parser = newParser(false);
  };

  /** Hands the parser new bytes, and after a record that cannot be read the bytes from the next line on. */
  const parse = async (bytes: Buffer, isLast: boolean) => {
    let next = bytes;
    for (;;) {
      isPendingUtf8 = isUtf8(pending);
      const error = await written(parser, next, isLast);
      if (error instanceof NinesError) throw error;
      if (!error && pending.length - at <= LONGEST_ROW_BYTES) return;
      refuseRecord(error ? (REASONS[error.code] ?? `cannot be read (${error.message})`) : TOO_LONG);
      next = pending;
    }
  };

  return {
    async read(slice: Buffer, isLast: boolean): Promise<SourceRow[]> {
      rows = [];
      if (isDropping) {
        pending = slice;
        startAfterLine();
        await parse(pending, isLast);
      } else {
        base += at;
        pending = Buffer.concat([pending.subarray(at), slice]);
        at = 0;
        await parse(slice, isLast);
      }
      return rows;
    },
    requireHeader() {
      if (columns === null) throw unreadableHeader("is missing");
    },
  };
}

/** A parser that hands over each record with the count of bytes up to its end, and holds none. */
function csvParser(isFirst: boolean, take: (cells: string[], bytes: number) => void): Parser {
  const parser = new Parser({
    bom: isFirst,
    record_delimiter: ["\r\n", "\n"],
    skip_empty_lines: true,
    relax_column_count: true, // rowOf refuses such records, with its own words
    on_record: (cells: string[], { bytes }) => {
      take(cells, bytes);
      return null;
    },
  });
  parser.on("error", () => {}); // `written` gives the same error
  return parser;
}

/** Gives the parser bytes, and at the end of the file its end; the error that stopped it, if any. */
async function written(
  parser: Parser,
  bytes: Buffer,
  isLast: boolean,
): Promise<CsvError | NinesError | null | undefined> {
  type Failure = CsvError | NinesError | null | undefined;
  const failure = await new Promise<Failure>((resolve) =>
    parser.write(bytes, (error) => resolve(error as Failure)),
  );
  if (failure || !isLast) return failure;
  return new Promise<Failure>((resolve) => {
    parser.once("error", (error) => resolve(error as Failure));
    parser.once("finish", () => resolve(null));
    parser.end();
  });
}

const TOO_LONG = "is longer than 1 MiB; perhaps a quote is never closed";
const REASONS: Record<string, string> = {
  CSV_INVALID_CLOSING_QUOTE: "has text after a closing quote; double the quotes that belong to the text",
  INVALID_OPENING_QUOTE:
    "has a quote in a cell that does not begin with one; quote the whole cell and double the quotes in it",
  CSV_QUOTE_NOT_CLOSED: "has a quote that is never closed",
};

function readHeader(cells: string[], isReadable: boolean, checkHeader: HeaderCheck): string[] {
  if (!isReadable) throw unreadableHeader(NOT_UTF8);
  const columns = cells.map((cell) => cell.trim());
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
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
