// The pages being written: primitives that put text, areas and lines on them, page breaks, links and
// bookmarks. Points, y downwards, texts by their baseline. What is said and where is for the sections.
//
// pdfkit makes the file, the fonts and the structure; the operators of the pages are written here, since
// pdfkit's text() takes ten times as long. Each page has two layers: areas and lines, which are decoration
// to a reader's software, lie under the text, which is tagged.
import PDFDocument from "pdfkit";
import { type EmbeddedFont, Face } from "./face.ts";
import { parsedFont } from "./fontFile.ts";
import { type Layers, sealPage } from "./seal.ts";
import { type Tags, tagsOf } from "./tags.ts";
import { type Brand, brandOf, type Color, MARGIN, PAPERS, type Style, type Weight } from "./theme.ts";

export type Fonts = { regular: Uint8Array; medium: Uint8Array; bold: Uint8Array };

export type PaperOptions = {
  pageSize: keyof typeof PAPERS;
  fonts: Fonts;
  brandColor: string;
  /** Whether each cell of a table is tagged, or a table as a whole. */
  tagsCells: boolean;
  info: { Title: string; Author: string; Subject: string; Keywords: string; CreationDate: Date };
};

/** A number as an operand: hundredths of a point are finer than any printer. */
export const operand = (value: number): string => String(Math.round(value * 100) / 100);

export class Paper {
  readonly document: PDFKit.PDFDocument;
  readonly tags: Tags;
  readonly faces: Record<Weight, Face>;
  readonly brand: Brand;
  readonly tagsCells: boolean;
  readonly left = MARGIN.left;
  readonly right: number;
  readonly width: number;
  readonly top = MARGIN.top;
  readonly bottom: number;
  readonly height: number;
  /** Where the next block starts. */
  y: number = MARGIN.top;
  private readonly embedded: EmbeddedFont[] = [];
  private readonly pages: Layers[] = [];
  private layers: Layers = { under: [], over: [] };
  private font = "";
  private textColor = "";
  private areaColor = "";

  constructor(options: PaperOptions) {
    const { width, height } = PAPERS[options.pageSize];
    this.height = height;
    this.right = width - MARGIN.right;
    this.width = this.right - this.left;
    this.bottom = height - MARGIN.bottom;
    this.brand = brandOf(options.brandColor);
    this.tagsCells = options.tagsCells;
    this.document = new PDFDocument({
      size: [width, height],
      // No font to begin with: pdfkit would load the metrics of Helvetica from a file.
      font: "",
      autoFirstPage: false,
      bufferPages: true,
      pdfVersion: "1.7",
      tagged: true,
      lang: "en",
      displayTitle: true,
      info: { ...options.info, Creator: "Nines", Producer: "Nines (PDFKit)" },
    });
    this.document.addContent = (operator: string) => {
      this.layers.over.push(operator);
      return this.document;
    };
    this.faces = {
      regular: this.openFace(options.fonts.regular),
      medium: this.openFace(options.fonts.medium),
      bold: this.openFace(options.fonts.bold),
    };
    this.tags = tagsOf(this.document);
    this.startPage();
  }

  private openFace(bytes: Uint8Array): Face {
    // An opened font does as well as its bytes, which the types don't know.
    this.document.font((parsedFont(bytes) ?? bytes) as Uint8Array<ArrayBuffer>);
    const { _font: embedded } = this.document as unknown as { _font: EmbeddedFont };
    this.embedded.push(embedded);
    return new Face(embedded, bytes);
  }

  private startPage(): void {
    // What pdfkit writes to turn the y axis downwards goes nowhere; sealPage does it for both layers.
    this.layers = { under: [], over: [] };
    this.document.addPage();
    this.layers = { under: [], over: [] };
    this.pages.push(this.layers);
    const fonts = this.document.page.fonts as Record<string, unknown>;
    for (const embedded of this.embedded) fonts[embedded.id] = embedded.ref();
    this.font = this.textColor = this.areaColor = "";
    this.y = this.top;
  }

  /** Ends the page. Content that is being tagged goes on after what `atTop` draws on the new one. */
  breakPage(atTop: () => void = () => {}): void {
    const resume = this.tags.interrupt();
    this.startPage();
    atTop();
    resume();
  }

  /** Starts a new page unless `height` points are left on this one. */
  need(height: number): void {
    if (this.y + height > this.bottom && this.y > this.top) this.breakPage();
  }

  get pageCount(): number {
    return this.pages.length;
  }

  widthOf(text: string, style: Style): number {
    return this.faces[style.weight].widthOf(text, style.size, style.digits);
  }

  /** Writes a text with its baseline at y, from x on; answers its width. */
  text(text: string, x: number, y: number, style: Style): number {
    const face = this.faces[style.weight];
    const shaped = face.shape(text, style.digits);
    const font = `/${face.id} ${style.size} Tf `;
    let operators = "BT ";
    if (font !== this.font) {
      operators += font;
      this.font = font;
    }
    if (style.color !== this.textColor) {
      operators += `${style.color} rg `;
      this.textColor = style.color;
    }
    this.layers.over.push(`${operators}1 0 0 -1 ${operand(x)} ${operand(y)} Tm ${shaped.show} ET`);
    return (shaped.width * style.size) / 1000;
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
    this.area(`${operand(x)} ${operand(y)} ${operand(width)} ${operand(height)} re`, color);
  }

  /** Fills any path under the text. */
  area(path: string, color: Color): void {
    if (color !== this.areaColor) {
      this.layers.under.push(`${color} rg`);
      this.areaColor = color;
    }
    this.layers.under.push(`${path} f`);
  }

  /** Draws along any path under the text. */
  stroke(path: string, color: Color, width = 0.5, dash = ""): void {
    this.layers.under.push(`[${dash}] 0 d ${color} RG ${operand(width)} w ${path} S`);
  }

  /** Draws a straight line under the text. */
  line(from: [number, number], to: [number, number], color: Color, width = 0.5, dash = ""): void {
    this.stroke(`${from.map(operand).join(" ")} m ${to.map(operand).join(" ")} l`, color, width, dash);
  }

  /** Makes an area lead to a place that `target` has named. */
  link(area: { x: number; y: number; width: number; height: number }, target: string, title: string): void {
    this.tags.link((structParent) => {
      this.document.annotate(area.x, area.y, area.width, area.height, {
        Subtype: "Link",
        Dest: target,
        // pdfkit takes a primitive string for a name of PDF, and a String for a text.
        Contents: new String(title),
        structParent,
      } as object as PDFKit.Mixins.AnnotationOption);
    });
  }

  /** Names the place at y on this page. Names sort alike by locale and by bytes only if they are a-z0-9. */
  target(name: string, y: number): void {
    this.document.addNamedDestination(name, "XYZ", null, y, null);
  }

  /** Adds a bookmark for the place at y on this page, under another one or on the first level. */
  bookmark(title: string, y: number, under: PDFKit.PDFOutline = this.document.outline): PDFKit.PDFOutline {
    const { width } = this.document.page;
    // pdfkit counts `left` from the right edge.
    return under.addItem(title, { fit: false, top: y, left: width } as { expanded?: boolean });
  }

  /** Writes header and footer on every page, closes the document and answers its bytes. */
  async finish(furniture: (page: number, pageCount: number) => void): Promise<Uint8Array> {
    this.tags.end();
    this.pages.forEach((layers, index) => {
      this.document.switchToPage(index);
      this.layers = layers;
      this.font = this.textColor = this.areaColor = "";
      this.tags.artifact(() => furniture(index + 1, this.pages.length), "/Type /Pagination");
      sealPage(this.document.page, layers);
    });
    const chunks: Uint8Array[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    this.document.on("end", resolve);
    this.document.on("error", reject);
    this.document.end();
    await promise;
    return new Uint8Array(Buffer.concat(chunks));
  }
}
