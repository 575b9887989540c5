// Generated reports: list, retrieve, delete. Links to their files: links.ts.
import { type Static, Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import { CalendarDate, Id, OneOf } from "../model/fields.ts";
import { REPORT_STATUSES, Report } from "../model/report.ts";
import { lastDayOfMonth } from "../sla/calendar.ts";
import { removeArtefacts } from "../store/files/artefacts.ts";
import type { ReportFilter } from "../store/reports.ts";
import { answers, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";

const tag = "Generated Reports";
const params = idParam("report", "The report's id");

/** Nobody changes a report: it is made, sent and voided by Nines. What it is of stays as it is. */
const etag: EntityTag<Report, { id: string }> = {
  current: ({ services: { store, baseUrl }, principal, params: { id } }) => {
    const report = store.reports.get(principal.workspace, id);
    return report && presented(report, baseUrl);
  },
  byItself: [
    "status",
    "progress",
    "uptime_percentage",
    "site_count",
    "breached_count",
    "completed_at",
    "error",
    "voided_at",
    "pdf_url",
    "json_url",
    "csv_url",
    "deliveries",
  ],
};

/** A report with absolute addresses. */
export function presented(report: Report, baseUrl: string): Report {
  const absolute = (path: string | null) => path && `${baseUrl}${path}`;
  return {
    ...report,
    pdf_url: absolute(report.pdf_url),
    json_url: absolute(report.json_url),
    csv_url: absolute(report.csv_url),
  };
}

/** The operations on reports, but for their files and events. */
export const reportRoutes = (kernel: Kernel) =>
  kernel
    .get("/reports/sla/reports", listReports, ListReports)
    .get("/reports/sla/reports/:id", getReport, GetReport)
    .delete("/reports/sla/reports/:id", deleteReport, DeleteReport);

const ListQuery = Type.Object({
  ...PageQuery,
  schedule_id: Type.Optional(Id("schedule", "Only reports of this schedule.")),
  status: Type.Optional(
    OneOf([...REPORT_STATUSES], "Only reports in this state; completed ones, when left out."),
  ),
  year: Type.Optional(
    Type.Integer({
      minimum: 1970,
      maximum: 9999,
      description: "Only reports whose period ends in this year.",
    }),
  ),
  month: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 12,
      description: "Only reports whose period ends in this month of `year`.",
    }),
  ),
  from: Type.Optional(CalendarDate("Only reports whose period ends on this day or later.")),
  to: Type.Optional(CalendarDate("Only reports whose period ends on this day or before.")),
  breached: Type.Optional(Type.Boolean({ description: "Only reports with, or without, a breached site." })),
  voided: Type.Optional(
    Type.Boolean({
      description:
        "With `true`, only reports that do not count, since they were made while the server's clock was ahead; else only those that do.",
    }),
  ),
});

const ListReports = operation({
  operationId: "listSlaReports",
  tag,
  summary: "List generated reports",
  description: "Completed reports, newest first; others with `status`.",
  scopes: ["sla:read"],
  query: ListQuery,
  answers: answers.list(Report, "Reports, newest first."),
  refusals: ["parameter_missing", "parameter_invalid"],
});

function listReports({
  services: { store, baseUrl },
  principal,
  query,
}: CallOf<typeof ListReports>): AnswerOf<typeof ListReports> {
  const page = pageOf(query);
  const { data, total } = store.reports.list(principal.workspace, filterOf(query), page);
  return pageAnswer({ data: data.map((report) => presented(report, baseUrl)), total }, page);
}

const GetReport = operation({
  operationId: "getSlaReport",
  tag,
  etag,
  summary: "Retrieve a report's metadata",
  scopes: ["sla:read"],
  params,
  answers: answers.one(Report, "The report."),
  refusals: ["not_found"],
});

function getReport(call: CallOf<typeof GetReport>): AnswerOf<typeof GetReport> {
  return found(etag.current(call), "report", call.params.id);
}

const DeleteReport = operation({
  operationId: "deleteSlaReport",
  tag,
  etag,
  summary: "Delete a report with its files",
  description: "For good; signed links to it end. A run that is waiting is cancelled.",
  scopes: ["sla:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found"],
});

async function deleteReport(call: CallOf<typeof DeleteReport>): Promise<AnswerOf<typeof DeleteReport>> {
  const { store, dataFolder } = call.services;
  const { id } = call.params;
  const remove = () => store.reports.remove(call.principal.workspace, id);
  const removed = found(await unlessChanged(call, etag, remove), "report", id);
  removeArtefacts(dataFolder, { id, ...removed });
  return noContent();
}

/** Refuses a report that has no files (yet). */
export function requireCompleted(report: Report): void {
  if (report.status === "completed") return;
  const why = report.status === "failed" ? `it failed: ${report.error}` : `it is ${report.status}`;
  throw new NinesError("report_not_ready", {
    message: `The report has no files, for ${why}.`,
    ...(report.status === "failed" ? {} : { headers: { "Retry-After": "2" } }),
  });
}

function filterOf(query: Static<typeof ListQuery>): ReportFilter {
  const { year, month, from, to } = query;
  if (month !== undefined && year === undefined) {
    throw new NinesError("parameter_missing", { param: "year", message: "'month' needs 'year' beside it." });
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new NinesError("parameter_invalid", {
      param: "from",
      message: `'from' (${from}) must not be after 'to' (${to}).`,
    });
  }
  const first = year === undefined ? from : later(`${year}-${two(month ?? 1)}-01`, from);
  const last = year === undefined ? to : earlier(endOfMonth(year, month ?? 12), to);
  return {
    scheduleId: query.schedule_id,
    status: query.status,
    breached: query.breached,
    voided: query.voided,
    fromDate: first,
    toDate: last,
  };
}

function endOfMonth(year: number, month: number): string {
  return `${year}-${two(month)}-${lastDayOfMonth(`${year}-${two(month)}-01`)}`;
}

const two = (value: number) => String(value).padStart(2, "0");
const later = (a: string, b: string | undefined) => (b !== undefined && b > a ? b : a);
const earlier = (a: string, b: string | undefined) => (b !== undefined && b < a ? b : a);
