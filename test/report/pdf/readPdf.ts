// Reads PDFs back with Debian's poppler-utils and qpdf, and renders sample documents with the real fonts.
import { unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadFonts } from "../../../src/render/fonts.ts";
import { type PdfOptions, renderPdf } from "../../../src/report/pdf/render.ts";
import { type SampleOptions, sampleDocument } from "../sampleDocument.ts";

const missing = ["pdftotext", "pdfinfo", "qpdf"].filter((tool) => Bun.which(tool) === null);

/** Whether PDFs can be read back; where not, the tests that need it are skipped with a line that says so. */
export const canReadPdfs = missing.length === 0;
if (!canReadPdfs) console.log(`PDF tests skipped: ${missing.join(", ")} not installed (poppler-utils, qpdf)`);

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

export type Word = { page: number; text: string; left: number; top: number; right: number; bottom: number };

let files = 0;

function withFile<T>(pdf: Uint8Array, read: (path: string) => T): T {
  const path = join(tmpdir(), `nines-test-${process.pid}-${files++}.pdf`);
  writeFileSync(path, pdf);
  try {
    return read(path);
  } finally {
    unlinkSync(path);
  }
}

function run(command: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stdout}${stderr}`);
  return stdout.toString();
}

/** The text of each page. Layout as on paper, so that lines are lines. */
export function pagesOf(pdf: Uint8Array): string[] {
  return withFile(pdf, (path) => run(["pdftotext", "-layout", path, "-"]).split("\f").slice(0, -1));
}

/** The whole text with every run of white space as one space: names that were broken into lines are whole again. */
export function textOf(pdf: Uint8Array): string {
  return withFile(pdf, (path) => run(["pdftotext", "-raw", path, "-"]).replace(/\s+/g, " "));
}

/** Every word with its box, in points from the left upper corner. */
export function wordsOf(pdf: Uint8Array): Word[] {
  const html = withFile(pdf, (path) => run(["pdftotext", "-bbox", path, "-"]));
  const words: Word[] = [];
  let page = 0;
  for (const line of html.split("\n")) {
    if (line.includes("<page ")) page++;
    const match =
      /<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)<\/word>/.exec(line);
    if (!match) continue;
    const [left, top, right, bottom] = match.slice(1, 5).map(Number) as [number, number, number, number];
    words.push({ page, text: match[5] as string, left, top, right, bottom });
  }
  return words;
}

/** What pdfinfo says of the document. */
export function infoOf(pdf: Uint8Array): string {
  return withFile(pdf, (path) => run(["pdfinfo", path]));
}

/** The types of the structure tree's elements, in order. */
export function structureOf(pdf: Uint8Array): string[] {
  const lines = withFile(pdf, (path) => run(["pdfinfo", "-struct", path])).split("\n");
  return lines.map((line) => line.trim().split(/[ :]/)[0] ?? "").filter((type) => type !== "");
}

type Objects = Record<string, { value?: unknown; stream?: { dict?: unknown } }>;

/** Every object of the file as qpdf's JSON; throws if the file is not in order. */
export function objectsOf(pdf: Uint8Array): unknown[] {
  return withFile(pdf, (path) => {
    run(["qpdf", "--check", path]);
    const [, objects] = JSON.parse(run(["qpdf", "--json=2", "--json-stream-data=none", path])).qpdf as [
      unknown,
      Objects,
    ];
    return Object.values(objects).map((object) => object.value ?? object.stream?.dict);
  });
}
