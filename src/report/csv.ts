// The CSV of a report: one row a site, for spreadsheets. Cells that a spreadsheet would run as a formula
// are escaped.
import { stringify } from "csv-stringify/sync";
import { CATEGORIES } from "../sla/causes.ts";
import type { DocumentSite, ReportDocument } from "./document.ts";

/** The report's sites as CSV (RFC 4180, with a header row), in the order of the document. */
export function renderCsv(document: ReportDocument): string {
  const { period, settings } = document;
  const rows = document.sites.map((site) => ({
    site_id: site.site_id,
    name: site.name,
    external_id: site.external_id,
    tags: tagText(site),
    from_date: period.from_date,
    to_date: period.to_date,
    timezone: period.timezone,
    sla_target: settings.sla_target,
    uptime_percentage: site.uptime_percentage,
    result: site.breached === null ? "no service time" : site.breached ? "breached" : "met",
    service_seconds: site.service_seconds,
    downtime_seconds: site.downtime_seconds,
    incidents: site.incidents.length,
    longest_seconds: site.longest_seconds,
    mttr_seconds: site.mttr_seconds,
    mtbf_seconds: site.mtbf_seconds,
    error_budget_allowed_seconds: site.error_budget.allowed_seconds,
    error_budget_left_seconds: site.error_budget.left_seconds,
    ...Object.fromEntries(
      CATEGORIES.map((category) => [`downtime_${category}_seconds`, site.downtime_by_cause[category]]),
    ),
  }));
  return stringify(rows, {
    header: true,
    columns: rows[0] ? Object.keys(rows[0]) : HEADER_WITHOUT_ROWS,
    escape_formulas: true,
    record_delimiter: "windows",
  });
}

const HEADER_WITHOUT_ROWS = [
  "site_id",
  "name",
  "uptime_percentage",
  "result",
  "service_seconds",
  "downtime_seconds",
];

function tagText(site: DocumentSite): string {
  return Object.entries(site.tags)
    .flatMap(([key, value]) => [value].flat().map((one) => `${key}:${one}`))
    .join("; ");
}
