// One weight of the typeface within one document: turns texts into the operands of PDF's text operators
// and knows their widths. pdfkit embeds the font; shaping is done here, because pdfkit shapes every word
// with fontkit, which costs more than all the rest of a report.
import { type Kerning, kerningOf, substitutionsOf } from "./openType.ts";

/** How digits are set: in prose by their own widths, in columns of figures all equally wide. */
export type Digits = "prose" | "figures";

/** A text ready to be shown: `show` is the operator with its operands, `width` is in thousandths of the size. */
export type Shaped = { show: string; width: number };

type FontkitGlyph = { id: number; advanceWidth: number };
type FontkitFont = {
  unitsPerEm: number;
  glyphForCodePoint(codePoint: number): FontkitGlyph;
  getGlyph(id: number): FontkitGlyph;
  layout(text: string): { glyphs: FontkitGlyph[]; positions: { xAdvance: number; xOffset: number }[] };
};

/** What is used of pdfkit's EmbeddedFont; it is not part of pdfkit's types. */
export type EmbeddedFont = {
  id: string;
  font: FontkitFont;
  /** Glyph ids of the source font by their number in the embedded subset. */
  subset: { glyphs: number[] };
  /** Widths in thousandths and code points by number in the subset; pdfkit writes them at the end. */
  widths: number[];
  unicode: number[][];
  /** The font's object in the file, for the resources of pages. */
  ref(): unknown;
};

/** What is read once per font file and kept for later documents: parsing costs more than a small report. */
type FontFile = {
  font: FontkitFont;
  kerning: Kerning;
  figures: Map<number, number>;
  colons: Map<number, number>;
};
const fontFiles = new WeakMap<Uint8Array, FontFile>();

/** The parsed font of these bytes, if an earlier document has used it. pdfkit takes it in place of the bytes. */
export function parsedFont(bytes: Uint8Array): FontkitFont | null {
  return fontFiles.get(bytes)?.font ?? null;
}

/** A character's glyph: its id in the source font, two bytes escaped for a PDF string, and its width. */
type Letter = { glyph: number; code: string; width: number; digit: boolean };

/** Texts up to this length are kept once shaped: names, causes and times repeat, comments do not. */
const LONGEST_KEPT = 64;
const MOST_KEPT = 20_000;
/** Numbers in a subset have two bytes, and the parts of composed glyphs need some too. */
const MOST_GLYPHS = 60_000;
const COLON = 0x3a;
const COMBINING_MARK = /[\u0300-\u036f]/;
// Shown as nothing by definition: joiners, directional marks, variation selectors, soft hyphen, byte order mark.
const INVISIBLE =
  /[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/u;

export type Face = {
  /** Resource name in the page's font dictionary. */
  id: string;
  shape(text: string, digits?: Digits): Shaped;
  /** Width in points at a size. */
  widthOf(text: string, size: number, digits?: Digits): number;
};

/** Makes the face of a font that pdfkit has opened for a document. */
export function faceOf(embedded: EmbeddedFont, bytes: Uint8Array): Face {
  const file = fontFiles.get(bytes) ?? readFontFile(embedded.font, bytes);
  const letters = { prose: new Map<number, Letter>(), figures: new Map<number, Letter>() };
  const marked = new Map<string, Letter>();
  const kept = { prose: new Map<string, Shaped>(), figures: new Map<string, Shaped>() };
  const scale = 1000 / file.font.unitsPerEm;

  /** Each code point gets its own number in the subset, so that copied text is what was written even where
   *  letters share a glyph (Latin A and Greek Alpha, or everything the font lacks, which shows as a box). */
  function embed(glyph: FontkitGlyph, codePoints: number[]): Letter {
    const isFull = embedded.subset.glyphs.length > MOST_GLYPHS;
    const code = isFull ? 0 : embedded.subset.glyphs.push(glyph.id) - 1;
    const width = glyph.advanceWidth * scale;
    if (!isFull) {
      embedded.widths[code] = width;
      embedded.unicode[code] = codePoints;
    }
    return { glyph: glyph.id, code: escaped(code), width, digit: false };
  }

  function letterOf(codePoint: number, digits: Digits): Letter {
    const known = letters[digits].get(codePoint);
    if (known) return known;
    const plain = file.font.glyphForCodePoint(codePoint);
    const digit = codePoint >= 0x30 && codePoint <= 0x39;
    const wanted = (digits === "figures" ? file.figures : undefined)?.get(plain.id);
    if (digits === "figures" && wanted === undefined && codePoint !== COLON) {
      const shared = letterOf(codePoint, "prose");
      letters.figures.set(codePoint, shared);
      return shared;
    }
    const replaced = wanted ?? (digits === "figures" ? file.colons.get(plain.id) : undefined);
    const glyph = replaced === undefined ? plain : file.font.getGlyph(replaced);
    const letter = { ...embed(glyph, [codePoint]), digit };
    letters[digits].set(codePoint, letter);
    return letter;
  }

  function shapePlain(text: string, digits: Digits): Shaped {
    let operand = "(";
    let width = 0;
    let isKerned = false;
    let previous: Letter | null = null;
    for (let i = 0; i < text.length; i++) {
      let codePoint = text.charCodeAt(i);
      if (codePoint >= 0xd800 && codePoint < 0xdc00) {
        codePoint = text.codePointAt(i) as number;
        if (codePoint > 0xffff) i++;
      }
      const letter = letterOf(codePoint, digits);
      if (previous !== null && !(digits === "figures" && (previous.digit || letter.digit))) {
        const kern = file.kerning(previous.glyph, letter.glyph);
        if (kern !== 0) {
          operand += `)${Math.round(-kern * scale)}(`;
          width += kern * scale;
          isKerned = true;
        }
      }
      operand += letter.code;
      width += letter.width;
      previous = letter;
    }
    return { show: isKerned ? `[${operand})]TJ` : `${operand})Tj`, width };
  }

  /** Letters with combining marks that have no composed form: fontkit knows where the marks go. */
  function shapeMarks(text: string): Shaped {
    const run = file.font.layout(text);
    const codePoints = [...text].map((character) => character.codePointAt(0) as number);
    const isOneToOne = run.glyphs.length === codePoints.length;
    let operand = "[";
    let width = 0;
    run.glyphs.forEach((glyph, index) => {
      const position = run.positions[index] as { xAdvance: number; xOffset: number };
      const written = isOneToOne ? [codePoints[index] as number] : index === 0 ? codePoints : [];
      const key = `${glyph.id} ${written}`;
      const letter = marked.get(key) ?? embed(glyph, written);
      marked.set(key, letter);
      const before = position.xOffset * scale;
      const after = (position.xAdvance - position.xOffset) * scale - letter.width;
      operand += `${Math.round(-before)}(${letter.code})${Math.round(-after)}`;
      width += position.xAdvance * scale;
    });
    return { show: `${operand}]TJ`, width };
  }

  function shape(text: string, digits: Digits = "prose"): Shaped {
    const known = kept[digits].get(text);
    if (known) return known;
    const visible = INVISIBLE.test(text) ? text.replace(new RegExp(INVISIBLE, "gu"), "") : text;
    const shaped = COMBINING_MARK.test(visible) ? shapeMarks(visible) : shapePlain(visible, digits);
    if (text.length <= LONGEST_KEPT && kept[digits].size < MOST_KEPT) kept[digits].set(text, shaped);
    return shaped;
  }

  return {
    id: embedded.id,
    shape,
    widthOf: (text, size, digits) => (shape(text, digits).width * size) / 1000,
  };
}

function readFontFile(font: FontkitFont, bytes: Uint8Array): FontFile {
  const idsOf = (text: string) =>
    [...text].map((character) => font.glyphForCodePoint(character.charCodeAt(0)).id);
  const file = {
    font,
    kerning: kerningOf(bytes),
    figures: substitutionsOf(bytes, "tnum", idsOf("0123456789")),
    // The raised colon that stands between the digits of a time.
    colons: substitutionsOf(bytes, "case", idsOf(":")),
  };
  fontFiles.set(bytes, file);
  return file;
}

/** A subset number as two bytes of a PDF literal string. */
function escaped(code: number): string {
  return [code >> 8, code & 0xff]
    .map((byte) => {
      // A bare carriage return in a string would be read as a line feed; brackets and backslash end or escape.
      if (byte === 0x0d) return "\\r";
      if (byte === 0x28 || byte === 0x29 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
      return String.fromCharCode(byte);
    })
    .join("");
}
