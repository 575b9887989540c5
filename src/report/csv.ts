// The CSV of a report: one row a site, for spreadsheets. Texts that a spreadsheet would run as a formula
// are guarded; numbers are left as they are.
import { CATEGORIES } from "../sla/causes.ts";
import type { DocumentSite, ReportDocument } from "./document.ts";
import { type Cell, csvOf } from "./spreadsheetCells.ts";

/** What a row says beside its site. */
export type RowContext = Pick<ReportDocument, "period" | "settings">;

type Column = readonly [name: string, cell: (site: DocumentSite, document: RowContext) => Cell];

const COLUMNS: readonly Column[] = [
  ["site_id", (site) => site.site_id],
  ["name", (site) => site.name],
  ["external_id", (site) => site.external_id],
  ["tags", tagText],
  ["from_date", (_, { period }) => period.from_date],
  ["to_date", (_, { period }) => period.to_date],
  ["timezone", (_, { period }) => period.timezone],
  ["sla_target", (_, { settings }) => settings.sla_target],
  ["uptime_percentage", (site) => site.uptime_percentage],
  ["result", ({ breached }) => (breached === null ? "no service time" : breached ? "breached" : "met")],
  ["service_seconds", (site) => site.service_seconds],
  ["downtime_seconds", (site) => site.downtime_seconds],
  ["incidents", (site) => site.incidents.length],
  ["longest_seconds", (site) => site.longest_seconds],
  ["mttr_seconds", (site) => site.mttr_seconds],
  ["mtbf_seconds", (site) => site.mtbf_seconds],
  ["error_budget_allowed_seconds", (site) => site.error_budget.allowed_seconds],
  ["error_budget_left_seconds", (site) => site.error_budget.left_seconds],
  ...CATEGORIES.map(
    (category): Column => [`downtime_${category}_seconds`, (site) => site.downtime_by_cause[category]],
  ),
];

/** The report's sites as CSV (RFC 4180, with a header row), in the order of the document. */
export function renderCsv(document: ReportDocument): string {
  return csvHeader() + csvRows(document.sites, document);
}

export function csvHeader(): string {
  return `${COLUMNS.map(([name]) => name).join(",")}\r\n`;
}

/** Rows of some sites. */
export function csvRows(sites: readonly DocumentSite[], context: RowContext): string {
  return csvOf(
    sites.map((site) => COLUMNS.map(([, cell]) => cell(site, context))),
    "windows",
  );
}

function tagText(site: DocumentSite): string {
  return Object.entries(site.tags)
    .flatMap(([key, value]) => [value].flat().map((one) => `${key}:${one}`))
    .join("; ");
}
