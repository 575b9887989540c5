// Faults as a report lists them: all of a site that touch the window, with their comments.
import type { SourceFault } from "../model/fault.ts";
import type { Span } from "../sla/intervals.ts";
import { DAY_MS } from "../sla/lengths.ts";
import type { Reading } from "./database/context.ts";
import { commentRowsOf, type FaultRow, SELECT_FAULT } from "./faultRows.ts";
import { LONG_CLASSES } from "./faultSpans.ts";

/**
 * Faults of every type of the site ?1 that touch [?2, ?3), or lie in it without length, by start. Served by
 * faults_site and faults_long.
 */
export const REPORT_FAULTS_SQL = `${SELECT_FAULT} WHERE f.seq IN (
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
    .query<FaultRow, number[]>(REPORT_FAULTS_SQL)
    .all(siteSeq, startMs, endMs)
    .map((row) => sourceFault(context, row));
}

function sourceFault(context: Reading, row: FaultRow): SourceFault {
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
    comments: commentRowsOf(context, row.seq).map(({ author, text, created_at_ms }) => ({
      author,
      text,
      createdAtMs: created_at_ms,
    })),
  };
}
