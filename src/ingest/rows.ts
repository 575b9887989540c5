// What the readers of upload formats share: bytes slice by slice, lines as text, rows with their lines.
import { isUtf8 } from "node:buffer";
import type { Refusal } from "../store/importOutcome.ts";

export type Fields = Record<string, unknown>;

/** A row of an upload, or why it could not be read. `line` counts from 1 and is where the row begins. */
export type SourceRow =
  | { line: number; fields: Fields; refusal: null }
  | { line: number; fields: null; refusal: Refusal };

/** The rows that a part of the upload completed, and how many bytes that part had. */
export type Block = { bytes: number; rows: SourceRow[] };

/** The longest row that is read; a longer one is refused. */
export const LONGEST_ROW_BYTES = 1_048_576;

export const NEWLINE = 10;
export const NO_BYTES = Buffer.alloc(0);

/** A slice makes some hundred rows: few enough to hold, enough to be worth the turn. */
const SLICE_BYTES = 65_536;

/** The bytes of an upload in slices of bounded size, however large the chunks are that the sender makes. */
export async function* byteSlices(body: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(SLICE_BYTES, chunk.length - at));
    }
  }
}

/** The lines of these bytes as text; null for one that is not UTF-8. */
export function textsOf(bytes: Buffer): (string | null)[] {
  if (isUtf8(bytes)) return bytes.toString("utf8").split("\n");
  const texts: (string | null)[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const line = bytes.subarray(from, newline === -1 ? bytes.length : newline);
    texts.push(isUtf8(line) ? line.toString("utf8") : null);
    if (newline === -1) break;
    from = newline + 1;
  }
  return texts;
}

/** A row that is refused because of its form, not because of one field. */
export function unreadable(line: number, reason: string): SourceRow {
  return { line, fields: null, refusal: { param: null, reason } };
}

export const NOT_UTF8 = "is not valid UTF-8; save the file in the encoding UTF-8";
