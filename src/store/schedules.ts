// Schedules with their references to sites and business hours.
import type { BusinessHours } from "../model/businessHours.ts";
import { NinesError } from "../model/errors.ts";
import { formatInstant } from "../model/formats.ts";
import type { ReportStatus } from "../model/report.ts";
import { SCHEDULE_DEFAULTS, type Schedule, type ScheduleSettings } from "../model/schedule.ts";
import { nextRuns } from "../sla/cadence.ts";
import type { Rule } from "../sla/selection.ts";
import { businessHoursStore } from "./businessHours.ts";
import {
  allOf,
  inTransaction,
  newestPage,
  type Page,
  type PageRequest,
  type StoreContext,
} from "./database/context.ts";

type Row = {
  seq: number;
  id: string;
  name: string;
  disabled: number;
  settings: string;
  business_hours_id: string | null;
  notification_group: string | null;
  next_run_at_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
};
/** All but what has columns or rows of its own. */
type StoredSettings = Omit<ScheduleSettings, keyof OwnColumns>;
/** What rows of the first schema hold. */
type EarliestSettings = Omit<StoredSettings, "recipients" | "retention_days" | "retention_count">;
type OwnColumns = Pick<
  ScheduleSettings,
  "name" | "disabled" | "sites" | "business_hours_id" | "notification_group"
>;

export type ScheduleFilter = {
  name?: string | undefined;
  disabled?: boolean | undefined;
  tag?: Rule | undefined;
};
export type ScheduleStore = ReturnType<typeof scheduleStore>;

const COLUMNS = `s.seq, s.id, s.name, s.disabled, s.settings, b.id AS business_hours_id,
    g.id AS notification_group, s.next_run_at_ms, s.created_at_ms, s.updated_at_ms`;
const TABLES = `schedules s LEFT JOIN business_hours b ON b.seq = s.business_hours_seq
    LEFT JOIN notification_groups g ON g.seq = s.notification_group_seq`;
const SELECT = `SELECT ${COLUMNS} FROM ${TABLES}`;

const REFERENCES = {
  businessHours: {
    param: "business_hours_id",
    what: "business hours",
    sql: "SELECT seq FROM business_hours WHERE id = ? AND workspace = ?",
  },
  group: {
    param: "notification_group",
    what: "notification group",
    sql: "SELECT seq FROM notification_groups WHERE id = ? AND workspace = ?",
  },
} as const;

/** What a report keeps of its schedule, as it was when the report was asked for. */
export type Snapshot = { settings: ScheduleSettings; businessHours: BusinessHours | null };

/** Reads and changes schedules of a workspace. Unknown ids give null; unknown references throw reference_not_found. */
export function scheduleStore(context: StoreContext) {
  const { db, now, newId } = context;
  const businessHours = businessHoursStore(context);
  const byId = db.query<Row, [string, string]>(`${SELECT} WHERE s.id = ? AND s.workspace = ?`);
  const sitesOf = db.query<{ id: string }, [number]>(
    `SELECT s.id FROM schedule_sites p JOIN sites s ON s.seq = p.site_seq WHERE p.schedule_seq = ? ORDER BY p.position`,
  );
  const lastReport = db.query<{ id: string; status: ReportStatus; created_at_ms: number }, [string]>(
    "SELECT id, status, created_at_ms FROM reports WHERE schedule_id = ? ORDER BY created_at_ms DESC, id DESC LIMIT 1",
  );

  const settingsOf = (row: Row): ScheduleSettings => ({
    name: row.name,
    disabled: row.disabled === 1,
    ...storedSettings(row.settings),
    business_hours_id: row.business_hours_id,
    notification_group: row.notification_group,
    sites: sitesOf.all(row.seq).map(({ id }) => id),
  });

  const toSchedule = (row: Row): Schedule => {
    const last = lastReport.get(row.id);
    return {
      id: row.id,
      ...settingsOf(row),
      next_run_at: row.next_run_at_ms === null ? null : formatInstant(row.next_run_at_ms),
      last_run: last && {
        report_id: last.id,
        status: last.status,
        created_at: formatInstant(last.created_at_ms),
      },
      created_at: formatInstant(row.created_at_ms),
      updated_at: formatInstant(row.updated_at_ms),
    };
  };

  /** The key of what a field names; throws reference_not_found. */
  const seqOf = (
    reference: (typeof REFERENCES)[keyof typeof REFERENCES],
    workspace: string,
    id: string | null,
  ) => {
    if (id === null) return null;
    const row = db.query<{ seq: number }, [string, string]>(reference.sql).get(id, workspace);
    if (row) return row.seq;
    const { param, what } = reference;
    throw new NinesError("reference_not_found", {
      param,
      message: `'${param}' names no ${what} of this workspace: '${id}'.`,
    });
  };

  const replaceSites = (workspace: string, scheduleSeq: number, siteIds: readonly string[]) => {
    db.query("DELETE FROM schedule_sites WHERE schedule_seq = ?").run(scheduleSeq);
    const known = db.query<{ seq: number }, [string, string]>(
      "SELECT seq FROM sites WHERE id = ? AND workspace = ?",
    );
    const add = db.query("INSERT INTO schedule_sites (schedule_seq, position, site_seq) VALUES (?, ?, ?)");
    siteIds.forEach((id, position) => {
      const site = known.get(id, workspace);
      if (!site) {
        throw new NinesError("reference_not_found", {
          param: `sites[${position}]`,
          message: `'sites[${position}]' names no site of this workspace: '${id}'.`,
        });
      }
      add.run(scheduleSeq, position, site.seq);
    });
  };

  const get = (workspace: string, id: string): Schedule | null => {
    const row = byId.get(id, workspace);
    return row && toSchedule(row);
  };

  const create = (workspace: string, settings: ScheduleSettings): Schedule =>
    inTransaction(db, () => {
      const { name, disabled, sites, business_hours_id, notification_group, ...stored } = settings;
      const id = newId("schedule");
      const at = now();
      const { seq } = db
        .query<{ seq: number }, (string | number | null)[]>(
          `INSERT INTO schedules (id, workspace, name, disabled, settings, business_hours_seq,
                                  notification_group_seq, next_run_at_ms, created_at_ms, updated_at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
        )
        .get(
          id,
          workspace,
          name,
          Number(disabled),
          JSON.stringify(stored),
          seqOf(REFERENCES.businessHours, workspace, business_hours_id),
          seqOf(REFERENCES.group, workspace, notification_group),
          nextRunMs(settings, at),
          at,
          at,
        ) as { seq: number };
      replaceSites(workspace, seq, sites);
      return get(workspace, id) as Schedule;
    });

  /** Changes a schedule by a function of its settings, in one transaction, as of `at`. */
  const update = (
    workspace: string,
    id: string,
    change: (settings: ScheduleSettings) => ScheduleSettings,
    at = now(),
  ): Schedule | null =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return null;
      const settings = change(settingsOf(row));
      const { name, disabled, sites, business_hours_id, notification_group, ...stored } = settings;
      db.query(
        `UPDATE schedules SET name = ?, disabled = ?, settings = ?, business_hours_seq = ?,
                              notification_group_seq = ?, next_run_at_ms = ?, updated_at_ms = ? WHERE seq = ?`,
      ).run(
        name,
        Number(disabled),
        JSON.stringify(stored),
        seqOf(REFERENCES.businessHours, workspace, business_hours_id),
        seqOf(REFERENCES.group, workspace, notification_group),
        nextRunMs(settings, at),
        at,
        row.seq,
      );
      replaceSites(workspace, row.seq, sites);
      return get(workspace, id);
    });

  /** What a report keeps of a schedule: its settings and business hours as they are now. */
  const snapshot = (workspace: string, id: string): Snapshot | null => {
    const row = byId.get(id, workspace);
    if (!row) return null;
    const settings = settingsOf(row);
    const hoursId = settings.business_hours_id;
    return { settings, businessHours: hoursId === null ? null : businessHours.get(workspace, hoursId) };
  };

  /** Deletes a schedule; its reports stay. */
  const remove = (workspace: string, id: string): boolean =>
    db.query("DELETE FROM schedules WHERE id = ? AND workspace = ?").run(id, workspace).changes > 0;

  const list = (workspace: string, filter: ScheduleFilter, page: PageRequest): Page<Schedule> => {
    const where = allOf([
      { sql: "s.workspace = ?", params: [workspace] },
      filter.name === undefined ? null : { sql: "s.name = ?", params: [filter.name] },
      filter.disabled === undefined ? null : { sql: "s.disabled = ?", params: [Number(filter.disabled)] },
      filter.tag
        ? {
            sql: `EXISTS (SELECT 1 FROM json_each(s.settings, '$.site_selection_rules') r
                          WHERE lower(r.value ->> 'key') = lower(?) AND r.value ->> 'value' = ?)`,
            params: [filter.tag.key, filter.tag.value],
          }
        : null,
    ]);
    const { rows, total } = newestPage<Row>(db, { columns: COLUMNS, from: TABLES, where, alias: "s" }, page);
    return { data: rows.map(toSchedule), total };
  };

  return { get, create, update, snapshot, remove, list };
}

/** Settings that were stored before there were recipients have none. */
function storedSettings(text: string): StoredSettings {
  // Fields that came later are not in rows that were written before.
  const { recipients, retention_days, retention_count } = SCHEDULE_DEFAULTS;
  return { recipients, retention_days, retention_count, ...(JSON.parse(text) as EarliestSettings) };
}

/** When a schedule runs next by itself; null when it is disabled. */
export function nextRunMs(settings: ScheduleSettings, afterMs: number): number | null {
  return settings.disabled ? null : (nextRuns(settings, afterMs, 1)[0]?.atMs ?? null);
}
