// Schedules that run by themselves: which are due, producing their periods once, and when they run next.
import type { ScheduleSettings } from "../model/schedule.ts";
import { nextRuns, type PlannedRun } from "../sla/cadence.ts";
import { inTransaction, type StoreContext } from "./database/context.ts";
import type { RunStore } from "./runs.ts";
import { nextRunMs, type ScheduleStore } from "./schedules.ts";

/** Of a schedule that missed more runs, the last ones are produced. */
export const MAX_MISSED_RUNS = 31;

type DueRow = { id: string; workspace: string; next_run_at_ms: number; updated_at_ms: number };

export type SchedulingStore = ReturnType<typeof schedulingStore>;

/** What the scheduler does to the store. Each step is one transaction at one instant, so a crash leaves whole steps. */
export function schedulingStore({ db, now }: StoreContext, schedules: ScheduleStore, runs: RunStore) {
  const due = db.query<DueRow, [number, number]>(
    "SELECT id, workspace, next_run_at_ms, updated_at_ms FROM schedules WHERE next_run_at_ms <= ? ORDER BY next_run_at_ms, seq LIMIT ?",
  );
  const dueById = db.query<DueRow, [string, string, number]>(
    "SELECT id, workspace, next_run_at_ms, updated_at_ms FROM schedules WHERE id = ? AND workspace = ? AND next_run_at_ms <= ?",
  );
  const setNext = db.query("UPDATE schedules SET next_run_at_ms = ? WHERE id = ?");

  /** Schedules whose time has come, longest due first. Served by schedules_due. */
  const dueSchedules = (limit: number): DueRow[] => due.all(now(), limit);

  const produce = (workspace: string, id: string, at: number): string[] => {
    const row = dueById.get(id, workspace, at);
    const snapshot = row && schedules.snapshot(workspace, id);
    if (!row || !snapshot) return [];
    const made = runsUpTo(snapshot.settings, firstRunMs(row, at), at)
      .slice(-MAX_MISSED_RUNS)
      .flatMap(({ cadence: trigger, fromDate, toDate }) => {
        const period = { workspace, scheduleId: id, snapshot, trigger, fromDate, toDate };
        return runs.enqueuePeriod(period) ?? [];
      });
    setNext.run(nextRunMs(snapshot.settings, at), id);
    return made;
  };

  /**
   * Queues a report for every period that a due schedule has reached, oldest first, and sets its next run:
   * one transaction. A period that was produced before is passed over. Gives the ids of the new reports.
   */
  const produceDue = ({ workspace, id }: Pick<DueRow, "workspace" | "id">): string[] =>
    inTransaction(db, () => produce(workspace, id, now()));

  /** When the next schedule is due, epoch ms; null when none is. */
  const nextDueMs = (): number | null =>
    db
      .query<{ at: number | null }, []>(
        "SELECT min(next_run_at_ms) AS at FROM schedules WHERE next_run_at_ms IS NOT NULL",
      )
      .get()?.at ?? null;

  /**
   * Brings back next runs that lie later than they should: they were set while the clock was ahead. Sets
   * those that are missing: of schedules that a Nines without a scheduler stored. Gives how many. Due ones
   * are left alone, and those that cannot be known, because the zone is unknown by now.
   */
  const pullBackNextRuns = (): number =>
    inTransaction(db, () => {
      const at = now();
      const rows = db
        .query<{ id: string; workspace: string; next_run_at_ms: number | null }, [number]>(
          "SELECT id, workspace, next_run_at_ms FROM schedules WHERE next_run_at_ms > ? OR (next_run_at_ms IS NULL AND disabled = 0)",
        )
        .all(at);
      let changed = 0;
      for (const row of rows) {
        const snapshot = schedules.snapshot(row.workspace, row.id);
        const nextMs = snapshot && unlessZoneUnknown(() => nextRunMs(snapshot.settings, at));
        if (nextMs === null || nextMs >= (row.next_run_at_ms ?? Infinity)) continue;
        setNext.run(nextMs, row.id);
        changed++;
      }
      return changed;
    });

  /** Produces what was reached before a change. A schedule whose zone is unknown by now can still be mended. */
  const produceBeforeChange = (workspace: string, id: string, at: number) =>
    unlessZoneUnknown(() => inTransaction(db, () => produce(workspace, id, at)));

  /**
   * Changes a schedule. Periods that were reached before the change are produced first, with the settings
   * that were in force: an edit between 08:00 and the next look at the clock loses none.
   */
  const update: ScheduleStore["update"] = (workspace, id, change) =>
    inTransaction(db, () => {
      // One instant for both: between two readings of the clock a run could pass unseen.
      const at = now();
      produceBeforeChange(workspace, id, at);
      return schedules.update(workspace, id, change, at);
    });

  /** Deletes a schedule; its reports stay, and what it reached before is still produced. */
  const remove: ScheduleStore["remove"] = (workspace, id) =>
    inTransaction(db, () => {
      produceBeforeChange(workspace, id, now());
      return schedules.remove(workspace, id);
    });

  /** Throws what creating a schedule with these settings would throw; stores nothing. */
  const refuseUnlessCreatable = (workspace: string, settings: ScheduleSettings): void => {
    const undone = new Error("undone");
    try {
      inTransaction(db, () => {
        schedules.create(workspace, settings);
        throw undone;
      });
    } catch (error) {
      if (error !== undone) throw error;
    }
  };

  return { dueSchedules, produceDue, nextDueMs, pullBackNextRuns, update, remove, refuseUnlessCreatable };
}

/**
 * From when on runs are owed. After a clock was behind for a while, next runs lie before the last change of
 * the schedule: what it reached before that was settled then, and must not be made up for.
 */
function firstRunMs({ next_run_at_ms, updated_at_ms }: DueRow, atMs: number): number {
  return updated_at_ms <= atMs ? Math.max(next_run_at_ms, updated_at_ms + 1) : next_run_at_ms;
}

function unlessZoneUnknown<T>(body: () => T): T | null {
  try {
    return body();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
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
