// Business hours: weekly opening hours with holidays.
import type { BusinessHours, BusinessHoursInput, Holiday, WeeklyHours } from "../model/businessHours.ts";
import { formatInstant } from "../model/formats.ts";
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
import { refuseWhileScheduled } from "./scheduleUsers.ts";

type Row = {
  seq: number;
  id: string;
  name: string;
  timezone: string;
  days: string;
  holidays: string;
  created_at_ms: number;
  updated_at_ms: number;
};

/** Reads and changes business hours of a workspace. Unknown ids give null. */
export const businessHoursStore = (context: StoreContext) =>
  bound(context, {
    get: getBusinessHours,
    create: createBusinessHours,
    replace: replaceBusinessHours,
    remove: removeBusinessHours,
    list: listBusinessHours,
  });

/** Hours by their id; null when there are none. */
export function getBusinessHours(context: Reading, workspace: string, id: string): BusinessHours | null {
  const row = rowOf(context, workspace, id);
  return row && toBusinessHours(row);
}

function rowOf({ db }: Reading, workspace: string, id: string): Row | null {
  return db
    .query<Row, [string, string]>("SELECT * FROM business_hours WHERE id = ? AND workspace = ?")
    .get(id, workspace);
}

function createBusinessHours(
  context: StoreContext,
  workspace: string,
  input: BusinessHoursInput,
): BusinessHours {
  const id = context.newId("businessHours");
  const at = context.now();
  context.db
    .query(
      `INSERT INTO business_hours (id, workspace, name, timezone, days, holidays, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      id,
      workspace,
      input.name,
      input.timezone,
      JSON.stringify(input.days),
      JSON.stringify(input.holidays ?? []),
      at,
      at,
    );
  return getBusinessHours(context, workspace, id) as BusinessHours;
}

function replaceBusinessHours(
  context: StoreContext,
  workspace: string,
  id: string,
  input: BusinessHoursInput,
): BusinessHours | null {
  context.db
    .query(
      `UPDATE business_hours SET name = ?, timezone = ?, days = ?, holidays = ?, updated_at_ms = ?
       WHERE id = ? AND workspace = ?`,
    )
    .run(
      input.name,
      input.timezone,
      JSON.stringify(input.days),
      JSON.stringify(input.holidays ?? []),
      context.now(),
      id,
      workspace,
    );
  return getBusinessHours(context, workspace, id);
}

/** Deletes hours; throws in_use, naming the schedules, while schedules use them. */
function removeBusinessHours({ db }: StoreContext, workspace: string, id: string): boolean {
  return inTransaction(db, () => {
    const row = rowOf({ db }, workspace, id);
    if (!row) return false;
    refuseWhileScheduled(db, "business_hours_seq", row.seq, "business hours are");
    db.query("DELETE FROM business_hours WHERE seq = ?").run(row.seq);
    return true;
  });
}

/** Newest first. Served by business_hours_newest. */
function listBusinessHours({ db }: StoreContext, workspace: string, page: PageRequest): Page<BusinessHours> {
  const query = { columns: "*", from: "business_hours", where: ofWorkspace(workspace) };
  const { rows, total } = newestPage<Row>(db, query, page);
  return { data: rows.map(toBusinessHours), total };
}

function toBusinessHours(row: Row): BusinessHours {
  return {
    id: row.id,
    name: row.name,
    timezone: row.timezone,
    days: JSON.parse(row.days) as WeeklyHours,
    holidays: JSON.parse(row.holidays) as Holiday[],
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  };
}
