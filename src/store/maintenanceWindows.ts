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
  inTransaction,
  newestPage,
  ofWorkspace,
  type Page,
  type PageRequest,
  type StoreContext,
} from "./database/context.ts";

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

export type MaintenanceWindowStore = ReturnType<typeof maintenanceWindowStore>;

/** Reads and changes maintenance windows of a workspace. Unknown ids give null; unknown sites are refused. */
export function maintenanceWindowStore({ db, now, newId }: StoreContext) {
  const byId = db.query<Row, [string, string]>(
    "SELECT * FROM maintenance_windows WHERE id = ? AND workspace = ?",
  );
  const sitesOf = db.query<{ id: string }, [number]>(
    `SELECT s.id FROM maintenance_window_sites m JOIN sites s ON s.seq = m.site_seq
     WHERE m.window_seq = ? ORDER BY s.id`,
  );

  const toWindow = (row: Row): MaintenanceWindow => ({
    id: row.id,
    name: row.name,
    starts_at: formatInstant(row.starts_at_ms),
    ends_at: formatInstant(row.ends_at_ms),
    rrule: row.rrule,
    timezone: row.timezone,
    site_ids: row.applies_to === "sites" ? sitesOf.all(row.seq).map(({ id }) => id) : null,
    tags: row.applies_to === "tags" ? (JSON.parse(row.tags ?? "[]") as Rule[]) : null,
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  });

  const replaceSites = (workspace: string, windowSeq: number, siteIds: readonly string[]) => {
    db.query("DELETE FROM maintenance_window_sites WHERE window_seq = ?").run(windowSeq);
    const add = db.query(
      `INSERT OR IGNORE INTO maintenance_window_sites (window_seq, site_seq)
       SELECT ?, seq FROM sites WHERE workspace = ? AND id = ?`,
    );
    const known = db.query<{ seq: number }, [string, string]>(
      "SELECT seq FROM sites WHERE workspace = ? AND id = ?",
    );
    siteIds.forEach((id, index) => {
      if (!known.get(workspace, id)) {
        throw new NinesError("reference_not_found", {
          param: `site_ids[${index}]`,
          message: `'site_ids[${index}]' names no site of this workspace: '${id}'.`,
        });
      }
      add.run(windowSeq, workspace, id);
    });
  };

  const get = (workspace: string, id: string): MaintenanceWindow | null => {
    const row = byId.get(id, workspace);
    return row && toWindow(row);
  };

  const create = (workspace: string, input: MaintenanceWindowInput): MaintenanceWindow =>
    inTransaction(db, () => {
      const window = checked(input);
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
      replaceSites(workspace, seq, input.site_ids ?? []);
      return get(workspace, id) as MaintenanceWindow;
    });

  const update = (workspace: string, id: string, patch: MaintenanceWindowPatch): MaintenanceWindow | null =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return null;
      const merged: MaintenanceWindowInput = { ...toWindow(row), ...patch };
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
        replaceSites(workspace, row.seq, merged.site_ids ?? []);
      return get(workspace, id);
    });

  const remove = (workspace: string, id: string): boolean =>
    db.query("DELETE FROM maintenance_windows WHERE id = ? AND workspace = ?").run(id, workspace).changes > 0;

  const list = (workspace: string, page: PageRequest): Page<MaintenanceWindow> => {
    const query = { columns: "*", from: "maintenance_windows", where: ofWorkspace(workspace) };
    const { rows, total } = newestPage<Row>(db, query, page);
    return { data: rows.map(toWindow), total };
  };

  /**
   * Windows that touch [fromMs, toMs), and recurring ones that can; by start. Served by maintenance_windows_end
   * and maintenance_windows_recurring.
   */
  const touching = (workspace: string, fromMs: number, toMs: number): MaintenanceWindow[] =>
    db
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
      .map(toWindow);

  return { get, create, update, remove, list, touching };
}

function checked(input: MaintenanceWindowInput) {
  const appliesTo = input.site_ids ? "sites" : input.tags ? "tags" : "all";
  return { ...windowTimes(input), appliesTo, tags: input.tags ? JSON.stringify(input.tags) : null };
}
