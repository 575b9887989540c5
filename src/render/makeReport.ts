// Makes one report from the database to finished files. Runs in the render thread; writes nothing to the
// database.
import { reportedSettings } from "../model/scheduleRules.ts";
import type { PdfOptions } from "../report/pdf/render.ts";
import { cutWindow } from "../report/rules.ts";
import type { ReportSource } from "../report/source.ts";
import { MOST_HISTORY } from "../report/trend.ts";
import { inReadTransaction } from "../store/database/context.ts";
import type { Database } from "../store/database/open.ts";
import { discardFiles, publishArtefacts, startArtefacts } from "../store/files/artefacts.ts";
import { earlierReports } from "../store/reportHistory.ts";
import { readReportRows } from "../store/reportSource.ts";
import { type ReportOrder, type ReportResult, reportOrder } from "../store/reports.ts";
import { previousPeriod } from "./previousPeriod.ts";
import { type FromSource, writeReport } from "./writeReport.ts";

export type MakeOptions = {
  db: Database;
  dataFolder: string;
  version: string;
  now: () => number;
  pdf: Omit<PdfOptions, "onProgress">;
};

/** Reads, computes, renders and publishes a report. Throws when the report is not known. */
export async function makeReport(
  options: MakeOptions,
  reportId: string,
  onProgress: (fraction: number) => void,
): Promise<ReportResult> {
  const order = reportOrder(options, reportId);
  if (!order) throw new Error(`there is no report ${reportId}`);
  const fromSource: FromSource = (use) => withSource(options, { ...order, reportId }, use);
  const files = startArtefacts(options.dataFolder, order);
  try {
    const made = await writeReport(fromSource, files, options.pdf, onProgress);
    const { uptimePercentage, siteCount, breachedCount, headline } = made;
    return { uptimePercentage, siteCount, breachedCount, headline, artefacts: publishArtefacts(files) };
  } finally {
    discardFiles(files);
  }
}

export type DocumentOrder = Omit<ReportOrder, "id" | "status" | "createdAtMs"> & { reportId: string | null };

/** Reads what a report is built from; the source stands for one state of the database while `use` runs. */
export function withSource<T>(
  options: Pick<MakeOptions, "db" | "version" | "now">,
  order: DocumentOrder,
  use: (source: ReportSource) => T,
): T {
  const { db, version, now } = options;
  const { settings, businessHours } = order.snapshot;
  const computedAtMs = now();
  const { window } = cutWindow(settings.timezone, order.fromDate, order.toDate, computedAtMs);
  return inReadTransaction(db, () => {
    const context = { db };
    return use({
      version,
      report: { id: order.reportId, scheduleId: order.scheduleId, trigger: order.trigger },
      settings: reportedSettings(settings),
      businessHours,
      fromDate: order.fromDate,
      toDate: order.toDate,
      computedAtMs,
      ...readReportRows(context, order.workspace, settings, window),
      previous: previousPeriod(context, order, computedAtMs),
      history: earlierReports(context, { ...order, most: MOST_HISTORY }),
    });
  });
}
