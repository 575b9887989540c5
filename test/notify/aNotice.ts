// Orders and notices, good by default: a report of October 2026, and a test of a group.
import type { Report } from "../../src/model/report.ts";
import type { ReportNotice, TestNotice } from "../../src/notify/notice.ts";
import type { DeliveryOrder } from "../../src/store/deliveries.ts";

const id = (prefix: string) => `${prefix}_${"0".repeat(27)}`;

export const REPORT: Omit<Report, "deliveries"> = {
  id: id("rpt"),
  schedule_id: id("sla"),
  schedule_name: "Offices",
  status: "completed",
  progress: 1,
  trigger: "monthly",
  from_date: "2026-10-01",
  to_date: "2026-10-31",
  timezone: "Europe/Zurich",
  sla_target: 99.9,
  uptime_percentage: 99.745,
  site_count: 3,
  breached_count: 1,
  created_at: "2026-11-01T07:00:00.000Z",
  completed_at: "2026-11-01T07:00:01.000Z",
  error: null,
  voided_at: null,
  pdf_url: "https://sla.example.com/pdf",
  json_url: "https://sla.example.com/json",
  csv_url: "https://sla.example.com/csv",
};

export const PDF = new TextEncoder().encode("%PDF-1.7 not much of a report");

export function aReportNotice(changes: Partial<ReportNotice> = {}): ReportNotice {
  return {
    kind: "report",
    report: REPORT,
    headline: {
      service_seconds: 1_000_000,
      downtime_seconds: 2550,
      breached: true,
      lowest: [{ name: "Zürich", service_seconds: 1_000_000, downtime_seconds: 2550, breached: true }],
    },
    links: {
      pdf: "https://sla.example.com/pdf?expires=1&signature=x",
      json: "https://sla.example.com/json?expires=1&signature=x",
      csv: "https://sla.example.com/csv?expires=1&signature=x",
    },
    whenLinkable: async () => {},
    linkMs: 7 * 86_400_000,
    pdfBytes: PDF.byteLength,
    readPdf: async () => PDF,
    ...changes,
  };
}

export const TEST_NOTICE: TestNotice = { kind: "test", groupId: id("ng"), groupName: "Operations" };

export function anOrder(changes: Partial<DeliveryOrder> = {}): DeliveryOrder {
  return {
    id: id("dlv"),
    round: 1,
    channel: "email",
    target: "ops@example.com",
    secret: null,
    about: { kind: "report", workspace: "acme", reportId: REPORT.id },
    ...changes,
  };
}
