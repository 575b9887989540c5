// The PDF of a report: puts the sections in order and writes header and footer. No file or clock is read
// here: the same document and options give the same bytes.

import type { ReportDocument } from "../document.ts";
import { formatDateRange } from "../format.ts";
import { addToIndex, emptyIndex } from "../siteIndex.ts";
import { drawAppendix } from "./appendix.ts";
import { type Context, contextOf, type Printed } from "./context.ts";
import { drawGroups } from "./groups.ts";
import { drawHistory } from "./history.ts";
import { MOST_PRINTED } from "./incidentLog.ts";
import { logoProblem } from "./press/logo.ts";
import { type Fonts, Paper } from "./press/paper.ts";
import { cleanText, shortened } from "./press/text.ts";
import { FOOTER_FROM_BOTTOM, HEADER_BASELINE, LINES, STYLES } from "./press/theme.ts";
import { drawSiteDetails } from "./siteDetails.ts";
import { drawSitesTable } from "./sitesTable.ts";
import { drawSummary } from "./summary.ts";
import { timelineOf } from "./timeline.ts";

export type PdfOptions = {
  pageSize: "A4" | "LETTER";
  /** Inter in three weights, as TrueType files. */
  fonts: Fonts;
  /** The colour as #rrggbb; the logo as PNG or JPEG; the name stands where there is no logo, and as author. */
  brand: { color: string; logo: Uint8Array | null; name: string | null };
  /** Told how much is done, from 0 to 1. */
  onProgress?: (fraction: number) => void;
};

/** Up to as many rows of tables have every cell tagged; more would take longer than all the rest. */
const MOST_TAGGED_ROWS = 600;

/** Renders a report document that is in memory as a whole. */
export async function renderPdf(document: ReportDocument, options: PdfOptions): Promise<Uint8Array> {
  const index = emptyIndex();
  for (const site of document.sites) addToIndex(index, site);
  const siteAt = (position: number) => document.sites[position] as ReportDocument["sites"][number];
  const chunks: Uint8Array[] = [];
  await writePdf({ head: document, index, siteAt }, options, (bytes) => chunks.push(bytes));
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Renders a report and hands on the bytes of the file as they come; of its sites it asks for one at a time. Any text in it
 * is printed as it stands. Throws if the logo cannot be drawn, and what `write` does.
 */
export async function writePdf(
  report: Printed,
  options: PdfOptions,
  write: (bytes: Uint8Array) => void,
): Promise<void> {
  const { head } = report;
  const { brand, onProgress = () => {} } = options;
  const problem = brand.logo === null ? null : logoProblem(brand.logo);
  if (problem !== null) throw new Error(problem);
  const period = formatDateRange(head.period.from_date, head.period.to_date);
  const name = cleanText(head.report.schedule_name);
  const paper = new Paper({
    pageSize: options.pageSize,
    fonts: options.fonts,
    brandColor: brand.color,
    tagDetail: rowsOf(report) <= MOST_TAGGED_ROWS ? "cells" : "blocks",
    info: {
      Title: `${name}, ${period}`,
      Author: cleanText(brand.name ?? "Nines"),
      Subject: "Service level report",
      Keywords: [head.report.id, head.report.schedule_id].filter((id) => id !== null).join(", "),
      CreationDate: new Date(head.report.computed_at),
    },
    write,
  });
  const context = contextOf(report, paper, (fraction) => onProgress(0.2 + 0.7 * fraction));
  const timeline = timelineOf(head);
  drawSummary(context, brand);
  if (report.index.lines.length > 0) {
    // A summary that ran over leaves most of the second page free.
    if (paper.pageNumber === 1) paper.breakPage();
    drawSitesTable(context, timeline);
    drawGroups(context);
  }
  onProgress(0.2);
  drawHistory(context);
  drawSiteDetails(context, timeline);
  drawAppendix(context);
  onProgress(0.9);
  await paper.finish((page, pageCount) => drawFurniture(context, period, page, pageCount));
  onProgress(1);
}

function rowsOf({ head: { groups }, index: { lines } }: Printed): number {
  const printed = (count: number) => Math.min(count, 2 * MOST_PRINTED);
  const log = lines.reduce((sum, site) => (site.breached ? sum + printed(site.faultCount) : sum), 0);
  return log + lines.length + groups.reduce((sum, section) => sum + section.groups.length, 0);
}

function drawFurniture({ paper, report }: Context, period: string, page: number, pageCount: number): void {
  const style = STYLES.furniture;
  const right = report.period.partial ? `${period}, partial` : period;
  const periodWidth = paper.widthOf(right, style);
  const name = cleanText(report.report.schedule_name);
  const left = shortened(paper.faces[style.weight], name, style, paper.width - periodWidth - 24);
  paper.text(left, paper.left, HEADER_BASELINE, style);
  paper.textRight(right, paper.right, HEADER_BASELINE, style);
  const baseline = paper.height - FOOTER_FROM_BOTTOM;
  const { generator } = report;
  paper.line(paper.left, baseline - 13, paper.right, baseline - 13, LINES.rule);
  paper.text(`Nines ${generator.version}`, paper.left, baseline, style);
  if (report.report.id !== null)
    paper.textCentred(report.report.id, (paper.left + paper.right) / 2, baseline, style);
  paper.textRight(`Page ${page} of ${pageCount}`, paper.right, baseline, style);
}
