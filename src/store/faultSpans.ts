// Faults for arithmetic: those that touch a window, site by site, straight out of a covering index.
// The cost grows with the faults that touch the window, not with the years stored: a fault of length
// class 0 began at most a day before the window, and so on (see `span` in the first migration).
import type { Span } from "../sla/intervals.ts";
import { DAY_MS } from "../sla/lengths.ts";
import type { Reading } from "./database/context.ts";

/** The counted faults of several sites in a window, as columns: no object is made for a fault. */
export type FaultColumns = {
  /** Site i of those asked for has the rows from firstRows[i] up to firstRows[i + 1], sorted by start. */
  firstRows: Int32Array;
  starts: Float64Array;
  /** -1 for a fault that is open. */
  ends: Float64Array;
};

type SpanRow = { site_seq: number; started_at_ms: number; resolved_at_ms: number | null };

// In both queries CROSS JOIN and INDEXED BY fix the order: the sites as listed, of each its faults by start.

/**
 * Faults of listed sites that began within the window or up to a day before; some of these ended before it,
 * which arithmetic passes over faster than SQL. Served by faults_site.
 */
export const RECENT_SPANS_SQL = `
  SELECT site_seq, started_at_ms, resolved_at_ms
  FROM json_each(?1) AS wanted CROSS JOIN faults INDEXED BY faults_site
  WHERE site_seq = wanted.value AND started_at_ms >= ?2 - ${DAY_MS} AND started_at_ms < ?3 AND counted = 1`;

/** Longer faults of listed sites that began before that and reach into the window. Served by faults_long. */
export const LONG_SPANS_SQL = `
  SELECT site_seq, started_at_ms, resolved_at_ms
  FROM json_each(?1) AS wanted CROSS JOIN faults INDEXED BY faults_long
  WHERE span > 0 AND span = ?3 AND site_seq = wanted.value
    AND started_at_ms >= ?4 AND started_at_ms < ?2 - ${DAY_MS} AND counted = 1
    AND (resolved_at_ms > ?2 OR resolved_at_ms IS NULL)`;

/** Added to either when the faults of some causes are left out; -1 stands for faults without a cause. */
const NOT_OF_CAUSES = " AND coalesce(cause_seq, -1) NOT IN (SELECT value FROM json_each(?5))";

/** Length class and how far before the window such a fault can have begun. */
export const LONG_CLASSES: readonly [span: number, reachMs: number][] = [
  [1, 32 * DAY_MS],
  [2, 1024 * DAY_MS],
  [3, Number.POSITIVE_INFINITY],
];

/** Sites that one query reads: enough that the queries themselves cost little, few enough to hold little. */
const SITES_A_QUERY = 64;

/**
 * The counted faults (type site, on no link) of sites that touch the window. Sites are asked for by their `seq`,
 * each once; faults of the causes with these numbers are left out.
 */
export function readFaultSpans(
  { db }: Reading,
  { startMs, endMs }: Span,
  siteSeqs: readonly number[],
  withoutCauses: readonly number[] = [],
): FaultColumns {
  const filter = withoutCauses.length === 0 ? "" : NOT_OF_CAUSES;
  const causes = filter === "" ? [] : [JSON.stringify(withoutCauses)];
  const long = longSpans({ db }, startMs, siteSeqs, { filter, causes });
  const longRows = long.values().reduce((sum, rows) => sum + rows.length, 0);
  const select = db.query<SpanRow, (string | number | null)[]>(RECENT_SPANS_SQL + filter);
  const columns: GrowingColumns = {
    firstRows: new Int32Array(siteSeqs.length + 1),
    starts: new Float64Array(1024),
    ends: new Float64Array(1024),
    rows: 0,
  };
  for (let first = 0; first < siteSeqs.length; first += SITES_A_QUERY) {
    const listed = siteSeqs.slice(first, first + SITES_A_QUERY);
    const recent = select.all(JSON.stringify(listed), startMs, endMs, ...(filter ? [null, ...causes] : []));
    const share = (first + listed.length) / siteSeqs.length;
    makeRoom(columns, columns.rows + recent.length, share, longRows);
    let next = 0;
    listed.forEach((seq, index) => {
      columns.firstRows[first + index] = columns.rows;
      addRows(columns, long.get(seq) ?? [], seq, 0);
      next = addRows(columns, recent, seq, next);
    });
    if (next < recent.length) throw new Error("faults were read in another order than their sites");
  }
  columns.firstRows[siteSeqs.length] = columns.rows;
  return columns;
}

/** Long faults by site, each site's sorted by start; all of them began before the recent ones. */
function longSpans(
  { db }: Reading,
  fromMs: number,
  siteSeqs: readonly number[],
  { filter, causes }: { filter: string; causes: string[] },
): Map<number, SpanRow[]> {
  const sites = JSON.stringify(siteSeqs);
  const rows = LONG_CLASSES.flatMap(([span, reachMs]) =>
    db
      .query<SpanRow, (string | number)[]>(LONG_SPANS_SQL + filter)
      .all(sites, fromMs, span, Math.max(0, fromMs - reachMs), ...causes),
  );
  return Map.groupBy(
    rows.sort((a, b) => a.started_at_ms - b.started_at_ms),
    (row) => row.site_seq,
  );
}

type GrowingColumns = FaultColumns & { rows: number };

/** Adds the rows of a site, which begin at `next`; gives where those of another site begin. */
function addRows(columns: GrowingColumns, rows: readonly SpanRow[], siteSeq: number, next: number): number {
  const { starts, ends } = columns;
  let to = columns.rows;
  let from = next;
  for (; from < rows.length; from++) {
    const row = rows[from] as SpanRow;
    if (row.site_seq !== siteSeq) break;
    starts[to] = row.started_at_ms;
    ends[to++] = row.resolved_at_ms ?? -1;
  }
  columns.rows = to;
  return from;
}

/** Room for so many rows and some more; when it lacks, for all sites, judged by the share that is read. */
function makeRoom(columns: GrowingColumns, rows: number, share: number, more: number): void {
  if (columns.starts.length >= rows + more) return;
  const length = Math.ceil((rows / share) * 1.1) + more;
  columns.starts = lengthened(columns.starts, length);
  columns.ends = lengthened(columns.ends, length);
}

function lengthened(column: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}
