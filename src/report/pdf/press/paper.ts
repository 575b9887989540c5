// The pages being written: page breaks, links, places and bookmarks, on top of what a canvas can draw.
// pdfkit makes the file, the fonts and the structure. What is said and where is for the sections. A page that is full
// goes into the file at once, so that memory does not grow with the pages; what names their number, header and footer,
// is a second content stream of each, written when all are known.
import type { Readable } from "node:stream";
import PDFDocument from "pdfkit";
import { type Box, Canvas } from "./canvas.ts";
import { type Embedded, Face, type FontSource } from "./face.ts";
import { type ContentStream, seal } from "./seal.ts";
import { type Detail, Tags } from "./tags.ts";
import { type Brand, brandOf, MARGIN, PAPERS, type Weight } from "./theme.ts";

/** The weights of the typeface. */
export type Fonts = Record<Weight, FontSource>;

export type PaperOptions = {
  pageSize: keyof typeof PAPERS;
  fonts: Fonts;
  brandColor: string;
  tagDetail: Detail;
  info: { Title: string; Author: string; Subject: string; Keywords: string; CreationDate: Date };
  /** Takes the bytes of the file as they come. */
  write: (bytes: Uint8Array) => void;
};

export class Paper extends Canvas {
  readonly document: PDFKit.PDFDocument;
  readonly tags: Tags;
  readonly faces: Record<Weight, Face>;
  readonly brand: Brand;
  readonly left = MARGIN.left;
  readonly right: number;
  readonly width: number;
  readonly top = MARGIN.top;
  readonly bottom: number;
  readonly height: number;
  /** Where the next block starts. */
  y: number = MARGIN.top;
  /** The fonts of all pages in one object, which is written last: headers may use one that their page did not. */
  private readonly fonts: Dictionary;
  private readonly written: Promise<void>;
  /** Of each page up to this one the content stream of its header and footer. */
  private readonly furniture: ContentStream[] = [];

  constructor(options: PaperOptions) {
    super();
    const { width, height } = PAPERS[options.pageSize];
    this.height = height;
    this.right = width - MARGIN.right;
    this.width = this.right - this.left;
    this.bottom = height - MARGIN.bottom;
    this.brand = brandOf(options.brandColor);
    this.document = new PDFDocument({
      size: [width, height],
      // No font to begin with: pdfkit would load the metrics of Helvetica from a file.
      font: "",
      autoFirstPage: false,
      pdfVersion: "1.7",
      tagged: true,
      lang: "en",
      displayTitle: true,
      info: { ...options.info, Creator: "Nines", Producer: "Nines (PDFKit)" },
    });
    this.written = writtenBy(this.document, options.write);
    escapeMetadata(this.document);
    this.document.addContent = (operator: string) => {
      this.over.text(operator);
      this.over.text("\n");
      return this.document;
    };
    this.fonts = this.document.ref({}) as unknown as Dictionary;
    const { regular, medium, bold } = options.fonts;
    this.faces = {
      regular: new Face(this.document, regular, "R"),
      medium: new Face(this.document, medium, "M"),
      bold: new Face(this.document, bold, "B"),
    };
    this.tags = new Tags(this.document, options.tagDetail);
    this.startPage();
  }

  private startPage(): void {
    this.document.addPage();
    // What pdfkit wrote to turn the y axis downwards is forgotten: only the lower layer is turned.
    this.clear();
    const { page } = this.document;
    const furniture = this.document.ref({});
    this.furniture.push(furniture as unknown as ContentStream);
    dictionaryOf(page).data["Contents"] = [page.content, furniture];
    resourcesOf(page).data["Font"] = this.fonts;
    this.y = this.top;
  }

  protected override useFont({ id, reference }: Embedded): void {
    this.fonts.data[id] = reference;
  }

  /** Ends the page. Content that is being tagged goes on after what `atTop` draws on the new one. */
  breakPage(atTop: () => void = () => {}): void {
    const resume = this.tags.interrupt();
    this.endPage();
    this.startPage();
    atTop();
    resume();
  }

  /** Writes the page into the file; of its object only the reference is needed from here on. */
  private endPage(): void {
    const { page } = this.document;
    seal(page.content as unknown as ContentStream, this, this.height);
    this.document.flushPages();
    dictionaryOf(page).data = {};
  }

  /** Starts a new page unless `height` points are left on this one. */
  need(height: number): void {
    if (this.y + height > this.bottom && this.y > this.top) this.breakPage();
  }

  /** The number of the page that is being written, from 1. */
  get pageNumber(): number {
    return this.furniture.length;
  }

  /** Draws a PNG or JPEG, as large as fits into the box, at its left upper corner. */
  image(bytes: Uint8Array, { x, y, width, height }: Box): void {
    this.document.addContent(`q 1 0 0 -1 0 ${this.height} cm`);
    this.document.image(Buffer.from(bytes), x, y, { fit: [width, height] });
    this.document.addContent("Q");
  }

  /** Makes an area lead to a place that `target` has named. */
  link(area: Box, target: string, title: string): void {
    this.tags.link((structParent) => {
      this.document.annotate(area.x, area.y, area.width, area.height, {
        Subtype: "Link",
        Dest: target,
        // pdfkit takes a primitive string for a name of PDF, and a String for a text.
        Contents: new String(title),
        ...(structParent && { structParent }),
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

  /** Writes header and footer on every page and closes the document; settles when all of it was written. */
  async finish(drawFurniture: (page: number, pageCount: number) => void): Promise<void> {
    this.tags.end();
    this.endPage();
    for (const [index, stream] of this.furniture.entries()) {
      this.clear();
      this.tags.artifact(() => drawFurniture(index + 1, this.furniture.length));
      seal(stream, this, this.height);
      stream.end();
    }
    for (const face of Object.values(this.faces)) face.embed();
    this.fonts.end();
    this.document.end();
    await this.written;
  }
}

/** An object of the file, of whose entries pdfkit's types know a few. */
type Dictionary = { data: Record<string, unknown>; end(): void };
const dictionaryOf = (page: PDFKit.PDFPage) => page.dictionary as unknown as Dictionary;
const resourcesOf = (page: PDFKit.PDFPage) => (page as unknown as { resources: Dictionary }).resources;

/** pdfkit writes title and author into the XML of the metadata as they stand; here they are escaped before. */
function escapeMetadata(document: PDFKit.PDFDocument): void {
  const { info } = document as unknown as { info: Record<string, unknown> };
  const internals = document as unknown as { _addInfo(): void };
  const addInfo = internals._addInfo.bind(document);
  // When this is called, the document's other copy of the texts has been written already.
  internals._addInfo = () => {
    for (const [key, value] of Object.entries(info)) {
      if (typeof value === "string") info[key] = Bun.escapeHTML(value);
    }
    addInfo();
  };
}

/** Hands on what pdfkit pushes, without the queue of a stream in between; settles when the document has ended. */
function writtenBy(document: PDFKit.PDFDocument, write: (bytes: Uint8Array) => void): Promise<void> {
  const stream = document as unknown as Readable;
  // The file's first lines are in the queue already.
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) write(chunk);
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.push = (chunk: Uint8Array | null) => {
    if (chunk === null) resolve();
    else write(chunk);
    return true;
  };
  return promise;
}
