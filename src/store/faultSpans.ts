// Faults for arithmetic: those that touch a window, site by site, straight out of a covering index.
// The cost grows with the faults that touch the window, not with the years stored: a fault of length
// class 0 began at most a day before the window, and so on (see `span` in the first migration).
import type { Database } from "bun:sqlite";
import { type FaultRow, SELECT_FAULT } from "./faults.ts";

const DAY_MS = 86_400_000;

/** Faults of one site in a window as parallel columns, sorted by start. An end of -1 means open. */
export type FaultColumns = { starts: number[]; ends: number[]; causeSeqs: (number | null)[] };

type SpanValues = [number, number | null, number | null];
type LongRow = {
  site_seq: number;
  started_at_ms: number;
  resolved_at_ms: number | null;
  cause_seq: number | null;
};

/** Faults that began within the window or up to a day before it. Served by faults_site. */
export const RECENT_SPANS_SQL = `
  SELECT started_at_ms, resolved_at_ms, cause_seq FROM faults INDEXED BY faults_site
  WHERE site_seq = ? AND started_at_ms >= ? AND started_at_ms < ? AND counted = 1
    AND (resolved_at_ms > ? OR resolved_at_ms IS NULL)
  ORDER BY started_at_ms`;

/** Longer faults that began before that, of all sites. Served by faults_long. */
export const LONG_SPANS_SQL = `
  SELECT site_seq, started_at_ms, resolved_at_ms, cause_seq FROM sites CROSS JOIN faults INDEXED BY faults_long
  WHERE sites.workspace = ? AND faults.site_seq = sites.seq
    AND span > 0 AND span = ? AND started_at_ms >= ? AND started_at_ms < ? AND counted = 1
    AND (resolved_at_ms > ? OR resolved_at_ms IS NULL)`;

/** Length class and how far before the window such a fault can have begun. */
const LONG_CLASSES: readonly [span: number, reachMs: number][] = [
  [1, 32 * DAY_MS],
  [2, 1024 * DAY_MS],
  [3, Number.POSITIVE_INFINITY],
];

/**
 * A reader of the counted faults (type site, on no link) that touch [fromMs, toMs) of one workspace:
 * call it with the `seq` of each site.
 */
export function faultSpanReader(db: Database, workspace: string, fromMs: number, toMs: number) {
  const recent = db.prepare<SpanValues, number[]>(RECENT_SPANS_SQL);
  const long = longSpans(db, workspace, fromMs, toMs);
  return (siteSeq: number): FaultColumns => {
    const columns: FaultColumns = { starts: [], ends: [], causeSeqs: [] };
    const before = long.get(siteSeq);
    if (before)
      for (const row of before) append(columns, row.started_at_ms, row.resolved_at_ms, row.cause_seq);
    for (const row of recent.values(siteSeq, fromMs - DAY_MS, toMs, fromMs) as SpanValues[]) {
      append(columns, row[0], row[1], row[2]);
    }
    return columns;
  };
}

function append(columns: FaultColumns, start: number, end: number | null, causeSeq: number | null): void {
  columns.starts.push(start);
  columns.ends.push(end ?? -1);
  columns.causeSeqs.push(causeSeq);
}

/** Long faults by site, each site's sorted by start; all of them began before the recent ones. */
function longSpans(db: Database, workspace: string, fromMs: number, toMs: number): Map<number, LongRow[]> {
  const bySite = new Map<number, LongRow[]>();
  const recentFromMs = Math.min(fromMs - DAY_MS, toMs);
  for (const [span, reachMs] of LONG_CLASSES) {
    const rows = db
      .query<LongRow, (string | number)[]>(LONG_SPANS_SQL)
      .all(workspace, span, Math.max(0, fromMs - reachMs), recentFromMs, fromMs);
    for (const row of rows) {
      const list = bySite.get(row.site_seq);
      if (list) list.push(row);
      else bySite.set(row.site_seq, [row]);
    }
  }
  for (const list of bySite.values()) list.sort((a, b) => a.started_at_ms - b.started_at_ms);
  return bySite;
}

export type FaultWithComments = FaultRow & {
  comments: { author: string; text: string; created_at_ms: number }[];
};

/**
 * A reader of all faults of a site, of every type, that touch the window (or lie in it without length),
 * with their comments, by start: what a report lists. Served by faults_site and faults_long.
 */
export function fullFaultReader(db: Database, fromMs: number, toMs: number) {
  const select = db.prepare<FaultRow, number[]>(
    `${SELECT_FAULT} WHERE f.seq IN (
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
     ) ORDER BY f.started_at_ms, f.seq`,
  );
  const comments = db.prepare<{ author: string; text: string; created_at_ms: number }, [number]>(
    "SELECT author, text, created_at_ms FROM fault_comments WHERE fault_seq = ? ORDER BY seq",
  );
  return (siteSeq: number): FaultWithComments[] =>
    select.all(siteSeq, fromMs, toMs).map((row) => ({ ...row, comments: comments.all(row.seq) }));
}
