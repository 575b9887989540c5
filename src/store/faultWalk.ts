// Walks along the faults of a workspace, newest start first, and tells which fit a filter. A filter that few fit, or
// none, must not hold up the thread: one call looks at a bounded number of faults, and says where to go on.

import { DAY_MS } from "../sla/lengths.ts";
import { allOf, type Condition, type Reading } from "./database/context.ts";
import { type FaultRow, SELECT_FAULT, selectFaultOf } from "./faultRows.ts";

export type FaultFilter = {
  type?: string | undefined;
  severity?: string | undefined;
  status?: "unresolved" | "resolved" | undefined;
  siteIds?: string[] | undefined;
  /** Faults that touch [from, to): those that lasted past `from` and began before `to`. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
};

/** Where a list goes on: after the fault with this start and key, newest first. */
export type FaultCursor = { startedAtMs: number; seq: number };

/** Which part of a list: so many faults after the cursor, or from the newest on. */
export type FaultPage = { after: FaultCursor | null; limit: number };

/** What a call found: up to as many rows as were asked for; `next` is null when there is nothing more to look at. */
export type FaultsFound = { rows: FaultRow[]; next: FaultCursor | null; looked: number };

/** About so many faults are looked at in one call: some milliseconds. */
const LOOKS = 2_000;
/** A cursor with it stands before all faults of its start; seqs are much less. */
const BEFORE_ALL = 999_999_999_999_999;

/** A part of the order in which no fault stands twice: those of one start after a seq, or all of earlier starts. */
type Stretch = { startMs: number; beforeSeq: number | null };

type Walk = { db: Reading["db"]; workspace: string; filter: FaultFilter; limit: number };

/** The faults after the cursor that fit, as far as one call looks. */
export function lookForFaults(
  { db }: Reading,
  workspace: string,
  filter: FaultFilter,
  { after, limit }: FaultPage,
): FaultsFound {
  const sites = filter.siteIds && siteSeqs({ db }, workspace, filter.siteIds);
  const found: FaultsFound = { rows: [], next: startOf(filter, after), looked: 0 };
  while (found.next !== null && found.rows.length < limit && found.looked < LOOKS) {
    const walk = { db, workspace, filter, limit: limit - found.rows.length };
    const { startedAtMs, seq } = found.next;
    const ties = { startMs: startedAtMs, beforeSeq: seq };
    const more = seq > 0 ? alongIndex(walk, ties, found.looked) : EMPTY;
    add(found, more.next === null ? { ...more, next: { startedAtMs, seq: 0 } } : more);
    if (more.next !== null || found.rows.length >= limit) continue;
    const earlier = { startMs: startedAtMs, beforeSeq: null };
    walk.limit = limit - found.rows.length;
    add(
      found,
      sites
        ? alongSites(walk, earlier, { sites, looked: found.looked })
        : alongIndex(walk, earlier, found.looked),
    );
  }
  const last = found.rows.at(-1);
  if (found.rows.length >= limit && last) found.next = cursorAt(last);
  return found;
}

const EMPTY: FaultsFound = { rows: [], next: null, looked: 0 };

function add(found: FaultsFound, { rows, next, looked }: FaultsFound): void {
  found.rows.push(...rows);
  found.next = next;
  found.looked += looked;
}

const cursorAt = (row: { started_at_ms: number; seq: number }): FaultCursor => ({
  startedAtMs: row.started_at_ms,
  seq: row.seq,
});

/** Where the walk begins: after the cursor, and with what began before `to`. */
function startOf({ toMs }: FaultFilter, after: FaultCursor | null): FaultCursor {
  if (toMs !== undefined && (after === null || after.startedAtMs >= toMs))
    return { startedAtMs: toMs, seq: 0 };
  return after ?? { startedAtMs: Number.MAX_SAFE_INTEGER, seq: 0 };
}

/**
 * Looks at the next faults of a stretch along an index. The first look is as long as the page: most of what is asked
 * for fits. Served by faults_newest; what is open, or reaches into a window from before, by faults_lasting.
 */
function alongIndex({ db, workspace, filter, limit }: Walk, stretch: Stretch, looked: number): FaultsFound {
  const { startMs, beforeSeq } = stretch;
  const step = Math.max(limit, Math.min(2 * looked, LOOKS - looked));
  const { fromMs } = filter;
  // What began before that and touches the window lasted more than a day.
  const recentMs = fromMs === undefined ? -1 : fromMs - DAY_MS;
  const isLasting = filter.status === "unresolved" || startMs + (beforeSeq === null ? -1 : 0) <= recentMs;
  const { sql, params } = allOf([
    { sql: "workspace = ?", params: [workspace] },
    isLasting ? { sql: "span > 0", params: [] } : null,
    beforeSeq === null
      ? { sql: "started_at_ms < ?", params: [startMs] }
      : { sql: "started_at_ms = ? AND seq < ?", params: [startMs, beforeSeq] },
    !isLasting && beforeSeq === null ? { sql: "started_at_ms > ?", params: [recentMs] } : null,
  ]);
  const from = `faults INDEXED BY ${isLasting ? "faults_lasting" : "faults_newest"} WHERE ${sql}`;
  const order = "ORDER BY started_at_ms DESC, seq DESC";
  const fits = fitting(filter);
  const rows = db
    .query<FaultRow, (string | number)[]>(
      `${selectFaultOf(`(SELECT * FROM ${from} ${order} LIMIT ?)`)} WHERE ${fits.sql}
       ORDER BY f.started_at_ms DESC, f.seq DESC LIMIT ?`,
    )
    .all(...params, step, ...fits.params, limit);
  const end = db
    .query<{ started_at_ms: number; seq: number }, (string | number)[]>(
      `SELECT started_at_ms, seq FROM ${from} ${order} LIMIT 1 OFFSET ?`,
    )
    .get(...params, step - 1);
  if (end) return { rows, next: cursorAt(end), looked: step };
  const isOver = isLasting || beforeSeq !== null || recentMs < 0;
  return { rows, next: isOver ? null : { startedAtMs: recentMs + 1, seq: 0 }, looked: rows.length };
}

/**
 * The same for faults of some sites: the newest of each, of which those count that are later than where the first of
 * the sites breaks off. What shares that start is left to the index of all. Served by faults_site.
 */
function alongSites(
  { db, filter, limit }: Walk,
  { startMs }: Stretch,
  { sites, looked }: { sites: readonly number[]; looked: number },
): FaultsFound {
  const each = Math.max(limit + 1, Math.ceil(looked / sites.length));
  const select = db.query<{ seq: number; started_at_ms: number }, number[]>(
    `SELECT seq, started_at_ms FROM faults INDEXED BY faults_site
     WHERE site_seq = ? AND started_at_ms < ? ORDER BY started_at_ms DESC LIMIT ?`,
  );
  const newest = sites.map((site) => select.all(site, startMs, each));
  const brokenOff = newest.filter(({ length }) => length === each).map((rows) => rows[each - 1]);
  const endMs = brokenOff.reduce((latest, row) => Math.max(latest, row?.started_at_ms ?? -1), -1);
  const later = newest.flat().filter((row) => row.started_at_ms > endMs);
  const fits = fitting(filter);
  const rows = db
    .query<FaultRow, (string | number)[]>(
      `${SELECT_FAULT} WHERE f.seq IN (SELECT value FROM json_each(?)) AND ${fits.sql}
       ORDER BY f.started_at_ms DESC, f.seq DESC LIMIT ?`,
    )
    .all(JSON.stringify(later.map(({ seq }) => seq)), ...fits.params, limit);
  const next = endMs < 0 ? null : { startedAtMs: endMs, seq: BEFORE_ALL };
  return { rows, next, looked: newest.reduce((sum, { length }) => sum + length, 0) };
}

function siteSeqs({ db }: Reading, workspace: string, ids: readonly string[]): number[] {
  return db
    .query<{ seq: number }, [string, string]>(
      "SELECT seq FROM json_each(?) AS wanted CROSS JOIN sites ON sites.id = wanted.value WHERE workspace = ?",
    )
    .all(JSON.stringify([...new Set(ids)]), workspace)
    .map(({ seq }) => seq);
}

/** What a filter asks of each fault that is looked at. */
function fitting({ type, severity, status, siteIds, fromMs }: FaultFilter) {
  const one = (sql: string, value: string | number | undefined): Condition =>
    value === undefined ? null : { sql, params: [value] };
  const state = status && `f.resolved_at_ms IS ${status === "resolved" ? "NOT NULL" : "NULL"}`;
  return allOf([
    one("f.type = ?", type),
    one("f.severity = ?", severity),
    state === undefined ? null : { sql: state, params: [] },
    siteIds === undefined
      ? null
      : { sql: "s.id IN (SELECT value FROM json_each(?))", params: [JSON.stringify(siteIds)] },
    one("f.resolved_at_ms IS NULL OR f.resolved_at_ms > ?", fromMs),
  ]);
}
