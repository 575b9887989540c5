// Business hours: weekly opening hours with holidays.
import type { BusinessHours, BusinessHoursInput, Holiday, WeeklyHours } from "../model/businessHours.ts";
import { formatInstant } from "../model/formats.ts";
import {
  inTransaction,
  newestPage,
  ofWorkspace,
  type Page,
  type PageRequest,
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

export type BusinessHoursStore = ReturnType<typeof businessHoursStore>;

/** Reads and changes business hours of a workspace. Unknown ids give null. */
export function businessHoursStore({ db, now, newId }: StoreContext) {
  const byId = db.query<Row, [string, string]>("SELECT * FROM business_hours WHERE id = ? AND workspace = ?");

  const get = (workspace: string, id: string): BusinessHours | null => {
    const row = byId.get(id, workspace);
    return row && toBusinessHours(row);
  };

  const create = (workspace: string, input: BusinessHoursInput): BusinessHours => {
    const id = newId("businessHours");
    const at = now();
    db.query(
      `INSERT INTO business_hours (id, workspace, name, timezone, days, holidays, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      id,
      workspace,
      input.name,
      input.timezone,
      JSON.stringify(input.days),
      JSON.stringify(input.holidays ?? []),
      at,
      at,
    );
    return get(workspace, id) as BusinessHours;
  };

  const replace = (workspace: string, id: string, input: BusinessHoursInput): BusinessHours | null => {
    db.query(
      `UPDATE business_hours SET name = ?, timezone = ?, days = ?, holidays = ?, updated_at_ms = ?
       WHERE id = ? AND workspace = ?`,
    ).run(
      input.name,
      input.timezone,
      JSON.stringify(input.days),
      JSON.stringify(input.holidays ?? []),
      now(),
      id,
      workspace,
    );
    return get(workspace, id);
  };

  /** Deletes hours; throws in_use, naming the schedules, while schedules use them. */
  const remove = (workspace: string, id: string): boolean =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return false;
      refuseWhileScheduled(db, "business_hours_seq", row.seq, "business hours are");
      db.query("DELETE FROM business_hours WHERE seq = ?").run(row.seq);
      return true;
    });

  const list = (workspace: string, page: PageRequest): Page<BusinessHours> => {
    const query = { columns: "*", from: "business_hours", where: ofWorkspace(workspace) };
    const { rows, total } = newestPage<Row>(db, query, page);
    return { data: rows.map(toBusinessHours), total };
  };

  return { get, create, replace, remove, list };
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
