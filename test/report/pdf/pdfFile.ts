// Reads a PDF as a file, and strictly: the libraries that read PDFs mend what is broken and say nothing of it.
// The table of objects is of the form that stands in the file as text, as in all that Nines makes.
import { inflateSync } from "node:zlib";
import {
  type Cursor,
  type Dictionary,
  refuse,
  skipSpace,
  take,
  takeValue,
  takeWord,
  type Value,
} from "./pdfSyntax.ts";

/** `data` is what a stream holds, decompressed; a picture's bytes are left as they are. */
type PdfObject = { value: Value; data: Buffer | null; endsAt: number };
type Table = { offsets: Map<string, number>; startsAt: number; trailer: Dictionary };

/**
 * Every object of the file, of streams the dictionary. Throws unless the file is in order: the table of objects
 * leads to each of them and nothing lies between them, every reference leads to an object, every stream is as
 * long as it says and decompresses to its end, and what is drawn on the pages can be read.
 */
export function objectsOf(pdf: Uint8Array): Value[] {
  const text = Buffer.from(pdf).toString("latin1");
  if (!text.startsWith("%PDF-1.7\n")) refuse(0, "no header");
  const table = tableOf(text);
  const objects = new Map([...table.offsets].map(([id, at]) => [id, objectAt(text, at, id, table)]));
  refuseGaps(text, table, objects);
  for (const value of [table.trailer, ...[...objects.values()].map((object) => object.value)])
    refuseLooseEnds(value, table);
  refuseUnreadablePages(table, objects);
  return [...objects.values()].map(({ value }) => value);
}

function tableOf(text: string): Table {
  const end = /startxref\n(\d+)\n%%EOF\n?$/.exec(text) ?? refuse(text.length, "no startxref at the end");
  const startsAt = Number(end[1]);
  const cursor = { text, at: startsAt };
  const head = take(cursor, /xref\n0 (\d+)\n/y) ?? refuse(startsAt, "no table of objects");
  const offsets = new Map<string, number>();
  // The first entry stands for no object; in a file that was written once, there is no other of its kind.
  if (!take(cursor, /0{10} 65535 f \n/y)) refuse(cursor.at, "not the first entry of the table");
  for (let number = 1; number < Number(head[1]); number++) {
    const entry = take(cursor, /(\d{10}) (\d{5}) n \n/y) ?? refuse(cursor.at, "not an entry of the table");
    offsets.set(`${number} ${Number(entry[2])} R`, Number(entry[1]));
  }
  if (!take(cursor, /trailer\n/y)) refuse(cursor.at, "no trailer");
  const trailer = dictionaryOf(takeValue(cursor), cursor.at);
  if (trailer["/Size"] !== Number(head[1])) refuse(cursor.at, "/Size is not that of the table");
  skipSpace(cursor);
  if (cursor.at !== end.index) refuse(cursor.at, "something behind the trailer");
  return { offsets, startsAt, trailer };
}

function dictionaryOf(value: Value | undefined, at: number): Dictionary {
  const isDictionary = typeof value === "object" && value !== null && !Array.isArray(value);
  return isDictionary ? value : refuse(at, "no dictionary");
}

function objectAt(text: string, at: number, id: string, table: Table): PdfObject {
  const cursor = { text, at };
  if (!text.startsWith(id.replace("R", "obj"), at)) refuse(at, `not the beginning of ${id}`);
  cursor.at += id.length + 2;
  const value = takeValue(cursor) ?? refuse(cursor.at, `${id} has no value`);
  skipSpace(cursor);
  const data = take(cursor, /stream\r?\n/y) ? takeStream(cursor, dictionaryOf(value, at), table) : null;
  if (!take(cursor, /\s*endobj\n/y)) refuse(cursor.at, `${id} does not end`);
  return { value, data, endsAt: cursor.at };
}

function takeStream(cursor: Cursor, dictionary: Dictionary, table: Table): Buffer {
  const length = lengthOf(cursor.text, dictionary["/Length"], table);
  if (typeof length !== "number") refuse(cursor.at, "a stream without its length");
  const start = cursor.at;
  const bytes = Buffer.from(cursor.text.slice(start, start + length), "latin1");
  cursor.at += length;
  if (!take(cursor, /\r?\nendstream/y)) refuse(cursor.at, "a stream that is not as long as it says");
  const filter = dictionary["/Filter"];
  if (filter === undefined || filter === "/DCTDecode") return bytes;
  if (filter !== "/FlateDecode") refuse(start, `a stream of the kind ${filter}`);
  return inflated(bytes, start);
}

/** A length is a number, or an object of its own, since it is known only when the stream has been written. */
function lengthOf(text: string, length: Value | undefined, { offsets }: Table): Value | undefined {
  if (typeof length !== "string") return length;
  const at = offsets.get(length) ?? refuse(0, `there is no ${length}`);
  return takeValue({ text, at: at + length.length + 2 });
}

function inflated(bytes: Buffer, at: number): Buffer {
  try {
    const { buffer, engine } = inflateSync(bytes, { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten !== bytes.length) refuse(at, "a stream with something behind its end");
    return buffer;
  } catch (error) {
    return refuse(at, `a stream that cannot be decompressed: ${(error as Error).message}`);
  }
}

/** Every byte between the header and the table is of one object that the table knows. */
function refuseGaps(text: string, { offsets, startsAt }: Table, objects: Map<string, PdfObject>): void {
  const cursor = { text, at: 0 };
  skipSpace(cursor);
  for (const [id, at] of [...offsets].sort(([, one], [, other]) => one - other)) {
    if (cursor.at !== at) refuse(cursor.at, "something that is no object of the table");
    cursor.at = (objects.get(id) as PdfObject).endsAt;
    skipSpace(cursor);
  }
  if (cursor.at !== startsAt) refuse(cursor.at, "something that is no object of the table");
}

function refuseLooseEnds(value: Value, table: Table): void {
  if (typeof value === "string") {
    const isReference = /^\d+ \d+ R$/.test(value);
    if (isReference && !table.offsets.has(value)) refuse(table.startsAt, `there is no ${value}`);
  } else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) refuseLooseEnds(inner, table);
  }
}

/** All that draws, of ISO 32000-1, annex A, except pictures written out among the operators. */
const OPERATORS = new Set(
  (
    "b B b* B* BDC BMC BT BX c cm CS cs d d0 d1 Do DP EMC ET EX f F f* G g gs h i j J K k l m M MP n q Q re RG rg " +
    "ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \""
  ).split(" "),
);
const CLOSES = new Map([
  ["Q", "q"],
  ["ET", "BT"],
  ["EMC", "BMC"],
]);
const OPENS = new Set(CLOSES.values());

function refuseUnreadablePages({ trailer }: Table, objects: Map<string, PdfObject>): void {
  const resolved = (reference: Value | undefined) => objects.get(String(reference))?.value;
  const catalog = dictionaryOf(resolved(trailer["/Root"]), 0);
  const pages = dictionaryOf(resolved(catalog["/Pages"]), 0);
  const kids = pages["/Kids"] as Value[];
  if (catalog["/Type"] !== "/Catalog" || kids.length === 0 || pages["/Count"] !== kids.length)
    refuse(0, "no pages, or not as many as are counted");
  for (const kid of kids) {
    const parts = [dictionaryOf(resolved(kid), 0)["/Contents"]].flat();
    const drawn = parts.map(
      (part) => objects.get(String(part))?.data ?? refuse(0, `the page ${kid} has nothing on it`),
    );
    refuseUnreadable(drawn.map((part) => part.toString("latin1")).join("\n"), String(kid));
  }
}

/** What begins on a page also ends there, and every word is an operator. */
function refuseUnreadable(text: string, page: string): void {
  const cursor = { text, at: 0 };
  const open: string[] = [];
  for (;;) {
    while (takeValue(cursor) !== undefined);
    const word = takeWord(cursor);
    if (word === undefined) break;
    const opened = word === "BDC" ? "BMC" : word;
    if (!OPERATORS.has(word)) refuse(cursor.at, `${word} on page ${page}`);
    if (OPENS.has(opened)) open.push(opened);
    if (CLOSES.has(word) && open.pop() !== CLOSES.get(word))
      refuse(cursor.at, `${word} on page ${page} closes nothing`);
  }
  if (cursor.at < text.length || open.length > 0)
    refuse(cursor.at, `the content of page ${page} does not end`);
}
