// A font as prepareFont.ts leaves it: the glyphs of the characters that reports are made of, with their widths
// and their kerning as tables, and the parts of the PDF file that embed them, compressed. Its glyphs are
// numbered once for all documents, the commonest first; a document embeds as many as it needs of the sizes
// there are. Numbers are never made of bytes that a literal string of PDF has to escape.

/** One size of the embedded font: the glyphs below `codes`, as a compressed TrueType file, and their texts. */
export type Subset = { codes: number; file: Part; toUnicode: Part };

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
  /** How many columns the matrix of kerning has. */
  columns: number;
  /** By number: the code point (0 for none), the width, the row and the column of kerning, all of 16 bits. */
  codePoints: Part;
  widths: Part;
  rows: Part;
  columnOf: Part;
  /** Units to add between two glyphs, row after row; signed, of 16 bits. Row 0 and column 0 are all 0. */
  kerning: Part;
  subsets: Subset[];
};

export type PreparedFont = {
  head: PreparedHead;
  /** By code point: the number, or 0. */
  prose: Uint16Array;
  figures: Uint16Array;
  /** By number, in units of the font. */
  widths: Uint16Array;
  /** Where a glyph's row of kerning begins, and its column. */
  rows: Uint16Array;
  columnOf: Uint16Array;
  kerning: Int16Array;
  bytesOf: (part: Part) => Uint8Array;
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
    widths: words(head.widths),
    rows: words(head.rows),
    columnOf: words(head.columnOf),
    kerning: new Int16Array(file.buffer, file.byteOffset + start + head.kerning[0], head.kerning[1] >> 1),
    bytesOf: ([at, size]) => file.subarray(start + at, start + at + size),
  };
}
