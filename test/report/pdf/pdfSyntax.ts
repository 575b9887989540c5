// The syntax of PDF (ISO 32000-1, 7.2 and 7.3), read strictly: what is not as it must be throws, with its place.

/** A number, true, false or null; a name as "/Name"; a string as "(text"; a reference as "12 0 R". */
export type Value = number | boolean | null | string | Value[] | Dictionary;
export type Dictionary = { [key: string]: Value };

/** Bytes as Latin-1, and the place of the next one to read. */
export type Cursor = { readonly text: string; at: number };

const SPACE = /(?:[\0\t\n\f\r ]|%[^\n\r]*)*/y;
const NAME = /\/([^\0\t\n\f\r ()<>[\]{}/%]*)/y;
const TOKEN = /[^\0\t\n\f\r ()<>[\]{}/%]+/y;
const REFERENCE = /\d+ \d+ R(?![^\0\t\n\f\r ()<>[\]{}/%])/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const HEX = /<([\da-fA-F\s]*)>/y;
const WORDS = new Map<string, Value>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** What the pattern (sticky) finds at the cursor, which then stands behind it; null if it finds nothing. */
export function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found) cursor.at = pattern.lastIndex;
  return found;
}

export function skipSpace(cursor: Cursor): void {
  take(cursor, SPACE);
}

export function refuse(at: number, what: string): never {
  throw new Error(`The PDF is not in order at byte ${at}: ${what}`);
}

/** The value at the cursor; undefined, and the cursor behind white space alone, where none begins. */
export function takeValue(cursor: Cursor): Value | undefined {
  skipSpace(cursor);
  const { text, at } = cursor;
  if (text.startsWith("<<", at)) return takeDictionary(cursor);
  if (text[at] === "[") return takeArray(cursor);
  if (text[at] === "(") return `(${takeString(cursor)}`;
  const name = take(cursor, NAME);
  if (name) return name[0].replace(/#([\da-fA-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  const hex = take(cursor, HEX);
  if (hex) return `(${decoded(Buffer.from((hex[1] as string).replace(/\s/g, ""), "hex").toString("latin1"))}`;
  const reference = take(cursor, REFERENCE);
  if (reference) return reference[0];
  const token = take(cursor, TOKEN)?.[0] ?? "";
  if (NUMBER.test(token)) return Number(token);
  if (WORDS.has(token)) return WORDS.get(token);
  cursor.at = at;
  return undefined;
}

/** The operator at the cursor of a page's content, or another word that is no value; undefined at the end. */
export function takeWord(cursor: Cursor): string | undefined {
  return take(cursor, TOKEN)?.[0];
}

function takeDictionary(cursor: Cursor): Dictionary {
  cursor.at += 2;
  const dictionary: Dictionary = {};
  for (;;) {
    const key = takeValue(cursor);
    if (key === undefined) break;
    if (typeof key !== "string" || !key.startsWith("/")) refuse(cursor.at, "a key that is no name");
    if (key in dictionary) refuse(cursor.at, `${key} is there twice`);
    dictionary[key] = takeValue(cursor) ?? refuse(cursor.at, `${key} has no value`);
  }
  if (!take(cursor, />>/y)) refuse(cursor.at, "a dictionary that does not end");
  return dictionary;
}

function takeArray(cursor: Cursor): Value[] {
  cursor.at += 1;
  const values: Value[] = [];
  for (let value = takeValue(cursor); value !== undefined; value = takeValue(cursor)) values.push(value);
  if (!take(cursor, /\]/y)) refuse(cursor.at, "an array that does not end");
  return values;
}

function takeString(cursor: Cursor): string {
  const start = cursor.at++;
  let bytes = "";
  for (let depth = 1; ; ) {
    const [part] =
      take(cursor, /\\(?:[0-7]{1,3}|\r\n|[\s\S])|[^\\()]+|[()]/y) ??
      refuse(start, "a string that does not end");
    if (part === "(") depth++;
    if (part === ")" && --depth === 0) return decoded(bytes);
    bytes += part.startsWith("\\") ? unescaped(part.slice(1)) : part;
  }
}

function unescaped(code: string): string {
  if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 0xff);
  return /^[\r\n]/.test(code) ? "" : (ESCAPES[code] ?? code);
}

/** Text is in UTF-16 with its mark, else what is in the bytes is shown as Latin-1. */
function decoded(bytes: string): string {
  if (!bytes.startsWith("\xfe\xff")) return bytes;
  return Buffer.from(bytes.slice(2), "latin1").swap16().toString("utf16le");
}
