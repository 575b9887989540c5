// One weight of the typeface within one document: turns texts into the operands of PDF's text operators
// and knows their widths. pdfkit embeds the font; shaping is done here, because pdfkit shapes every word
// with fontkit, which costs more than all the rest of a report.
import { type FontFile, fontFileOf, type Glyph, type ParsedFont } from "./fontFile.ts";

/** How digits are set: in prose by their own widths, in columns of figures all equally wide. */
export type Digits = "prose" | "figures";

/** A text ready to be shown: `show` is the operator with its operands, `width` is in thousandths of the size. */
export type Shaped = { show: string; width: number };

/** What is used of pdfkit's EmbeddedFont; it is not part of pdfkit's types. */
export type EmbeddedFont = {
  id: string;
  font: ParsedFont;
  /** Glyph ids of the source font by their number in the embedded subset. */
  subset: { glyphs: number[] };
  /** Widths in thousandths and code points by number in the subset; pdfkit writes them at the end. */
  widths: number[];
  unicode: number[][];
  /** The font's object in the file, for the resources of pages. */
  ref(): unknown;
};

/** A character's glyph: its id in the source font, two bytes escaped for a PDF string, and its width. */
type Letter = { glyph: number; code: string; width: number; isFigure: boolean };

/** Texts up to this length are kept once shaped: names, causes and times repeat, comments do not. */
const LONGEST_KEPT = 64;
const MOST_KEPT = 20_000;
/** Numbers in a subset have two bytes, and the parts of composed glyphs need some too. */
const MOST_GLYPHS = 60_000;
const COMBINING_MARK = /[\u0300-\u036f]/;
/** Nothing is drawn for it, and nothing is kerned with it. */
const NOTHING: Letter = { glyph: -1, code: "", width: 0, isFigure: false };

export class Face {
  /** Resource name in the page's font dictionary. */
  readonly id: string;
  private readonly file: FontFile;
  /** From units of the font to thousandths of the size. */
  private readonly scale: number;
  private readonly letters = { prose: new Map<number, Letter>(), figures: new Map<number, Letter>() };
  private readonly shaped = { prose: new Map<string, Shaped>(), figures: new Map<string, Shaped>() };
  private readonly marked = new Map<string, Letter>();

  /** The face of a font that pdfkit has opened from these bytes for a document. */
  constructor(
    private readonly embedded: EmbeddedFont,
    bytes: Uint8Array,
  ) {
    this.id = embedded.id;
    this.file = fontFileOf(bytes, embedded.font);
    this.scale = 1000 / this.file.font.unitsPerEm;
  }

  /** The text as an operator. */
  shape(text: string, digits: Digits = "prose"): Shaped {
    const known = this.shaped[digits].get(text);
    if (known !== undefined) return known;
    const shaped = COMBINING_MARK.test(text) ? this.shapeMarks(text) : this.shapePlain(text, digits);
    if (text.length <= LONGEST_KEPT && this.shaped[digits].size < MOST_KEPT)
      this.shaped[digits].set(text, shaped);
    return shaped;
  }

  /** Width in points at a size. */
  widthOf(text: string, size: number, digits?: Digits): number {
    return (this.shape(text, digits).width * size) / 1000;
  }

  private shapePlain(text: string, digits: Digits): Shaped {
    const { kerning } = this.file;
    let operand = "(";
    let width = 0;
    let isKerned = false;
    let previous = NOTHING;
    for (let i = 0; i < text.length; i++) {
      const codePoint = text.codePointAt(i) as number;
      if (codePoint > 0xffff) i++;
      const letter = this.letters[digits].get(codePoint) ?? this.letterOf(codePoint, digits);
      if (letter === NOTHING) continue;
      const isLoose = previous === NOTHING || previous.isFigure || letter.isFigure;
      const kern = isLoose ? 0 : kerning(previous.glyph, letter.glyph) * this.scale;
      if (kern !== 0) {
        operand += `)${Math.round(-kern)}(`;
        width += kern;
        isKerned = true;
      }
      operand += letter.code;
      width += letter.width;
      previous = letter;
    }
    return { show: isKerned ? `[${operand})]TJ` : `${operand})Tj`, width };
  }

  /** Letters with combining marks that have no composed form: fontkit knows where the marks go. */
  private shapeMarks(text: string): Shaped {
    const visible = [...text].filter((character) => !isInvisible(character.codePointAt(0) as number));
    const run = this.file.font.layout(visible.join(""));
    const isOneToOne = run.glyphs.length === visible.length;
    let operand = "[";
    let width = 0;
    run.glyphs.forEach((glyph, index) => {
      const { xAdvance, xOffset } = run.positions[index] as { xAdvance: number; xOffset: number };
      const written = isOneToOne ? visible[index] : index === 0 ? visible.join("") : "";
      const key = `${glyph.id} ${written}`;
      const letter = this.marked.get(key) ?? this.embed(glyph, written ?? "");
      this.marked.set(key, letter);
      const after = (xAdvance - xOffset) * this.scale - letter.width;
      operand += `${Math.round(-xOffset * this.scale)}(${letter.code})${Math.round(-after)} `;
      width += xAdvance * this.scale;
    });
    return { show: `${operand}]TJ`, width };
  }

  private letterOf(codePoint: number, digits: Digits): Letter {
    const { font, figures } = this.file;
    const glyph = font.glyphForCodePoint(codePoint);
    const figure = digits === "figures" ? figures.get(glyph.id) : undefined;
    let letter: Letter;
    if (isInvisible(codePoint)) letter = NOTHING;
    else if (figure !== undefined) {
      letter = { ...this.embed(font.getGlyph(figure), String.fromCodePoint(codePoint)), isFigure: true };
    } else if (digits === "figures") {
      letter = this.letters.prose.get(codePoint) ?? this.letterOf(codePoint, "prose");
    } else letter = this.embed(glyph, String.fromCodePoint(codePoint));
    this.letters[digits].set(codePoint, letter);
    return letter;
  }

  /**
   * Takes a glyph into the embedded subset, under a number of its own for every text it is written for: so
   * copied text is what was written even where letters share a glyph, such as all those that the font lacks,
   * which show as a box.
   */
  private embed(glyph: Glyph, written: string): Letter {
    const { subset, widths, unicode } = this.embedded;
    const width = glyph.advanceWidth * this.scale;
    let code = 0;
    if (subset.glyphs.length < MOST_GLYPHS) {
      code = subset.glyphs.push(glyph.id) - 1;
      widths[code] = width;
      unicode[code] = [...written].map((character) => character.codePointAt(0) as number);
    }
    return { glyph: glyph.id, code: twoBytes(code), width, isFigure: false };
  }
}

/** Shown as nothing by definition: soft hyphen, joiners, directional marks, variation selectors, byte order mark. */
function isInvisible(codePoint: number): boolean {
  if (codePoint < 0x2000) return codePoint === 0xad || codePoint === 0x34f || codePoint === 0x61c;
  return (
    (codePoint >= 0x200b && codePoint <= 0x200f) ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2060 && codePoint <= 0x206f) ||
    (codePoint >= 0xfe00 && codePoint <= 0xfe0f) ||
    codePoint === 0xfeff ||
    (codePoint >= 0xe0000 && codePoint <= 0xe0fff)
  );
}

/** A number of the subset as two bytes of a PDF literal string. */
function twoBytes(code: number): string {
  return [code >> 8, code & 0xff]
    .map((byte) => {
      // A bare carriage return in a string would be read as a line feed; brackets and backslash end or escape.
      if (byte === 0x0d) return "\\r";
      if (byte === 0x28 || byte === 0x29 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
      return String.fromCharCode(byte);
    })
    .join("");
}
