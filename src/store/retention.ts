// How long reports are kept, and removing those whose time is over.
import type { Trigger } from "../model/report.ts";
import type { WorkspaceSettings } from "../model/workspaceSettings.ts";
import { DAY_MS } from "../sla/lengths.ts";
import { bound, inTransaction, type Reading, type StoreContext } from "./database/context.ts";

/** Whose reports push each other out: those of a schedule and trigger, also of a schedule that is gone. */
export type Shelf = { workspace: string; scheduleId: string; trigger: Trigger };

type Expired = { id: string; createdAtMs: number };
/** So many at most are wanted, of those that ended so. */
type Wanted = { status: "completed" | "failed"; most: number };

/** Settings of workspaces, and the reports that they and the schedules no longer keep. */
export const retentionStore = (context: StoreContext) =>
  bound(context, {
    settings: workspaceSettings,
    replaceSettings: replaceWorkspaceSettings,
    shelfAfter,
    removeExpired: removeExpiredReports,
  });

/** The settings of a workspace; everything is kept until it says otherwise. */
function workspaceSettings({ db }: StoreContext, workspace: string): WorkspaceSettings {
  const stored = db
    .query<WorkspaceSettings, [string]>(
      "SELECT retention_days, retention_count FROM workspace_settings WHERE workspace = ?",
    )
    .get(workspace);
  return stored ?? { retention_days: null, retention_count: null };
}

function replaceWorkspaceSettings({ db }: StoreContext, workspace: string, given: WorkspaceSettings): void {
  db.query(
    `INSERT INTO workspace_settings (workspace, retention_days, retention_count) VALUES (?, ?, ?)
     ON CONFLICT (workspace) DO UPDATE SET retention_days = excluded.retention_days,
                                           retention_count = excluded.retention_count`,
  ).run(workspace, given.retention_days, given.retention_count);
}

/**
 * The shelf after this one; null for the first, and behind the last. One step along reports_kept: nothing is
 * remembered in between, so a sweep may take its time.
 */
function shelfAfter({ db }: StoreContext, shelf: Shelf | null): Shelf | null {
  const { workspace, scheduleId, trigger } = shelf ?? { workspace: "", scheduleId: "", trigger: "" };
  return db.query<Shelf, [string, string, string]>(NEXT_SHELF_SQL).get(workspace, scheduleId, trigger);
}

const NEXT_SHELF_SQL = `
  SELECT workspace, schedule_id AS scheduleId, trigger FROM reports INDEXED BY reports_kept
  WHERE voided_at_ms IS NULL AND (workspace, schedule_id, trigger) > (?, ?, ?)
  ORDER BY workspace, schedule_id, trigger LIMIT 1`;

/**
 * Removes the rows of finished reports of a shelf that are too old, or of which there are enough newer ones: up to
 * `limit`, and fewer only when there are no more. What waits or runs is never removed. The caller removes the files of
 * those given. Nothing is written when there are none.
 *
 * Age counts from the end of a report. The number counts completed reports, so that trying something out pushes out no
 * report of a cadence; what failed counts for nothing, and goes when so many completed ones came after it.
 */
function removeExpiredReports(context: StoreContext, shelf: Shelf, limit: number): Expired[] {
  const { db, now, news } = context;
  const { days, count } = rulesOf(context, shelf);
  const expired = new Map<string, Expired>();
  for (const status of ["completed", "failed"] as const) {
    const found = [
      ...(count === null ? [] : outnumbered(context, shelf, count, { status, most: limit })),
      ...(days === null ? [] : aged(context, shelf, now() - days * DAY_MS, { status, most: limit })),
    ];
    for (const report of found) if (expired.size < limit) expired.set(report.id, report);
  }
  if (expired.size === 0) return [];
  inTransaction(db, () => {
    const remove = db.query("DELETE FROM reports WHERE id = ?");
    for (const id of expired.keys()) {
      remove.run(id);
      news.tell(id);
    }
  });
  return [...expired.values()];
}

/** What holds for a shelf: as its schedule says, else its workspace. */
function rulesOf({ db }: StoreContext, { workspace, scheduleId }: Shelf) {
  return db
    .query<{ days: number | null; count: number | null }, [string, string]>(
      `SELECT coalesce(s.settings ->> '$.retention_days', w.retention_days) AS days,
              coalesce(s.settings ->> '$.retention_count', w.retention_count) AS count
       FROM (SELECT ?1 AS workspace, ?2 AS schedule_id) AS of
       LEFT JOIN schedules s ON s.id = of.schedule_id AND s.workspace = of.workspace
       LEFT JOIN workspace_settings w ON w.workspace = of.workspace`,
    )
    .get(workspace, scheduleId) as { days: number | null; count: number | null };
}

/** Those that ended before an instant, oldest first. Nobody ends before it is asked for: reports_kept leads to them. */
function aged({ db }: Reading, shelf: Shelf, beforeMs: number, { status, most }: Wanted): Expired[] {
  return db
    .query<Expired, [string, string, string, string, number, number]>(
      `${OF_SHELF} AND created_at_ms < ?5 AND coalesce(completed_at_ms, created_at_ms) < ?5
       ORDER BY created_at_ms, id LIMIT ?6`,
    )
    .all(shelf.workspace, shelf.scheduleId, shelf.trigger, status, beforeMs, most);
}

/** Those that `count` completed ones came after, oldest first: what lies before the last of these. */
function outnumbered({ db }: Reading, shelf: Shelf, count: number, { status, most }: Wanted): Expired[] {
  const { workspace, scheduleId, trigger } = shelf;
  const lastKept = db
    .query<Expired, [string, string, string, string, number]>(
      `${OF_SHELF} ORDER BY created_at_ms DESC, id DESC LIMIT 1 OFFSET ?5`,
    )
    .get(workspace, scheduleId, trigger, "completed", count - 1);
  if (!lastKept) return [];
  return db
    .query<Expired, [string, string, string, string, number, string, number]>(
      `${OF_SHELF} AND (created_at_ms, id) < (?5, ?6) ORDER BY created_at_ms, id LIMIT ?7`,
    )
    .all(workspace, scheduleId, trigger, status, lastKept.createdAtMs, lastKept.id, most);
}

const OF_SHELF = `
  SELECT id, created_at_ms AS createdAtMs FROM reports INDEXED BY reports_kept
  WHERE workspace = ?1 AND schedule_id = ?2 AND trigger = ?3 AND status = ?4 AND voided_at_ms IS NULL`;
