// The reports that came before one: what its document says of them.
import type { Trigger } from "../model/report.ts";
import type { StoreContext } from "./database/context.ts";

export type EarlierReport = {
  report_id: string;
  from_date: string;
  to_date: string;
  uptime_percentage: number | null;
  site_count: number;
  breached_count: number;
};

export type HistoryRequest = {
  workspace: string;
  scheduleId: string;
  trigger: Trigger;
  /** The report they came before; null for all that there are. */
  reportId: string | null;
  most: number;
};

export const HISTORY_SQL = `
  SELECT id AS report_id, from_date, to_date, uptime_percentage, site_count, breached_count
  FROM reports INDEXED BY reports_schedule
  WHERE schedule_id = ?1 AND workspace = ?2 AND trigger = ?3 AND status = 'completed' AND voided_at_ms IS NULL
    AND (?4 IS NULL OR (created_at_ms, id) < (SELECT created_at_ms, id FROM reports WHERE id = ?4))
  ORDER BY created_at_ms DESC, id DESC LIMIT ?5`;

/** The last completed reports of a schedule with the same trigger, oldest first. Served by reports_schedule. */
export function earlierReports({ db }: Pick<StoreContext, "db">, request: HistoryRequest): EarlierReport[] {
  const { workspace, scheduleId, trigger, reportId, most } = request;
  return db
    .query<EarlierReport, (string | number | null)[]>(HISTORY_SQL)
    .all(scheduleId, workspace, trigger, reportId, most)
    .reverse();
}
