// Reads PDFs back with pdf.js (as unpdf packs it), and renders sample documents with the real fonts. Whether the
// file itself is in order, pdf.js does not say: pdfFile.ts does.
import { getDocument, type PDFDocumentProxy, type PDFPageProxy } from "unpdf/pdfjs";
import { loadFonts } from "../../../src/render/fonts.ts";
import { type PdfOptions, renderPdf } from "../../../src/report/pdf/render.ts";
import { type SampleOptions, sampleDocument } from "../sampleDocument.ts";

const fonts = await loadFonts();

export const OPTIONS: PdfOptions = {
  pageSize: "A4",
  fonts,
  brand: { color: "#1f4e8c", logo: null, name: "Example Networks" },
};

export function renderSample(
  sample: Partial<SampleOptions>,
  options: Partial<PdfOptions> = {},
): Promise<Uint8Array> {
  return renderPdf(sampleDocument(sample), { ...OPTIONS, ...options });
}

/** Text that was drawn in one go: a line, or a part of one. Its box is in points from the left upper corner. */
export type Run = { page: number; text: string; left: number; top: number; right: number; bottom: number };

async function withDocument<T>(
  pdf: Uint8Array,
  read: (document: PDFDocumentProxy) => Promise<T>,
): Promise<T> {
  // What it is given, it keeps for itself. Verbosity 0: errors only.
  const task = getDocument({ data: pdf.slice(), verbosity: 0, stopAtErrors: true });
  try {
    return await read(await task.promise);
  } finally {
    await task.destroy();
  }
}

/** What `read` finds on each page, in order. */
function ofEachPage<T>(pdf: Uint8Array, read: (page: PDFPageProxy) => Promise<T>): Promise<T[]> {
  return withDocument(pdf, async (document) => {
    const found: T[] = [];
    for (let number = 1; number <= document.numPages; number++)
      found.push(await read(await document.getPage(number)));
    return found;
  });
}

async function linesOn(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent({ disableNormalization: true });
  return items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
}

/** Many tests look at the same report. */
const known = new WeakMap<Uint8Array, Promise<string[]>>();

/** The text of each page in the order in which it was drawn; a line of the page is a line. */
export function pagesOf(pdf: Uint8Array): Promise<string[]> {
  const pages = known.get(pdf) ?? ofEachPage(pdf, linesOn);
  known.set(pdf, pages);
  return pages;
}

/** The whole text with every run of white space as one space: names that were broken into lines are whole again. */
export async function textOf(pdf: Uint8Array): Promise<string> {
  return (await pagesOf(pdf)).join(" ").replace(/\s+/g, " ");
}

async function runsOn(page: PDFPageProxy): Promise<Run[]> {
  // With the marks, texts of two cells are never taken for one, though they touch.
  const options = { includeMarkedContent: true, disableNormalization: true };
  const { items, styles } = await page.getTextContent(options);
  const height = page.view[3] as number;
  return items.flatMap((item) => {
    if (!("str" in item) || item.str.trim() === "") return [];
    const style = styles[item.fontName];
    const [, , , size, left, baseline] = item.transform as [number, number, number, number, number, number];
    if (!style) throw new Error(`“${item.str}” has no font`);
    return {
      page: page.pageNumber,
      text: item.str,
      left,
      right: left + item.width,
      top: height - baseline - style.ascent * size,
      bottom: height - baseline - style.descent * size,
    };
  });
}

/** Every run of text with its box. */
export async function runsOf(pdf: Uint8Array): Promise<Run[]> {
  return (await ofEachPage(pdf, runsOn)).flat();
}

/** What the document says of itself; the size of its first page in points. */
export function infoOf(pdf: Uint8Array) {
  return withDocument(pdf, async (document) => {
    const info = (await document.getMetadata()).info as unknown as Record<string, unknown>;
    const [, , width, height] = (await document.getPage(1)).view;
    return {
      title: info["Title"],
      author: info["Author"],
      createdAt: info["CreationDate"],
      version: info["PDFFormatVersion"],
      language: info["Language"],
      isTagged: (await document.getMarkInfo())?.Marked === true,
      size: { width, height },
    };
  });
}

type Tag = Awaited<ReturnType<PDFPageProxy["getStructTree"]>>["children"][number];

/** The types of the structure tree's elements, in order, page after page. */
export async function structureOf(pdf: Uint8Array): Promise<string[]> {
  const typesOf = (tag: Tag): string[] =>
    "children" in tag ? [tag.role, ...tag.children.flatMap(typesOf)] : [];
  const roots = await ofEachPage(pdf, (page) => page.getStructTree());
  return roots.flatMap(({ children }) => children.flatMap(typesOf));
}

/** The titles of the bookmarks, each before those below it. */
export function bookmarksOf(pdf: Uint8Array): Promise<string[]> {
  type Bookmarks = Awaited<ReturnType<PDFDocumentProxy["getOutline"]>>;
  const titlesOf = (marks: Bookmarks): string[] =>
    marks.flatMap(({ title, items }) => [title, ...titlesOf(items as Bookmarks)]);
  return withDocument(pdf, async (document) => titlesOf((await document.getOutline()) ?? []));
}

/** The names of the places that links lead to, and those of the places that are on a page of the document. */
export async function linksOf(pdf: Uint8Array): Promise<{ links: unknown[]; places: string[] }> {
  const links = await ofEachPage(pdf, async (page) =>
    (await page.getAnnotations()).filter(({ subtype }) => subtype === "Link").map(({ dest }) => dest),
  );
  const places = await withDocument(pdf, async (document) => {
    const named = await document.getDestinations();
    // Refused, if there is no such page.
    for (const [page] of Object.values(named)) await document.getPageIndex(page);
    return Object.keys(named);
  });
  return { links: links.flat(), places };
}
