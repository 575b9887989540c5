// A font as prepareFont.ts leaves it: the glyphs of the characters that reports are made of, as a small TrueType
// font, with their widths and their kerning as tables. Its glyphs are numbered once for all documents, never by
// bytes that a literal string of PDF has to escape.

/** Where something lies behind the head. */
export type Part = [at: number, length: number];

/** What stands at the beginning of the file, as JSON. */
export type PreparedHead = {
  postscriptName: string;
  unitsPerEm: number;
  /** Of the font descriptor, in thousandths of the size. */
  descriptor: {
    Flags: number;
    FontBBox: number[];
    ItalicAngle: number;
    Ascent: number;
    Descent: number;
    CapHeight: number;
    XHeight: number;
    StemV: number;
  };
  /** Numbers of the characters that are set otherwise in columns of figures. */
  figures: number[];
  /** By number: the code point (0 for none), the width, the row and the column of kerning, all of 16 bits. */
  codePoints: Part;
  widths: Part;
  rows: Part;
  columnOf: Part;
  /** Units to add between two glyphs, row after row; signed, of 16 bits. Row 0 and column 0 are all 0. */
  kerning: Part;
  /** Glyphs by number, and behind them those that they are composed of. */
  trueType: Part;
};

export type PreparedFont = {
  head: PreparedHead;
  /** By code point: the number, or 0. */
  prose: Uint16Array;
  figures: Uint16Array;
  /** By number: the code point, and the width in units of the font. */
  codePoints: Uint16Array;
  widths: Uint16Array;
  /** Where a glyph's row of kerning begins, and its column. */
  rows: Uint16Array;
  columnOf: Uint16Array;
  kerning: Int16Array;
  trueType: Uint8Array;
};

/** The length of the head stands before it. */
export const HEAD_AT = 4;

/** Where the parts begin: behind the head, where numbers of 16 bits can be read from. */
export const startOfParts = (headLength: number): number => HEAD_AT + headLength + (headLength & 1);

/** Reads a prepared font; its tables stay where they are in the bytes. */
export function readPreparedFont(file: Uint8Array): PreparedFont {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const head: PreparedHead = JSON.parse(new TextDecoder().decode(file.subarray(HEAD_AT, HEAD_AT + length)));
  const start = startOfParts(length);
  const words = ([at, size]: Part) => new Uint16Array(file.buffer, file.byteOffset + start + at, size >> 1);
  const codePoints = words(head.codePoints);
  const prose = new Uint16Array(codePoints.reduce((most, codePoint) => Math.max(most, codePoint), 0) + 1);
  const ofFigures = new Set(head.figures);
  for (let code = 1; code < codePoints.length; code++) {
    if (!ofFigures.has(code)) prose[codePoints[code] as number] = code;
  }
  prose[0] = 0;
  const figures = prose.slice();
  for (const code of head.figures) figures[codePoints[code] as number] = code;
  return {
    head,
    prose,
    figures,
    codePoints,
    widths: words(head.widths),
    rows: words(head.rows),
    columnOf: words(head.columnOf),
    kerning: new Int16Array(file.buffer, file.byteOffset + start + head.kerning[0], head.kerning[1] >> 1),
    trueType: file.subarray(start + head.trueType[0], start + head.trueType[0] + head.trueType[1]),
  };
}
