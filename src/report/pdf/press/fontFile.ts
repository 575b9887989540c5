// A font file as it is read once and kept for later documents: parsing costs more than a small report.
import { type Kerning, kerningOf, substitutionsOf } from "./openType.ts";

export type Glyph = { id: number; advanceWidth: number };

/** What is used of fontkit's font, which pdfkit opens. */
export type ParsedFont = {
  unitsPerEm: number;
  glyphForCodePoint(codePoint: number): Glyph;
  getGlyph(id: number): Glyph;
  /** Shapes a text with all of the font's rules; slow. */
  layout(text: string): { glyphs: Glyph[]; positions: { xAdvance: number; xOffset: number }[] };
};

export type FontFile = {
  font: ParsedFont;
  kerning: Kerning;
  /** Glyphs for columns of figures by the ordinary ones: digits of equal width, the colon of times. */
  figures: Map<number, number>;
};

const fontFiles = new WeakMap<Uint8Array, FontFile>();

/** The font of these bytes, if an earlier document has used it. pdfkit takes it in place of the bytes. */
export function parsedFont(bytes: Uint8Array): ParsedFont | null {
  return fontFiles.get(bytes)?.font ?? null;
}

/** What is known of a font file that pdfkit has opened. */
export function fontFileOf(bytes: Uint8Array, font: ParsedFont): FontFile {
  const known = fontFiles.get(bytes);
  if (known !== undefined) return known;
  const idsOf = (text: string) =>
    [...text].map((character) => font.glyphForCodePoint(character.charCodeAt(0)).id);
  const digits = substitutionsOf(bytes, "tnum", idsOf("0123456789"));
  const colon = substitutionsOf(bytes, "case", idsOf(":"));
  const file = { font, kerning: kerningOf(bytes), figures: new Map([...digits, ...colon]) };
  fontFiles.set(bytes, file);
  return file;
}
