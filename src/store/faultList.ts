// Lists of faults, newest start first, from a cursor on.
import type { Fault } from "../model/fault.ts";
import { allOf, type Condition, type Reading } from "./database/context.ts";
import { type FaultRow, SELECT_FAULT, toFault } from "./faultRows.ts";

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

/** With so much text a page ends early: faults of before there was a limit may have any number of comments. */
const MOST_CHARACTERS = 4_000_000;

/** Newest start first, after the cursor; at least one fault, if there is any. Served by faults_newest, with one site by faults_site. */
export function listFaults(
  context: Reading,
  workspace: string,
  filter: FaultFilter,
  { after, limit }: FaultPage,
): { data: Fault[]; next: FaultCursor | null } {
  const rows = faultRowsAfter(context, workspace, filter, { after, limit: limit + 1 });
  const data: Fault[] = [];
  let characters = 0;
  for (const row of rows.slice(0, limit)) {
    const fault = toFault(context, row);
    data.push(fault);
    characters += textOf(fault);
    if (characters >= MOST_CHARACTERS) break;
  }
  const last = rows.length > data.length ? rows[data.length - 1] : undefined;
  return { data, next: last ? { startedAtMs: last.started_at_ms, seq: last.seq } : null };
}

/** How much a fault makes a page longer by: its texts of any length. */
function textOf({ message, comments }: Fault): number {
  return comments.reduce((sum, { author, text }) => sum + author.length + text.length, message?.length ?? 0);
}

/** The same as rows, without comments. */
export function faultRowsAfter(
  { db }: Reading,
  workspace: string,
  filter: FaultFilter,
  { after, limit }: FaultPage,
): FaultRow[] {
  const where = faultCondition(workspace, filter, after);
  return db
    .query<FaultRow, (string | number)[]>(
      `${SELECT_FAULT} WHERE ${where.sql} ORDER BY f.started_at_ms DESC, f.seq DESC LIMIT ?`,
    )
    .all(...where.params, limit);
}

function faultCondition(workspace: string, filter: FaultFilter, after: FaultCursor | null) {
  const one = (sql: string, value: string | number | undefined): Condition =>
    value === undefined ? null : { sql, params: [value] };
  return allOf([
    { sql: "f.workspace = ?", params: [workspace] },
    one("f.type = ?", filter.type),
    one("f.severity = ?", filter.severity),
    filter.status
      ? { sql: `f.resolved_at_ms IS ${filter.status === "resolved" ? "NOT NULL" : "NULL"}`, params: [] }
      : null,
    filter.siteIds
      ? {
          sql: "f.site_seq IN (SELECT seq FROM sites WHERE workspace = ? AND id IN (SELECT value FROM json_each(?)))",
          params: [workspace, JSON.stringify(filter.siteIds)],
        }
      : null,
    one("f.resolved_at_ms IS NULL OR f.resolved_at_ms > ?", filter.fromMs),
    one("f.started_at_ms < ?", filter.toMs),
    after ? { sql: "(f.started_at_ms, f.seq) < (?, ?)", params: [after.startedAtMs, after.seq] } : null,
  ]);
}
