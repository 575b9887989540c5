// Maintenance windows: agreed downtime for named sites, tagged sites, or all.
import { NinesError } from "../model/errors.ts";
import { formatInstant } from "../model/formats.ts";
import type {
  MaintenanceWindow,
  MaintenanceWindowInput,
  MaintenanceWindowPatch,
} from "../model/maintenanceWindow.ts";
import { windowTimes } from "../model/maintenanceWindowRules.ts";
import type { Rule } from "../sla/selection.ts";
import {
  bound,
  inTransaction,
  newestPage,
  ofWorkspace,
  type Page,
  type PageRequest,
  type Reading,
  type StoreContext,
} from "./database/context.ts";
import { findSiteById } from "./sites.ts";

type Row = {
  seq: number;
  id: string;
  name: string;
  starts_at_ms: number;
  ends_at_ms: number;
  rrule: string | null;
  timezone: string;
  applies_to: "sites" | "tags" | "all";
  tags: string | null;
  created_at_ms: number;
  updated_at_ms: number;
};

/** Reads and changes maintenance windows of a workspace. Unknown ids give null; unknown sites are refused. */
export const maintenanceWindowStore = (context: StoreContext) =>
  bound(context, {
    get: getMaintenanceWindow,
    create: createMaintenanceWindow,
    update: updateMaintenanceWindow,
    remove: removeMaintenanceWindow,
    list: listMaintenanceWindows,
  });

function getMaintenanceWindow(context: Reading, workspace: string, id: string): MaintenanceWindow | null {
  const row = rowOf(context, workspace, id);
  return row && toWindow(context, row);
}

function rowOf({ db }: Reading, workspace: string, id: string): Row | null {
  return db
    .query<Row, [string, string]>("SELECT * FROM maintenance_windows WHERE id = ? AND workspace = ?")
    .get(id, workspace);
}

function toWindow(context: Reading, row: Row): MaintenanceWindow {
  return {
    id: row.id,
    name: row.name,
    starts_at: formatInstant(row.starts_at_ms),
    ends_at: formatInstant(row.ends_at_ms),
    rrule: row.rrule,
    timezone: row.timezone,
    site_ids: row.applies_to === "sites" ? siteIdsOf(context, row.seq) : null,
    tags: row.applies_to === "tags" ? (JSON.parse(row.tags ?? "[]") as Rule[]) : null,
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  };
}

function siteIdsOf({ db }: Reading, windowSeq: number): string[] {
  return db
    .query<{ id: string }, [number]>(
      `SELECT s.id FROM maintenance_window_sites m JOIN sites s ON s.seq = m.site_seq
       WHERE m.window_seq = ? ORDER BY s.id`,
    )
    .all(windowSeq)
    .map(({ id }) => id);
}

function createMaintenanceWindow(
  context: StoreContext,
  workspace: string,
  input: MaintenanceWindowInput,
): MaintenanceWindow {
  const { db, now, newId } = context;
  return inTransaction(db, () => {
    const window = checked(input);
    refuseMore(context, workspace);
    const id = newId("maintenanceWindow");
    const at = now();
    const { seq } = db
      .query<{ seq: number }, (string | number | null)[]>(
        `INSERT INTO maintenance_windows (id, workspace, name, starts_at_ms, ends_at_ms, rrule, timezone,
                                          recurs_until_ms, applies_to, tags, created_at_ms, updated_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
      )
      .get(
        id,
        workspace,
        input.name,
        window.startsAtMs,
        window.endsAtMs,
        window.rrule,
        window.timezone,
        window.recursUntilMs,
        window.appliesTo,
        window.tags,
        at,
        at,
      ) as { seq: number };
    replaceSites(context, workspace, { windowSeq: seq, siteIds: input.site_ids ?? [] });
    return getMaintenanceWindow(context, workspace, id) as MaintenanceWindow;
  });
}

/** Each may recur every day: computing goes through all that touch a period. */
export const MOST_WINDOWS = 1000;
/** Sites that the windows of a workspace name in all: they are read with their windows. Tags name any number. */
export const MOST_NAMED_SITES = 100_000;

/** Served by maintenance_windows_newest. */
function refuseMore({ db }: Reading, workspace: string): void {
  const { count } = db
    .query<{ count: number }, [string]>(
      "SELECT count(*) AS count FROM maintenance_windows WHERE workspace = ?",
    )
    .get(workspace) as { count: number };
  if (count < MOST_WINDOWS) return;
  throw new NinesError("too_many_maintenance_windows", {
    message: `A workspace may have ${MOST_WINDOWS} maintenance windows, and this one has ${count}; delete one first.`,
  });
}

function updateMaintenanceWindow(
  context: StoreContext,
  workspace: string,
  id: string,
  patch: MaintenanceWindowPatch,
): MaintenanceWindow | null {
  const { db, now } = context;
  return inTransaction(db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return null;
    const merged: MaintenanceWindowInput = { ...toWindow(context, row), ...patch };
    const window = checked(merged);
    db.query(
      `UPDATE maintenance_windows
       SET name = ?, starts_at_ms = ?, ends_at_ms = ?, rrule = ?, timezone = ?, recurs_until_ms = ?,
           applies_to = ?, tags = ?, updated_at_ms = ?
       WHERE seq = ?`,
    ).run(
      merged.name,
      window.startsAtMs,
      window.endsAtMs,
      window.rrule,
      window.timezone,
      window.recursUntilMs,
      window.appliesTo,
      window.tags,
      now(),
      row.seq,
    );
    if (patch.site_ids !== undefined || patch.tags !== undefined)
      replaceSites(context, workspace, { windowSeq: row.seq, siteIds: merged.site_ids ?? [] });
    return getMaintenanceWindow(context, workspace, id);
  });
}

function replaceSites(
  { db }: Reading,
  workspace: string,
  { windowSeq, siteIds }: { windowSeq: number; siteIds: readonly string[] },
): void {
  const before = siteIds.length === 0 ? 0 : namedSites({ db }, workspace);
  db.query("DELETE FROM maintenance_window_sites WHERE window_seq = ?").run(windowSeq);
  const add = db.query(
    `INSERT INTO maintenance_window_sites (window_seq, site_seq) VALUES (?, ?)
     ON CONFLICT (window_seq, site_seq) DO NOTHING`,
  );
  siteIds.forEach((id, index) => {
    const site = findSiteById({ db }, workspace, id);
    if (!site) {
      throw new NinesError("reference_not_found", {
        param: `site_ids[${index}]`,
        message: `'site_ids[${index}]' names no site of this workspace: '${id}'.`,
      });
    }
    add.run(windowSeq, site.seq);
  });
  const count = siteIds.length === 0 ? 0 : namedSites({ db }, workspace);
  if (count <= Math.max(before, MOST_NAMED_SITES)) return;
  throw new NinesError("too_many_maintenance_windows", {
    param: "site_ids",
    message: `The maintenance windows of a workspace may name ${MOST_NAMED_SITES} sites in all, and with these they would name ${count}; use 'tags'.`,
  });
}

/** Served by maintenance_windows_newest and the primary key of maintenance_window_sites. */
function namedSites({ db }: Reading, workspace: string): number {
  const { count } = db
    .query<{ count: number }, [string]>(
      `SELECT count(*) AS count
       FROM maintenance_windows w CROSS JOIN maintenance_window_sites m ON m.window_seq = w.seq
       WHERE w.workspace = ?`,
    )
    .get(workspace) as { count: number };
  return count;
}

function removeMaintenanceWindow({ db }: StoreContext, workspace: string, id: string): boolean {
  return (
    db.query("DELETE FROM maintenance_windows WHERE id = ? AND workspace = ?").run(id, workspace).changes > 0
  );
}

/** Newest first. Served by maintenance_windows_newest. */
function listMaintenanceWindows(
  context: StoreContext,
  workspace: string,
  page: PageRequest,
): Page<MaintenanceWindow> {
  const query = { columns: "*", from: "maintenance_windows", where: ofWorkspace(workspace) };
  const { rows, total } = newestPage<Row>(context.db, query, page);
  return { data: rows.map((row) => toWindow(context, row)), total };
}

/**
 * Windows that touch [fromMs, toMs), and recurring ones that can; by start. Served by maintenance_windows_end
 * and maintenance_windows_recurring.
 */
export function maintenanceWindowsTouching(
  context: Reading,
  workspace: string,
  fromMs: number,
  toMs: number,
): MaintenanceWindow[] {
  return context.db
    .query<Row, [string, number, number]>(
      `SELECT * FROM (
         SELECT * FROM maintenance_windows INDEXED BY maintenance_windows_end
         WHERE workspace = ?1 AND ends_at_ms > ?2 AND starts_at_ms < ?3 AND rrule IS NULL
         UNION ALL
         SELECT * FROM maintenance_windows INDEXED BY maintenance_windows_recurring
         WHERE workspace = ?1 AND starts_at_ms < ?3 AND rrule IS NOT NULL
           AND (recurs_until_ms IS NULL OR recurs_until_ms > ?2)
       ) ORDER BY starts_at_ms, id`,
    )
    .all(workspace, fromMs, toMs)
    .map((row) => toWindow(context, row));
}

function checked(input: MaintenanceWindowInput) {
  const appliesTo = input.site_ids ? "sites" : input.tags ? "tags" : "all";
  return { ...windowTimes(input), appliesTo, tags: input.tags ? JSON.stringify(input.tags) : null };
}
