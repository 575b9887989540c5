// Faults as a report lists them: all of a site that touch the window, with their comments.
import type { SourceFault } from "../model/fault.ts";
import type { Span } from "../sla/intervals.ts";
import { DAY_MS } from "../sla/lengths.ts";
import type { Reading } from "./database/context.ts";
import { commentRowsOf, type FaultRow } from "./faultRows.ts";
import { LONG_CLASSES } from "./faultSpans.ts";

type ReportedRow = Omit<FaultRow, "site_seq" | "site_id" | "link_seq" | "updated_at_ms"> & {
  has_comments: 0 | 1;
};

/**
 * Faults of every type of the site ?1 that touch [?2, ?3), or lie in it without length, by start. Served by
 * faults_site and faults_long.
 */
export const REPORT_FAULTS_SQL = `
SELECT f.seq, f.id, l.id AS link_id, f.type, f.severity, c.text AS cause, f.message, f.started_at_ms,
       f.resolved_at_ms, f.external_id,
       EXISTS (SELECT 1 FROM fault_comments WHERE fault_seq = f.seq) AS has_comments
FROM faults f
LEFT JOIN wan_links l ON l.seq = f.link_seq
LEFT JOIN causes c ON c.seq = f.cause_seq
WHERE f.seq IN (
  SELECT seq FROM faults INDEXED BY faults_site
  WHERE site_seq = ?1 AND started_at_ms >= ?2 - ${DAY_MS} AND started_at_ms < ?3
    AND (resolved_at_ms > ?2 OR resolved_at_ms IS NULL OR started_at_ms >= ?2)
  ${LONG_CLASSES.map(
    ([span, reachMs]) => `
  UNION ALL SELECT seq FROM faults INDEXED BY faults_long
  WHERE span > 0 AND span = ${span} AND site_seq = ?1 AND started_at_ms < ?2 - ${DAY_MS}
    AND started_at_ms >= ${Number.isFinite(reachMs) ? `?2 - ${reachMs}` : "0"}
    AND (resolved_at_ms > ?2 OR resolved_at_ms IS NULL)`,
  ).join("")}
) ORDER BY f.started_at_ms, f.seq`;

/** The faults of a site that a report over the window lists, by start. */
export function readReportFaults(context: Reading, siteSeq: number, { startMs, endMs }: Span): SourceFault[] {
  return context.db
    .query<ReportedRow, number[]>(REPORT_FAULTS_SQL)
    .all(siteSeq, startMs, endMs)
    .map((row) => sourceFault(context, row));
}

function sourceFault(context: Reading, row: ReportedRow): SourceFault {
  return {
    id: row.id,
    externalId: row.external_id,
    linkId: row.link_id,
    type: row.type,
    severity: row.severity,
    cause: row.cause,
    message: row.message,
    startedAtMs: row.started_at_ms,
    resolvedAtMs: row.resolved_at_ms,
    comments: row.has_comments === 0 ? [] : commentsOf(context, row.seq),
  };
}

/** Few faults have any; to ask for those of each would take as long as all the rest. */
function commentsOf(context: Reading, faultSeq: number): SourceFault["comments"] {
  return commentRowsOf(context, faultSeq).map(({ author, text, created_at_ms }) => ({
    author,
    text,
    createdAtMs: created_at_ms,
  }));
}
