// Reads newline-delimited JSON: one object a line. Blank lines count as lines, and as nothing else.
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

/** The rows of an NDJSON stream. A line that cannot be read is refused; the next one is read again. */
export async function* ndjsonRows(body: ReadableStream<Uint8Array>): AsyncGenerator<Block> {
  const reader = lineReader();
  for await (const slice of byteSlices(body)) yield { bytes: slice.length, rows: reader.read(slice) };
  yield { bytes: 0, rows: reader.end() };
}

function lineReader() {
  let line = 1;
  /** The beginning of a line whose end has not come yet. */
  let tail: Buffer = NO_BYTES;
  /** The tail grew longer than a row may be: it was dropped, and so will be the rest of its line. */
  let isTooLong = false;

  /** Rows of whole lines; `bytes` ends before the newline of the last one. */
  const rowsOf = (bytes: Buffer): SourceRow[] => {
    const rows: SourceRow[] = [];
    for (const text of textsOf(bytes)) {
      const row = isTooLong ? tooLong(line) : rowOf(text, line);
      isTooLong = false; // only the first line has a beginning that was dropped
      if (row) rows.push(row);
      line++;
    }
    return rows;
  };

  const hold = (rest: Buffer) => {
    tail = isTooLong ? NO_BYTES : Buffer.concat([tail, rest]);
    if (tail.length <= LONGEST_ROW_BYTES) return;
    isTooLong = true;
    tail = NO_BYTES;
  };

  return {
    read(slice: Buffer): SourceRow[] {
      const last = slice.lastIndexOf(NEWLINE);
      if (last === -1) {
        hold(slice);
        return [];
      }
      hold(slice.subarray(0, slice.indexOf(NEWLINE)));
      const lines = Buffer.concat([tail, slice.subarray(slice.indexOf(NEWLINE), last)]);
      tail = NO_BYTES;
      const rows = rowsOf(lines);
      hold(slice.subarray(last + 1));
      return rows;
    },
    end(): SourceRow[] {
      return tail.length > 0 || isTooLong ? rowsOf(tail) : [];
    },
  };
}

function rowOf(text: string | null, line: number): SourceRow | null {
  if (text === null) return unreadable(line, NOT_UTF8);
  const withoutMark = line === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
  if (withoutMark.trim() === "") return null;
  let value: unknown;
  try {
    value = jsonOf(withoutMark);
  } catch (error) {
    return unreadable(line, `is not valid JSON (${(error as Error).message}); write one JSON object a line`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { line, fields: value as Fields, refusal: null };
  }
  return unreadable(line, "is not a JSON object; write one JSON object a line");
}

/**
 * The value of a JSON text. An escaped half of a surrogate pair becomes U+FFFD, as it would in the store,
 * which keeps UTF-8: else the row would differ from itself when it comes again.
 */
function jsonOf(text: string): unknown {
  if (!text.includes("\\ud") && !text.includes("\\uD")) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" ? value.toWellFormed() : value,
  );
}

function tooLong(line: number): SourceRow {
  return unreadable(line, "is longer than 1 MiB; write one JSON object a line");
}
