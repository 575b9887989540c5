// Makes one report from the database to finished files. Runs in the render thread; writes nothing to the
// database.
import { reportedSettings } from "../model/scheduleRules.ts";
import { buildDocument } from "../report/build.ts";
import { renderCsv } from "../report/csv.ts";
import type { ReportDocument } from "../report/document.ts";
import { headlineOf } from "../report/headline.ts";
import { type PdfOptions, renderPdf } from "../report/pdf/render.ts";
import { cutWindow } from "../report/rules.ts";
import { MOST_HISTORY } from "../report/trend.ts";
import { inReadTransaction } from "../store/database/context.ts";
import type { Database } from "../store/database/open.ts";
import { publishArtefacts } from "../store/files/artefacts.ts";
import { earlierReports } from "../store/reportHistory.ts";
import { readReportRows } from "../store/reportSource.ts";
import { type ReportOrder, type ReportResult, reportOrder } from "../store/reports.ts";
import { previousPeriod } from "./previousPeriod.ts";

export type MakeOptions = {
  db: Database;
  dataFolder: string;
  version: string;
  now: () => number;
  pdf: Omit<PdfOptions, "onProgress">;
};

/** Which share of the whole each step takes, for the progress shown. */
const COMPUTED = 0.3;
const RENDERED = 0.95;

/** Reads, computes, renders and publishes a report. Throws when the report is not known. */
export async function makeReport(
  options: MakeOptions,
  reportId: string,
  onProgress: (fraction: number) => void,
): Promise<ReportResult> {
  const order = reportOrder(options, reportId);
  if (!order) throw new Error(`there is no report ${reportId}`);
  const document = computeDocument(options, { ...order, reportId }, (done) => onProgress(done * COMPUTED));
  const files = await renderArtefacts(document, options.pdf, (done) =>
    onProgress(COMPUTED + done * (RENDERED - COMPUTED)),
  );
  return {
    uptimePercentage: document.summary.uptime_percentage,
    siteCount: document.summary.site_count,
    breachedCount: document.summary.breached_count,
    headline: headlineOf(document),
    artefacts: publishArtefacts(options.dataFolder, order, files),
  };
}

export type DocumentOrder = Omit<ReportOrder, "id" | "status" | "createdAtMs"> & { reportId: string | null };

/** The document of a report, computed from one consistent state of the database. */
export function computeDocument(
  options: Pick<MakeOptions, "db" | "version" | "now">,
  order: DocumentOrder,
  onProgress?: (fraction: number) => void,
): ReportDocument {
  const { db, version, now } = options;
  const { settings, businessHours } = order.snapshot;
  const computedAtMs = now();
  const { window } = cutWindow(settings.timezone, order.fromDate, order.toDate, computedAtMs);
  return inReadTransaction(db, () => {
    const context = { db };
    const rows = readReportRows(context, order.workspace, settings, window);
    return buildDocument(
      {
        version,
        report: { id: order.reportId, scheduleId: order.scheduleId, trigger: order.trigger },
        settings: reportedSettings(settings),
        businessHours,
        fromDate: order.fromDate,
        toDate: order.toDate,
        computedAtMs,
        ...rows,
        previous: previousPeriod(context, order, computedAtMs),
        history: earlierReports(context, { ...order, most: MOST_HISTORY }),
      },
      onProgress,
    );
  });
}

/** All files of a document, as bytes. */
export async function renderArtefacts(
  document: ReportDocument,
  pdf: Omit<PdfOptions, "onProgress">,
  onProgress: (fraction: number) => void,
) {
  const encoder = new TextEncoder();
  return {
    pdf: await renderPdf(document, { ...pdf, onProgress }),
    json: encoder.encode(`${JSON.stringify(document, null, 1)}\n`),
    csv: encoder.encode(renderCsv(document)),
  };
}
