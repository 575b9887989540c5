// Spreadsheets take a cell that begins with = + - @ (also their full-width forms), a tab or a line break
// for a formula. An export puts an apostrophe before such a text, and an import takes it away again.
// Apostrophes that stand before such a beginning get one more, so that every text comes back as it was.

const LOOKS_LIKE_FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const GUARDED = /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** The text as a cell that no spreadsheet computes. */
export function guarded(text: string): string {
  return LOOKS_LIKE_FORMULA.test(text) ? `'${text}` : text;
}

/** The text that a guarded cell stands for; any other cell as it is. */
export function unguarded(cell: string): string {
  return cell.charCodeAt(0) === 0x27 && GUARDED.test(cell) ? cell.slice(1) : cell;
}
