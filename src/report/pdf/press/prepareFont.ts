// Prepares a font when the program is built, and from sources when it is first needed: see preparedFont.ts.
import type { FontFile, Glyph, ParsedFont } from "./fontFile.ts";
import { HEAD_AT, type Part, type PreparedHead, startOfParts } from "./preparedFont.ts";

/** What is used of fontkit's font beyond what setting texts needs. */
export type WholeFont = ParsedFont & {
  postscriptName: string;
  ascent: number;
  descent: number;
  capHeight: number;
  xHeight: number;
  italicAngle: number;
  bbox: { minX: number; minY: number; maxX: number; maxY: number };
  createSubset(): { glyphs: number[]; encode(): Uint8Array };
};

const FIGURES = "0123456789:";
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Those that the font lacks are left out. */
const CHARACTERS = [
  ...range(0x20, 0x7e),
  // Western and central European.
  ...range(0xa0, 0x17f),
  ...codePointsOf("ȘșȚțẞ"),
  // Greek and Cyrillic.
  ...range(0x370, 0x3ff),
  ...range(0x400, 0x45f),
  ...codePointsOf("ҐґҒғҚқҢңҮүҰұӘәӨө"),
  ...range(0x2010, 0x2015),
  ...range(0x2018, 0x201f),
  ...codePointsOf("†‡•…‰′″‹›⁰⁴⁵⁶⁷⁸⁹₂€₴₽№™←↑→↓−≈≠≤≥∞√▲▼✓✗\u2009\u202f"),
];

/** Symbolic, as pdfkit says of all fonts it embeds. */
const FLAGS = 4;
/** These have to be escaped in literal strings. */
const ESCAPED = new Set([0x0d, 0x28, 0x29, 0x5c]);
const SOFT_HYPHEN = 0xad;

/** A number of the subset: the glyph it shows, the text it stands for; a filler stands for none. */
type Entry = { glyph: number; width: number; codePoint: number; isFigure: boolean };

/** Makes the file of a prepared font. */
export function prepareFont({ font, kerning, figures }: FontFile & { font: WholeFont }): Uint8Array {
  const entries = entriesOf(font, figures);
  const kern = kerningTable(entries, kerning);
  const parts = new Parts();
  const words = (values: number[]) => parts.add(new Uint8Array(Uint16Array.from(values).buffer));
  const head: PreparedHead = {
    postscriptName: font.postscriptName,
    unitsPerEm: font.unitsPerEm,
    descriptor: descriptorOf(font),
    figures: entries.flatMap(({ isFigure }, code) => (isFigure ? [code] : [])),
    codePoints: words(entries.map(({ codePoint }) => codePoint)),
    widths: words(entries.map(({ width }) => width)),
    rows: words(kern.rowOf.map((row) => row * kern.columns)),
    columnOf: words(kern.columnOf),
    kerning: parts.add(new Uint8Array(Int16Array.from(kern.matrix).buffer)),
    trueType: parts.add(subsetFile(font, entries)),
  };
  return parts.fileWith(head);
}

function codePointsOf(text: string): number[] {
  return [...text].map((character) => character.codePointAt(0) as number);
}

/** The glyphs by their numbers. */
function entriesOf(font: ParsedFont, figures: Map<number, number>): Entry[] {
  const entries: Entry[] = [];
  const filler: Entry = { ...entryOf(font.getGlyph(0), 0), width: 0 };
  const add = (entry: Entry) => {
    while (ESCAPED.has(entries.length & 0xff)) entries.push(filler);
    entries.push(entry);
  };
  add(entryOf(font.getGlyph(0), 0));
  for (const codePoint of CHARACTERS) {
    const glyph = font.glyphForCodePoint(codePoint);
    if (glyph.id !== 0 && codePoint !== SOFT_HYPHEN) add(entryOf(glyph, codePoint));
  }
  for (const codePoint of codePointsOf(FIGURES)) {
    const figure = figures.get(font.glyphForCodePoint(codePoint).id);
    if (figure !== undefined) add({ ...entryOf(font.getGlyph(figure), codePoint), isFigure: true });
  }
  return entries;
}

function entryOf({ id, advanceWidth }: Glyph, codePoint: number): Entry {
  return { glyph: id, width: advanceWidth, codePoint, isFigure: false };
}

/** Glyphs with the same kerning share a row, or a column; the first of each is that of no kerning at all. */
function kerningTable(entries: readonly Entry[], kerning: FontFile["kerning"]) {
  const isKerned = ({ codePoint, isFigure }: Entry) => codePoint !== 0 && !isFigure;
  const between = (left: Entry, right: Entry) =>
    isKerned(left) && isKerned(right) ? kerning(left.glyph, right.glyph) : 0;
  const full = entries.map((left) => entries.map((right) => between(left, right)));
  const rows = alike(full);
  const columns = alike(entries.map((_, column) => rows.kinds.map((row) => row[column] as number)));
  const matrix = rows.kinds.flatMap((_, row) => columns.kinds.map((column) => column[row] as number));
  return { matrix, rowOf: rows.kindOf, columnOf: columns.kindOf, columns: columns.kinds.length };
}

function alike(lists: readonly number[][]): { kinds: number[][]; kindOf: number[] } {
  const nothing = (lists[0] ?? []).map(() => 0);
  const kinds = [nothing];
  const known = new Map([[nothing.join(), 0]]);
  const kindOf = lists.map((list) => {
    const key = list.join();
    const kind = known.get(key) ?? kinds.push(list) - 1;
    known.set(key, kind);
    return kind;
  });
  return { kinds, kindOf };
}

/** The glyphs as a TrueType file; fontkit adds at its end what composed glyphs are made of. */
function subsetFile(font: WholeFont, entries: readonly Entry[]): Uint8Array {
  const subset = font.createSubset();
  subset.glyphs.length = 0;
  for (const { glyph } of entries) subset.glyphs.push(glyph);
  return subset.encode();
}

function descriptorOf(font: WholeFont): PreparedHead["descriptor"] {
  const scale = 1000 / font.unitsPerEm;
  const { minX, minY, maxX, maxY } = font.bbox;
  return {
    Flags: FLAGS,
    FontBBox: [minX, minY, maxX, maxY].map((edge) => edge * scale),
    ItalicAngle: font.italicAngle,
    Ascent: font.ascent * scale,
    Descent: font.descent * scale,
    CapHeight: font.capHeight * scale,
    XHeight: font.xHeight * scale,
    StemV: 0,
  };
}

/** Puts a file together: the head, and its parts at places that numbers of 16 bits can be read from. */
class Parts {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  /** Answers where the part will lie. */
  add(bytes: Uint8Array): Part {
    const at = this.length;
    this.parts.push(bytes);
    this.length += bytes.length + (bytes.length & 1);
    return [at, bytes.length];
  }

  fileWith(head: PreparedHead): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(head));
    const start = startOfParts(text.length);
    const file = new Uint8Array(start + this.length);
    new DataView(file.buffer).setUint32(0, text.length, true);
    file.set(text, HEAD_AT);
    let at = start;
    for (const part of this.parts) {
      file.set(part, at);
      at += part.length + (part.length & 1);
    }
    return file;
  }
}
