// JSON in which a name stands twice: two readers may take it for two things.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const COLON = 0x3a;

/**
 * The first name that an object in valid JSON has twice, however it is spelled; null when there is none. Reads the
 * text once; of what is not valid JSON nothing is promised but an end.
 */
export function repeatedName(json: string): string | null {
  const open: Set<string>[] = [];
  // A text is a name where a colon follows: it is known only then.
  let last = "";
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at);
    if (sign === QUOTE) {
      const end = endOfText(json, at);
      last = json.slice(at, end + 1);
      at = end;
    } else if (sign === COLON) {
      const name = last.includes("\\") ? (JSON.parse(last) as string) : last.slice(1, -1);
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    } else if (OPENING.has(sign)) open.push(new Set());
    else if (CLOSING.has(sign)) open.pop();
  }
  return null;
}

/** Where the text that begins here ends: its closing quote, or the end of all. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    if (at === -1) return json.length;
    let backslashes = 0;
    while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}
