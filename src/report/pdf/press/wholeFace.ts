// A text with characters that are not prepared: set with the whole font, which fontkit has opened and pdfkit
// embeds. Shaping is done here where it can be, because pdfkit shapes every word with fontkit, which costs more
// than all the rest of a report.
import type { FontFile, Glyph, ParsedFont } from "./fontFile.ts";
import { isInvisible } from "./invisible.ts";
import type { Operators } from "./operators.ts";
import type { Digits } from "./theme.ts";

/** What is used of pdfkit's EmbeddedFont; it is not part of pdfkit's types. */
type EmbeddedFont = {
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

/** Numbers in a subset have two bytes, and the parts of composed glyphs need some too. */
const MOST_GLYPHS = 60_000;
/** Nothing is drawn for it, and nothing is kerned with it. */
const NOTHING: Letter = { glyph: -1, code: 0, width: 0, isFigure: false };
/** A combining mark. Texts are composed, so there are few of them. */
const MARK: Letter = { ...NOTHING };

export class WholeFace {
  /** Its name in the resources of pages, and its object in the file. */
  readonly id: string;
  readonly reference: unknown;
  private readonly embedded: EmbeddedFont;
  /** From units of the font to thousandths of the size. */
  private readonly scale: number;
  private readonly letters = { prose: new Map<number, Letter>(), figures: new Map<number, Letter>() };
  private readonly marked = new Map<string, Letter>();

  constructor(
    document: PDFKit.PDFDocument,
    private readonly file: FontFile,
  ) {
    // A font that fontkit has opened does as well as a file, which the types don't know.
    document.font(file.font as unknown as string);
    this.embedded = (document as unknown as { _font: EmbeddedFont })._font;
    this.id = this.embedded.id;
    this.reference = this.embedded.ref();
    this.scale = 1000 / file.font.unitsPerEm;
  }

  /** Writes the inside of a TJ operand; answers its width in thousandths of the size. */
  set(text: string, digits: Digits, out: Operators): number {
    const start = out.position;
    const width = this.setPlain(text, digits, out);
    if (width !== null) return width;
    out.endAt(start);
    return this.setMarks(text, out);
  }

  /** Sets letters by their widths and kerning; null if there are combining marks, which need more. */
  private setPlain(text: string, digits: Digits, out: Operators): number | null {
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
          out.move(units * this.scale);
        }
      }
      out.glyph(letter.code);
      width += letter.width;
      previous = letter;
    }
    return width;
  }

  /** Letters with combining marks that have no composed form: fontkit knows where the marks go. */
  private setMarks(text: string, out: Operators): number {
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
      out.move(xOffset * this.scale);
      out.glyph(letter.code);
      out.move((xAdvance - xOffset) * this.scale - letter.width);
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
