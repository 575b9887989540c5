// What can be put on a page: texts, areas, lines. Points, y downwards, texts by their baseline.
//
// The operators are written here, since pdfkit's text() takes ten times as long. There are two layers: areas
// and lines, which are decoration to readers' software, lie under the text, which is tagged.
import type { Embedded, Face } from "./face.ts";
import { Operators } from "./operators.ts";
import type { Color, LineStyle, Style, Weight } from "./theme.ts";

export type Box = { x: number; y: number; width: number; height: number };

/** The distance of the control points that makes a Bézier curve a quarter of a circle, from its corner. */
const CORNER = 0.448;

// Operators that come by the ten thousand, as bytes.
const encoder = new TextEncoder();
const BEGIN_TEXT = encoder.encode("BT ");
const FILL_RECTANGLE = encoder.encode("re f\n");
const MOVE = encoder.encode("m ");
const STROKE_LINE = encoder.encode("l S\n");

export abstract class Canvas {
  /** Of the whole page. */
  abstract readonly height: number;
  abstract readonly faces: Record<Weight, Face>;
  /** Sees to it that the page knows a font. */
  protected abstract useFont(font: Embedded): void;
  /** The operators of the page: areas and lines, and above them the text with its tags. */
  readonly under = new Operators();
  readonly over = new Operators();
  // What the operators so far have set on the page; each is written again only where it changes.
  private font: Embedded | null = null;
  private size = 0;
  private textColor = "";
  private areaColor = "";
  private lineStyle = "";

  /** Starts with the operators of another page. */
  protected clear(): void {
    this.under.clear();
    this.over.clear();
    this.font = null;
    this.textColor = this.areaColor = this.lineStyle = "";
  }

  widthOf(text: string, style: Style): number {
    return this.faces[style.weight].widthOf(text, style.size, style.digits);
  }

  /** Writes a text with its baseline at y, from x on; answers its width. */
  text(text: string, x: number, y: number, { weight, size, color, digits }: Style): number {
    const { font, bytes, width } = this.faces[weight].set(text, digits);
    const out = this.over;
    out.append(BEGIN_TEXT);
    if (font !== this.font || size !== this.size) {
      this.useFont(font);
      out.text(`/${font.id} ${size} Tf `);
      this.font = font;
      this.size = size;
    }
    if (color !== this.textColor) {
      out.text(`${color} rg `);
      this.textColor = color;
    }
    // Letters would stand on their heads: text is placed with y upwards from the page's foot.
    out.number(x);
    out.number(this.height - y);
    out.append(bytes);
    return (width * size) / 1000;
  }

  /** Writes a text so that it ends at x. */
  textRight(text: string, x: number, y: number, style: Style): void {
    this.text(text, x - this.widthOf(text, style), y, style);
  }

  /** Writes a text with its middle at x. */
  textCentred(text: string, x: number, y: number, style: Style): void {
    this.text(text, x - this.widthOf(text, style) / 2, y, style);
  }

  /** Fills a rectangle under the text. */
  fill(x: number, y: number, width: number, height: number, color: Color): void {
    const out = this.under;
    this.fillWith(color);
    out.number(x);
    out.number(y);
    out.number(width);
    out.number(height);
    out.append(FILL_RECTANGLE);
  }

  /** Fills a rectangle with round corners under the text. */
  fillRounded(box: Box, radius: number, color: Color): void {
    this.fillWith(color);
    this.roundedPath(box, radius);
    this.under.text("f\n");
  }

  /** Draws along a rectangle with round corners under the text. */
  strokeRounded(box: Box, radius: number, style: LineStyle): void {
    this.strokeWith(style);
    this.roundedPath(box, radius);
    this.under.text("S\n");
  }

  /** Draws a straight line under the text. */
  line(x1: number, y1: number, x2: number, y2: number, style: LineStyle): void {
    const out = this.under;
    this.strokeWith(style);
    out.number(x1);
    out.number(y1);
    out.append(MOVE);
    out.number(x2);
    out.number(y2);
    out.append(STROKE_LINE);
  }

  private fillWith(color: Color): void {
    if (color === this.areaColor) return;
    this.areaColor = color;
    this.under.text(`${color} rg\n`);
  }

  private strokeWith(style: LineStyle): void {
    if (style === this.lineStyle) return;
    this.lineStyle = style;
    this.under.text(style);
  }

  private roundedPath({ x, y, width, height }: Box, radius: number): void {
    const out = this.under;
    const r = Math.min(radius, width / 2, height / 2);
    const k = r * CORNER;
    const [right, low] = [x + width, y + height];
    const segment = (operator: string, ...points: number[]) => {
      for (const value of points) out.number(value);
      out.text(operator);
    };
    segment("m ", x + r, y);
    segment("l ", right - r, y);
    segment("c ", right - k, y, right, y + k, right, y + r);
    segment("l ", right, low - r);
    segment("c ", right, low - k, right - k, low, right - r, low);
    segment("l ", x + r, low);
    segment("c ", x + k, low, x, low - k, x, low - r);
    segment("l ", x, y + r);
    segment("c h ", x, y + k, x + k, y, x + r, y);
  }
}
