// How long reports are kept, and removing those whose time is over.
import type { WorkspaceSettings } from "../model/workspaceSettings.ts";
import { DAY_MS } from "../sla/lengths.ts";
import { bound, inTransaction, type StoreContext } from "./database/context.ts";

type ExpiredRow = { id: string; created_at_ms: number };

/** Settings of workspaces, and the reports that they and the schedules no longer keep. */
export const retentionStore = (context: StoreContext) =>
  bound(context, {
    settings: workspaceSettings,
    replaceSettings: replaceWorkspaceSettings,
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
 * Removes the rows of up to `limit` finished reports that are too old, or of which their schedule has
 * enough newer ones. What waits or runs is never removed. The caller removes the files of those given.
 */
function removeExpiredReports(
  { db, now, news }: StoreContext,
  limit: number,
): { id: string; createdAtMs: number }[] {
  return inTransaction(db, () => {
    const rows = db.query<ExpiredRow, [number, number, number]>(EXPIRED_SQL).all(now(), DAY_MS, limit);
    const remove = db.query("DELETE FROM reports WHERE id = ?");
    for (const { id } of rows) {
      remove.run(id);
      news.tell(id);
    }
    return rows.map(({ id, created_at_ms }) => ({ id, createdAtMs: created_at_ms }));
  });
}

/**
 * Age counts from the end of a report. The number counts completed reports of the same schedule and trigger, so
 * that trying something out pushes out no report of a cadence; what failed counts for nothing, and goes when so
 * many completed ones came after it.
 */
const EXPIRED_SQL = `
  WITH finished AS (
    SELECT r.id, r.created_at_ms, coalesce(r.completed_at_ms, r.created_at_ms) AS ended_at_ms,
           coalesce(s.settings ->> '$.retention_days', w.retention_days) AS days,
           coalesce(s.settings ->> '$.retention_count', w.retention_count) AS count,
           count(*) FILTER (WHERE r.status = 'completed') OVER (
             PARTITION BY r.workspace, r.schedule_id, r.trigger ORDER BY r.created_at_ms DESC, r.id DESC
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS newer
    FROM reports r
    LEFT JOIN schedules s ON s.id = r.schedule_id AND s.workspace = r.workspace
    LEFT JOIN workspace_settings w ON w.workspace = r.workspace
    WHERE r.status IN ('completed', 'failed') AND r.voided_at_ms IS NULL
  )
  SELECT id, created_at_ms FROM finished
  WHERE (days IS NOT NULL AND ended_at_ms < ? - days * ?) OR (count IS NOT NULL AND newer >= count)
  ORDER BY created_at_ms, id LIMIT ?`;
