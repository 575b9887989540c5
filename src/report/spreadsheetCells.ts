// CSV for spreadsheets. Texts are always in quotes: programs that split at semicolons, or at a bare CR, find none in
// them to split at. Within its quotes a text is what it was, but for its start:
// spreadsheets take a cell that begins with = + - @ (also their full-width forms), a tab or a line break
// for a formula. An export puts an apostrophe before such a text, and an import takes it away again.
// Apostrophes that stand before such a beginning get one more, so that every text comes back as it was.
import { stringify } from "csv-stringify/sync";

/** Null is an empty cell. */
export type Cell = string | number | null;

const LOOKS_LIKE_FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const GUARDED = /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** Lines of CSV (RFC 4180), without a header: texts in quotes and guarded, numbers as they are. */
export function csvOf(rows: readonly (readonly Cell[])[], record_delimiter: "unix" | "windows"): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "string" ? guarded(cell) : cell)));
  return stringify(cells, { record_delimiter, quoted_string: true, cast: { number: plainNumber } });
}

function plainNumber(value: number) {
  return { value: String(value), quoted: false, quoted_string: false };
}

/** The text as a cell that no spreadsheet computes. */
export function guarded(text: string): string {
  return LOOKS_LIKE_FORMULA.test(text) ? `'${text}` : text;
}

/** The text that a guarded cell stands for; any other cell as it is. */
export function unguarded(cell: string): string {
  return cell.charCodeAt(0) === 0x27 && GUARDED.test(cell) ? cell.slice(1) : cell;
}
