// A whole font, opened by fontkit: what a text needs that has characters outside of the prepared ones. Opening
// it costs more than a small report, so it is done once and only for such a text.
import { type Kerning, kerningOf, substitutionsOf } from "./openType.ts";

export type Glyph = { id: number; advanceWidth: number };

/** What is used of fontkit's font, which pdfkit takes in place of a file. */
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

/** What is known of a font that fontkit has opened from these bytes. */
export function fontFileOf(bytes: Uint8Array, font: ParsedFont): FontFile {
  const idsOf = (text: string) =>
    [...text].map((character) => font.glyphForCodePoint(character.charCodeAt(0)).id);
  const digits = substitutionsOf(bytes, "tnum", idsOf("0123456789"));
  const colon = substitutionsOf(bytes, "case", idsOf(":"));
  return { font, kerning: kerningOf(bytes), figures: new Map([...digits, ...colon]) };
}
