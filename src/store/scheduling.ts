// Schedules that run by themselves: which are due, producing their periods once, and when they run next.
import { nextRuns, type PlannedRun } from "../sla/cadence.ts";
import { inTransaction, type StoreContext } from "./context.ts";
import type { RunStore } from "./runs.ts";
import { nextRunMs, type ScheduleStore } from "./schedules.ts";

/** Of a schedule that missed more runs, the last ones are produced. */
export const MAX_MISSED_RUNS = 31;

type DueRow = { id: string; workspace: string; next_run_at_ms: number };

export type SchedulingStore = ReturnType<typeof schedulingStore>;

/** What the scheduler does to the store. Each step is one transaction, so a crash leaves whole steps. */
export function schedulingStore({ db, now }: StoreContext, schedules: ScheduleStore, runs: RunStore) {
  const due = db.query<DueRow, [number, number]>(
    "SELECT id, workspace, next_run_at_ms FROM schedules WHERE next_run_at_ms <= ? ORDER BY next_run_at_ms, seq LIMIT ?",
  );
  const byId = db.query<DueRow, [string, string, number]>(
    "SELECT id, workspace, next_run_at_ms FROM schedules WHERE id = ? AND workspace = ? AND next_run_at_ms <= ?",
  );
  const setNext = db.query("UPDATE schedules SET next_run_at_ms = ? WHERE id = ?");

  /** Schedules whose time has come, longest due first. Served by schedules_due. */
  const dueSchedules = (limit: number): DueRow[] => due.all(now(), limit);

  /**
   * Queues a report for every period that a due schedule has reached, oldest first, and sets its next run:
   * one transaction. A period that was produced before is passed over. Gives the ids of the new reports.
   */
  const produceDue = (schedule: DueRow): string[] =>
    inTransaction(db, () => {
      const snapshot = schedules.snapshot(schedule.workspace, schedule.id);
      if (!snapshot) return [];
      const reached = runsUpTo(snapshot.settings, schedule.next_run_at_ms, now());
      const made = reached.slice(-MAX_MISSED_RUNS).flatMap(({ cadence, fromDate, toDate }) => {
        const period = {
          workspace: schedule.workspace,
          scheduleId: schedule.id,
          snapshot,
          trigger: cadence,
          fromDate,
          toDate,
        };
        return runs.enqueuePeriod(period) ?? [];
      });
      setNext.run(nextRunMs(snapshot.settings, now()), schedule.id);
      return made;
    });

  /** When the next schedule is due, epoch ms; null when none is. */
  const nextDueMs = (): number | null =>
    db
      .query<{ at: number | null }, []>(
        "SELECT min(next_run_at_ms) AS at FROM schedules WHERE next_run_at_ms IS NOT NULL",
      )
      .get()?.at ?? null;

  /**
   * Brings back next runs that lie later than they should: they were set while the clock was ahead. Gives
   * how many. Due ones are left alone.
   */
  const pullBackNextRuns = (): number =>
    inTransaction(db, () => {
      const at = now();
      const rows = db
        .query<DueRow, [number]>(
          "SELECT id, workspace, next_run_at_ms FROM schedules WHERE next_run_at_ms > ?",
        )
        .all(at);
      let changed = 0;
      for (const row of rows) {
        const snapshot = schedules.snapshot(row.workspace, row.id);
        const [next] = snapshot ? nextRuns(snapshot.settings, at, 1) : [];
        if (!next || next.atMs >= row.next_run_at_ms) continue;
        setNext.run(next.atMs, row.id);
        changed++;
      }
      return changed;
    });

  /**
   * Changes a schedule. Periods that were reached before the change are produced first, with the settings
   * that were in force: an edit between 08:00 and the next look at the clock loses none.
   */
  const update: ScheduleStore["update"] = (workspace, id, change) =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace, now());
      if (row) produceDue(row);
      return schedules.update(workspace, id, change);
    });

  return { dueSchedules, produceDue, nextDueMs, pullBackNextRuns, update };
}

/** All runs from `firstMs` to `lastMs`, both included. */
function runsUpTo(settings: Parameters<typeof nextRuns>[0], firstMs: number, lastMs: number): PlannedRun[] {
  const reached: PlannedRun[] = [];
  for (let afterMs = firstMs - 1; ; ) {
    const batch = nextRuns(settings, afterMs, MAX_MISSED_RUNS);
    const inTime = batch.filter(({ atMs }) => atMs <= lastMs);
    reached.push(...inTime);
    const last = batch.at(-1);
    if (!last || inTime.length < batch.length) return reached;
    // Runs of several cadences can share an instant: those of the last one may not all be in the batch.
    const sameInstant = reached.filter(({ atMs }) => atMs === last.atMs).length;
    reached.splice(reached.length - sameInstant);
    afterMs = last.atMs - 1;
  }
}
