// Schedules with their references to sites and business hours.
import type { BusinessHours } from "../model/businessHours.ts";
import { NinesError } from "../model/errors.ts";
import { formatInstant } from "../model/formats.ts";
import type { ReportStatus } from "../model/report.ts";
import { SCHEDULE_DEFAULTS, type Schedule, type ScheduleSettings } from "../model/schedule.ts";
import { nextRuns } from "../sla/cadence.ts";
import { foldedKey, type Rule } from "../sla/selection.ts";
import { getBusinessHours } from "./businessHours.ts";
import {
  allOf,
  bound,
  type Condition,
  inTransaction,
  newestPage,
  type Page,
  type PageRequest,
  type StoreContext,
} from "./database/context.ts";
import { referencesOf } from "./scheduleReferences.ts";

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

const COLUMNS = `s.seq, s.id, s.name, s.disabled, s.settings, b.id AS business_hours_id,
    g.id AS notification_group, s.next_run_at_ms, s.created_at_ms, s.updated_at_ms`;
const TABLES = `schedules s LEFT JOIN business_hours b ON b.seq = s.business_hours_seq
    LEFT JOIN notification_groups g ON g.seq = s.notification_group_seq`;
const SELECT = `SELECT ${COLUMNS} FROM ${TABLES}`;

/** What a report keeps of its schedule, as it was when the report was asked for. */
export type Snapshot = { settings: ScheduleSettings; businessHours: BusinessHours | null };

/** Reads and changes schedules of a workspace. Unknown ids give null; unknown references throw reference_not_found. */
export const scheduleStore = (context: StoreContext) =>
  bound(context, {
    get: getSchedule,
    create: createSchedule,
    snapshot: scheduleSnapshot,
    list: listSchedules,
  });

function getSchedule(context: StoreContext, workspace: string, id: string): Schedule | null {
  const row = rowOfSchedule(context, workspace, id);
  return row && toSchedule(context, row);
}

/** Throws reference_not_found. */
function createSchedule(context: StoreContext, workspace: string, settings: ScheduleSettings): Schedule {
  const { db, now, newId } = context;
  return inTransaction(db, () => {
    const id = newId("schedule");
    const at = now();
    const references = referencesOf(context, workspace, settings);
    const { seq } = db
      .query<{ seq: number }, (string | number | null)[]>(
        `INSERT INTO schedules (id, workspace, name, disabled, settings, business_hours_seq,
                                notification_group_seq, next_run_at_ms, created_at_ms, updated_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
      )
      .get(
        id,
        workspace,
        settings.name,
        Number(settings.disabled),
        withoutOwnColumns(settings),
        references.businessHoursSeq,
        references.groupSeq,
        nextRunMs(settings, at),
        at,
        at,
      ) as { seq: number };
    addSites(context, seq, references.siteSeqs);
    return getSchedule(context, workspace, id) as Schedule;
  });
}

/**
 * Changes a schedule by a function of its settings, in one transaction, as of `at`; null for an unknown id.
 * Throws reference_not_found.
 */
export function updateSchedule(
  context: StoreContext,
  workspace: string,
  id: string,
  { change, at }: { change: (settings: ScheduleSettings) => ScheduleSettings; at: number },
): Schedule | null {
  const { db } = context;
  return inTransaction(db, () => {
    const row = rowOfSchedule(context, workspace, id);
    if (!row) return null;
    const settings = change(settingsOfRow(context, row));
    const references = referencesOf(context, workspace, settings);
    db.query(
      `UPDATE schedules SET name = ?, disabled = ?, settings = ?, business_hours_seq = ?,
                            notification_group_seq = ?, next_run_at_ms = ?, updated_at_ms = ? WHERE seq = ?`,
    ).run(
      settings.name,
      Number(settings.disabled),
      withoutOwnColumns(settings),
      references.businessHoursSeq,
      references.groupSeq,
      nextRunMs(settings, at),
      at,
      row.seq,
    );
    db.query("DELETE FROM schedule_sites WHERE schedule_seq = ?").run(row.seq);
    addSites(context, row.seq, references.siteSeqs);
    return getSchedule(context, workspace, id);
  });
}

/** What a report keeps of a schedule: its settings and business hours as they are now. */
export function scheduleSnapshot(context: StoreContext, workspace: string, id: string): Snapshot | null {
  const row = rowOfSchedule(context, workspace, id);
  if (!row) return null;
  const settings = settingsOfRow(context, row);
  const hoursId = settings.business_hours_id;
  return {
    settings,
    businessHours: hoursId === null ? null : getBusinessHours(context, workspace, hoursId),
  };
}

/** Deletes a schedule; its reports stay. */
export function removeSchedule({ db }: StoreContext, workspace: string, id: string): boolean {
  return db.query("DELETE FROM schedules WHERE id = ? AND workspace = ?").run(id, workspace).changes > 0;
}

/** A page may name so many sites in all: some megabytes, and a tenth of a second. */
export const MOST_SITES_OF_PAGE = 100_000;
/** A page of so few fits whatever they name: a schedule names 10,000 sites at most. */
const ALWAYS_FITS = 10;

/** Served by the primary key of schedule_sites; counts no further than the limit. */
function refuseLargePage({ db }: StoreContext, rows: readonly Row[]): void {
  if (rows.length <= ALWAYS_FITS) return;
  const { named } = db
    .query<{ named: number }, [string, number]>(
      `SELECT count(*) AS named FROM (
         SELECT 1 FROM json_each(?) s CROSS JOIN schedule_sites p ON p.schedule_seq = s.value LIMIT ?)`,
    )
    .get(JSON.stringify(rows.map(({ seq }) => seq)), MOST_SITES_OF_PAGE + 1) as { named: number };
  if (named <= MOST_SITES_OF_PAGE) return;
  throw new NinesError("parameter_invalid", {
    param: "per_page",
    message: `The schedules of this page name more than ${MOST_SITES_OF_PAGE} sites in all; ask for a smaller 'per_page': ${ALWAYS_FITS} always fit.`,
  });
}

/** Newest first. Throws parameter_invalid for a page that would be too large. Served by schedules_newest. */
function listSchedules(
  context: StoreContext,
  workspace: string,
  filter: ScheduleFilter,
  page: PageRequest,
): Page<Schedule> {
  const where = allOf([
    { sql: "s.workspace = ?", params: [workspace] },
    filter.name === undefined ? null : { sql: "s.name = ?", params: [filter.name] },
    filter.disabled === undefined ? null : { sql: "s.disabled = ?", params: [Number(filter.disabled)] },
    filter.tag ? ruleCondition(context, workspace, filter.tag) : null,
  ]);
  const query = { columns: COLUMNS, from: TABLES, where, alias: "s" };
  const { rows, total } = newestPage<Row>(context.db, query, page);
  refuseLargePage(context, rows);
  return { data: rows.map((row) => toSchedule(context, row)), total };
}

/** That a schedule's selection has this rule. The database knows upper case of ASCII only: so keys are compared here. */
function ruleCondition({ db }: StoreContext, workspace: string, wanted: Rule): Condition {
  const key = foldedKey(wanted.key);
  const seqs = db
    .query<{ seq: number; key: string }, [string, string]>(
      `SELECT s.seq, r.value ->> 'key' AS key FROM schedules s, json_each(s.settings, '$.site_selection_rules') r
       WHERE s.workspace = ? AND r.value ->> 'value' = ?`,
    )
    .all(workspace, wanted.value)
    .filter((rule) => foldedKey(rule.key) === key)
    .map(({ seq }) => seq);
  return { sql: "s.seq IN (SELECT value FROM json_each(?))", params: [JSON.stringify(seqs)] };
}

function rowOfSchedule({ db }: StoreContext, workspace: string, id: string): Row | null {
  return db.query<Row, [string, string]>(`${SELECT} WHERE s.id = ? AND s.workspace = ?`).get(id, workspace);
}

/** All of a schedule that is stored as JSON. */
function withoutOwnColumns(settings: ScheduleSettings): string {
  const { name, disabled, sites, business_hours_id, notification_group, ...stored } = settings;
  return JSON.stringify(stored);
}

function addSites({ db }: StoreContext, scheduleSeq: number, siteSeqs: readonly number[]): void {
  const add = db.query("INSERT INTO schedule_sites (schedule_seq, position, site_seq) VALUES (?, ?, ?)");
  siteSeqs.forEach((siteSeq, position) => {
    add.run(scheduleSeq, position, siteSeq);
  });
}

function toSchedule(context: StoreContext, row: Row): Schedule {
  return {
    id: row.id,
    ...settingsOfRow(context, row),
    next_run_at: row.next_run_at_ms === null ? null : formatInstant(row.next_run_at_ms),
    last_run: lastRun(context, row.id),
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  };
}

/** The newest report of a schedule. Served by reports_schedule. */
function lastRun({ db }: StoreContext, id: string): Schedule["last_run"] {
  const last = db
    .query<{ id: string; status: ReportStatus; created_at_ms: number }, [string]>(
      "SELECT id, status, created_at_ms FROM reports WHERE schedule_id = ? AND voided_at_ms IS NULL ORDER BY created_at_ms DESC, id DESC LIMIT 1",
    )
    .get(id);
  return last && { report_id: last.id, status: last.status, created_at: formatInstant(last.created_at_ms) };
}

function settingsOfRow({ db }: StoreContext, row: Row): ScheduleSettings {
  const sites = db
    .query<{ id: string }, [number]>(
      `SELECT s.id FROM schedule_sites p JOIN sites s ON s.seq = p.site_seq WHERE p.schedule_seq = ? ORDER BY p.position`,
    )
    .all(row.seq);
  return {
    name: row.name,
    disabled: row.disabled === 1,
    ...storedSettings(row.settings),
    business_hours_id: row.business_hours_id,
    notification_group: row.notification_group,
    sites: sites.map(({ id }) => id),
  };
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
