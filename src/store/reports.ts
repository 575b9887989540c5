// Generated reports: the list, and their life from queued to completed. Queueing them is in runs.ts.
import type { Delivery } from "../model/delivery.ts";
import { formatInstant } from "../model/formats.ts";
import type { Artefact, Headline, Report, ReportStatus, Trigger } from "../model/report.ts";
import {
  allOf,
  bound,
  type Condition,
  newestPage,
  type Page,
  type PageRequest,
  type Reading,
  type StoreContext,
} from "./database/context.ts";
import { deliveriesOfReports } from "./deliveries.ts";
import type { Snapshot } from "./schedules.ts";

export type ArtefactFacts = Record<Artefact, { bytes: number; sha256: string }>;

export type ReportFilter = {
  scheduleId?: string | undefined;
  status?: ReportStatus | undefined;
  breached?: boolean | undefined;
  /** Reports whose period ends within [from, to], as dates; `year` and `month` are made of these. */
  fromDate?: string | undefined;
  toDate?: string | undefined;
  /** Those that were made while the clock was ahead, of days that had not been; else those that count. */
  voided?: boolean | undefined;
};

/** What the worker needs to know of a report it makes. */
export type ReportOrder = {
  id: string;
  workspace: string;
  scheduleId: string;
  snapshot: Snapshot;
  trigger: Trigger;
  fromDate: string;
  toDate: string;
  status: ReportStatus;
  createdAtMs: number;
};

export type ReportResult = {
  uptimePercentage: number | null;
  siteCount: number;
  breachedCount: number;
  artefacts: ArtefactFacts;
  headline?: Headline;
};

type Row = {
  seq: number;
  id: string;
  workspace: string;
  schedule_id: string;
  schedule_name: string;
  snapshot: string;
  status: ReportStatus;
  progress: number;
  trigger: Trigger;
  from_date: string;
  to_date: string;
  timezone: string;
  sla_target: number;
  uptime_percentage: number | null;
  site_count: number | null;
  breached_count: number | null;
  created_at_ms: number;
  completed_at_ms: number | null;
  error: string | null;
  artefacts: string | null;
  headline: string | null;
  voided_at_ms: number | null;
};

/** What a list shows of a report: not its schedule's settings, which are most of a row. */
type ShownRow = Omit<Row, "workspace" | "snapshot" | "artefacts" | "headline">;
const SHOWN = `seq, id, schedule_id, schedule_name, status, progress, trigger, from_date, to_date, timezone,
  sla_target, uptime_percentage, site_count, breached_count, created_at_ms, completed_at_ms, error, voided_at_ms`;

/** Reads and changes reports. Unknown ids give null. */
export const reportStore = (context: StoreContext) =>
  bound(context, {
    get: getReport,
    headline: headlineOfReport,
    artefactsOf: artefactsOfReport,
    order: reportOrder,
    showProgress: showReportProgress,
    complete: completeReport,
    fail: failReport,
    requeue: requeueReport,
    remove: removeReport,
    list: listReports,
    completedFiles: completedReportFiles,
    follow: followReport,
  });

function getReport(context: StoreContext, workspace: string, id: string): Report | null {
  const row = rowOfReport(context, workspace, id);
  return row && (withDeliveries(context, [row])[0] as Report);
}

/** What messages say of a report; null for reports of before there were any, and unfinished ones. */
function headlineOfReport(context: StoreContext, workspace: string, id: string): Headline | null {
  const row = rowOfReport(context, workspace, id);
  return row?.headline ? (JSON.parse(row.headline) as Headline) : null;
}

/** Sizes and hashes of a completed report's files; null for an unknown report, or one without files. */
function artefactsOfReport(context: StoreContext, workspace: string, id: string): ArtefactFacts | null {
  const row = rowOfReport(context, workspace, id);
  return row?.artefacts ? (JSON.parse(row.artefacts) as ArtefactFacts) : null;
}

function rowOfReport({ db }: StoreContext, workspace: string, id: string): Row | null {
  return db
    .query<Row, [string, string]>("SELECT * FROM reports WHERE id = ? AND workspace = ?")
    .get(id, workspace);
}

function withDeliveries(context: StoreContext, rows: readonly ShownRow[]): Report[] {
  const deliveries = deliveriesOfReports(
    context,
    rows.map(({ seq }) => seq),
  );
  return rows.map((row) => toReport(row, deliveries.get(row.seq) ?? []));
}

/** What the report's job works from; null when the report was deleted meanwhile. */
export function reportOrder({ db }: Reading, id: string): ReportOrder | null {
  const row = db.query<Row, [string]>("SELECT * FROM reports WHERE id = ?").get(id);
  return (
    row && {
      id: row.id,
      workspace: row.workspace,
      scheduleId: row.schedule_id,
      snapshot: JSON.parse(row.snapshot) as Snapshot,
      trigger: row.trigger,
      fromDate: row.from_date,
      toDate: row.to_date,
      status: row.status,
      createdAtMs: row.created_at_ms,
    }
  );
}

/** Marks a report running, with a fraction from 0 to 1; a finished one stays as it is. */
function showReportProgress({ db, news }: StoreContext, id: string, progress: number): void {
  db.query(
    "UPDATE reports SET status = 'running', progress = ? WHERE id = ? AND status IN ('queued', 'running')",
  ).run(progress, id);
  news.tell(id);
}

/** Marks a report completed; false when it was deleted or finished meanwhile. */
function completeReport({ db, now, news }: StoreContext, id: string, result: ReportResult): boolean {
  const { changes } = db
    .query(
      `UPDATE reports SET status = 'completed', progress = 1, uptime_percentage = ?, site_count = ?, breached_count = ?,
                          completed_at_ms = ?, artefacts = ?, headline = ?, error = NULL
       WHERE id = ? AND status IN ('queued', 'running')`,
    )
    .run(
      result.uptimePercentage,
      result.siteCount,
      result.breachedCount,
      now(),
      JSON.stringify(result.artefacts),
      result.headline ? JSON.stringify(result.headline) : null,
      id,
    );
  news.tell(id);
  return changes > 0;
}

/** Marks a report failed; a finished one stays as it is. */
function failReport({ db, news }: StoreContext, id: string, reason: string): void {
  db.query(
    "UPDATE reports SET status = 'failed', error = ? WHERE id = ? AND status IN ('queued', 'running')",
  ).run(reason, id);
  news.tell(id);
}

/** Marks a running report queued again. */
function requeueReport({ db, news }: StoreContext, id: string): void {
  db.query("UPDATE reports SET status = 'queued', progress = 0 WHERE id = ? AND status = 'running'").run(id);
  news.tell(id);
}

/** Deletes the row; the caller removes the files. Gives when it was made, to find them. */
function removeReport(
  { db, news }: StoreContext,
  workspace: string,
  id: string,
): { createdAtMs: number } | null {
  const row = db
    .query<{ created_at_ms: number }, [string, string]>(
      "DELETE FROM reports WHERE id = ? AND workspace = ? RETURNING created_at_ms",
    )
    .get(id, workspace);
  news.tell(id);
  return row && { createdAtMs: row.created_at_ms };
}

/** Calls `listener` whenever this process has changed a report, until the function that it gives is called. */
function followReport({ news }: StoreContext, id: string, listener: () => void): () => void {
  return news.follow(id, listener);
}

/** Newest first; completed ones unless a status is asked for. Served by reports_newest. */
function listReports(
  context: StoreContext,
  workspace: string,
  filter: ReportFilter,
  page: PageRequest,
): Page<Report> {
  const where = allOf([
    { sql: "workspace = ? AND status = ?", params: [workspace, filter.status ?? "completed"] },
    { sql: `voided_at_ms IS ${filter.voided ? "NOT NULL" : "NULL"}`, params: [] },
    condition("schedule_id = ?", filter.scheduleId),
    condition("to_date >= ?", filter.fromDate),
    condition("to_date <= ?", filter.toDate),
    filter.breached === undefined
      ? null
      : { sql: `breached_count ${filter.breached ? ">" : "="} 0`, params: [] },
  ]);
  const { rows, total } = newestPage<ShownRow>(context.db, { columns: SHOWN, from: "reports", where }, page);
  return { data: withDeliveries(context, rows), total };
}

/** Every completed report with its files' facts, for checking and sweeping. */
function completedReportFiles({
  db,
}: StoreContext): { id: string; createdAtMs: number; artefacts: ArtefactFacts }[] {
  return db
    .query<{ id: string; created_at_ms: number; artefacts: string }, []>(
      "SELECT id, created_at_ms, artefacts FROM reports WHERE status = 'completed' ORDER BY seq",
    )
    .all()
    .map((row) => ({
      id: row.id,
      createdAtMs: row.created_at_ms,
      artefacts: JSON.parse(row.artefacts) as ArtefactFacts,
    }));
}

function toReport(row: ShownRow, deliveries: Delivery[]): Report {
  const url = (artefact: Artefact) =>
    row.status === "completed" ? `/reports/sla/reports/${row.id}/${artefact}` : null;
  return {
    id: row.id,
    schedule_id: row.schedule_id,
    schedule_name: row.schedule_name,
    status: row.status,
    progress: row.progress,
    trigger: row.trigger,
    from_date: row.from_date,
    to_date: row.to_date,
    timezone: row.timezone,
    sla_target: row.sla_target,
    uptime_percentage: row.uptime_percentage,
    site_count: row.site_count,
    breached_count: row.breached_count,
    created_at: formatInstant(row.created_at_ms),
    completed_at: row.completed_at_ms === null ? null : formatInstant(row.completed_at_ms),
    error: row.error,
    voided_at: row.voided_at_ms === null ? null : formatInstant(row.voided_at_ms),
    pdf_url: url("pdf"),
    json_url: url("json"),
    csv_url: url("csv"),
    deliveries,
  };
}

function condition(sql: string, value: string | undefined): Condition {
  return value === undefined ? null : { sql, params: [value] };
}
