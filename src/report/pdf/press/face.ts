// One weight of the typeface within one document: turns texts into the operands of PDF's text operators
// and knows their widths. pdfkit embeds the font; shaping is done here, because pdfkit shapes every word
// with fontkit, which costs more than all the rest of a report.
import { type FontFile, fontFileOf, type Glyph, type ParsedFont } from "./fontFile.ts";
import { Operators } from "./operators.ts";

/** How digits are set: in prose by their own widths, in columns of figures all equally wide. */
export type Digits = "prose" | "figures";

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

/** A character's glyph: its id in the source font, its number in the embedded subset, its width in thousandths. */
type Letter = { glyph: number; code: number; width: number; isFigure: boolean };

/** A text as it was written once, and how long such a text may be. */
type Kept = { bytes: Uint8Array; width: number };
const LONGEST_KEPT = 40;
const MOST_KEPT = 20_000;

/** What a text is written to before it is kept. */
const scratch = new Operators();

/** Numbers in a subset have two bytes, and the parts of composed glyphs need some too. */
const MOST_GLYPHS = 60_000;
/** Nothing is drawn for it, and nothing is kerned with it. */
const NOTHING: Letter = { glyph: -1, code: 0, width: 0, isFigure: false };
/** A combining mark. Texts are composed, so there are few of them. */
const MARK: Letter = { ...NOTHING };

export class Face {
  /** Resource name in the page's font dictionary. */
  readonly id: string;
  private readonly file: FontFile;
  /** From units of the font to thousandths of the size. */
  private readonly scale: number;
  private readonly letters = { prose: new Map<number, Letter>(), figures: new Map<number, Letter>() };
  private readonly kept = { prose: new Map<string, Kept>(), figures: new Map<string, Kept>() };
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

  /** Width in points at a size. */
  widthOf(text: string, size: number, digits: Digits): number {
    return (this.show(text, digits, null) * size) / 1000;
  }

  /** Writes the inside of the operand that shows the text, unless `out` is null; answers its width in thousandths. */
  show(text: string, digits: Digits, out: Operators | null): number {
    if (digits === "prose") return this.showPiece(text, digits, out);
    // Few clock times are alike, but their dates, hours, minutes and seconds are.
    let width = 0;
    for (let start = 0; start < text.length; ) {
      const end = endOfPiece(text, start);
      width += this.showPiece(text.slice(start, end), digits, out);
      start = end;
    }
    return width;
  }

  private showPiece(text: string, digits: Digits, out: Operators | null): number {
    const kept = this.kept[digits].get(text);
    if (kept !== undefined) {
      out?.append(kept.bytes);
      return kept.width;
    }
    scratch.clear();
    const width = this.set(text, digits, scratch);
    const bytes = scratch.written().slice();
    const isKept = text.length <= LONGEST_KEPT && this.kept[digits].size < MOST_KEPT;
    if (isKept) this.kept[digits].set(text, { bytes, width });
    out?.append(bytes);
    return width;
  }

  /** Writes, unless `out` is null, the inside of a TJ operand; answers its width in thousandths of the size. */
  private set(text: string, digits: Digits, out: Operators | null): number {
    const start = out?.position ?? 0;
    const width = this.setPlain(text, digits, out);
    if (width !== null) return width;
    out?.rewind(start);
    return this.setMarks(text, out);
  }

  /** Sets letters by their widths and kerning; null if there are combining marks, which need more. */
  private setPlain(text: string, digits: Digits, out: Operators | null): number | null {
    const { kerning } = this.file;
    const letters = this.letters[digits];
    let width = 0;
    let previous = NOTHING;
    for (let i = 0; i < text.length; i++) {
      const codePoint = text.codePointAt(i) as number;
      if (codePoint > 0xffff) i++;
      const letter = letters.get(codePoint) ?? this.letterOf(codePoint, digits);
      if (letter === NOTHING) continue;
      if (letter === MARK) return null;
      if (!letter.isFigure && !previous.isFigure && previous !== NOTHING) {
        const units = kerning(previous.glyph, letter.glyph);
        if (units !== 0) {
          width += units * this.scale;
          out?.move(units * this.scale);
        }
      }
      out?.glyph(letter.code);
      width += letter.width;
      previous = letter;
    }
    return width;
  }

  /** Letters with combining marks that have no composed form: fontkit knows where the marks go. */
  private setMarks(text: string, out: Operators | null): number {
    const visible = [...text].filter((character) => !isInvisible(character.codePointAt(0) as number));
    const run = this.file.font.layout(visible.join(""));
    const isOneToOne = run.glyphs.length === visible.length;
    let width = 0;
    for (const [index, glyph] of run.glyphs.entries()) {
      const { xAdvance, xOffset } = run.positions[index] as { xAdvance: number; xOffset: number };
      const written = isOneToOne ? visible[index] : index === 0 ? visible.join("") : "";
      const key = `${glyph.id} ${written}`;
      const letter = this.marked.get(key) ?? this.embed(glyph, written ?? "");
      this.marked.set(key, letter);
      out?.move(xOffset * this.scale);
      out?.glyph(letter.code);
      out?.move((xAdvance - xOffset) * this.scale - letter.width);
      width += xAdvance * this.scale;
    }
    return width;
  }

  private letterOf(codePoint: number, digits: Digits): Letter {
    const { font, figures } = this.file;
    const glyph = font.glyphForCodePoint(codePoint);
    const figure = digits === "figures" ? figures.get(glyph.id) : undefined;
    let letter: Letter;
    if (isInvisible(codePoint)) letter = NOTHING;
    else if (codePoint >= 0x300 && codePoint <= 0x36f) letter = MARK;
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
    return { glyph: glyph.id, code, width, isFigure: false };
  }
}

const SPACE = 0x20;
const COLON = 0x3a;

/** Where the piece of a figure that begins at `start` ends: after the next space or colon. */
function endOfPiece(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SPACE || code === COLON) return at + 1;
  }
  return text.length;
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
