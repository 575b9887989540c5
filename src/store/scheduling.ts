// Schedules that run by themselves: which are due, producing their periods once, and when they run next.
import type { Schedule, ScheduleSettings } from "../model/schedule.ts";
import { nextRuns, type PlannedRun } from "../sla/cadence.ts";
import { bound, inTransaction, type StoreContext } from "./database/context.ts";
import { enqueuePeriodOnce } from "./runs.ts";
import { referencesOf } from "./scheduleReferences.ts";
import { nextRunMs, removeSchedule, scheduleSnapshot, updateSchedule } from "./schedules.ts";

/** Of a schedule that missed more runs, the last ones are produced. */
export const MAX_MISSED_RUNS = 31;

type AheadRow = {
  seq: number;
  id: string;
  workspace: string;
  next_run_at_ms: number | null;
  updated_at_ms: number;
};
type DueRow = { id: string; workspace: string; next_run_at_ms: number; updated_at_ms: number };

/** What the scheduler does to the store. Each step is one transaction at one instant, so a crash leaves whole steps. */
export const schedulingStore = (context: StoreContext) =>
  bound(context, {
    dueSchedules,
    produceDue: produceDueSchedule,
    nextDueMs: nextScheduleDueMs,
    pullBackNextRuns,
    update: updateAfterProducing,
    remove: removeAfterProducing,
    refuseUnlessCreatable,
  });

/** Schedules whose time has come, longest due first. Served by schedules_due. */
function dueSchedules({ db, now }: StoreContext, limit: number): DueRow[] {
  return db
    .query<DueRow, [number, number]>(
      "SELECT id, workspace, next_run_at_ms, updated_at_ms FROM schedules WHERE next_run_at_ms <= ? ORDER BY next_run_at_ms, seq LIMIT ?",
    )
    .all(now(), limit);
}

/**
 * Queues a report for every period that a due schedule has reached, oldest first, and sets its next run:
 * one transaction. A period that was produced before is passed over. Gives the ids of the new reports.
 */
function produceDueSchedule(
  context: StoreContext,
  { workspace, id }: Pick<DueRow, "workspace" | "id">,
): string[] {
  return inTransaction(context.db, () => produce(context, workspace, id, context.now()));
}

/** When the next schedule is due, epoch ms; null when none is. */
function nextScheduleDueMs({ db }: StoreContext): number | null {
  const next = db
    .query<{ at: number | null }, []>(
      "SELECT min(next_run_at_ms) AS at FROM schedules WHERE next_run_at_ms IS NOT NULL",
    )
    .get();
  return next?.at ?? null;
}

/**
 * Brings back next runs that lie later than they should: they were set while the clock was ahead. Such a schedule
 * goes on after the last period that it produced and that still counts. Sets those that are missing: of schedules
 * that a Nines without a scheduler stored. Due ones are left alone, and those that cannot be known, because the zone is
 * unknown by now. Looks at up to `limit` schedules behind the key `after`, from 0; gives how many it changed, and the
 * key to go on behind, null at the end.
 */
function pullBackNextRuns(
  context: StoreContext,
  after: number,
  limit: number,
): { changed: number; after: number | null } {
  const { db, now } = context;
  return inTransaction(db, () => {
    const at = now();
    const rows = db
      .query<AheadRow, [number, number, number]>(
        `SELECT seq, id, workspace, next_run_at_ms, updated_at_ms FROM schedules
         WHERE seq > ? AND (next_run_at_ms > ? OR (next_run_at_ms IS NULL AND disabled = 0))
         ORDER BY seq LIMIT ?`,
      )
      .all(after, at, limit);
    let changed = 0;
    for (const row of rows) {
      const snapshot = scheduleSnapshot(context, row.workspace, row.id);
      const nextMs = snapshot && unlessZoneUnknown(() => nextRunMs(snapshot.settings, at));
      if (nextMs === null || nextMs >= (row.next_run_at_ms ?? Infinity)) continue;
      setNextRun(context, row.id, snapshot && nextRunMs(snapshot.settings, lastSettledMs(context, row, at)));
      changed++;
    }
    return { changed, after: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
  });
}

/**
 * Changes a schedule by a function of its settings; null for an unknown id. Periods that were reached before the
 * change are produced first, with the settings that were in force: an edit between 08:00 and the next look at the
 * clock loses none. Throws reference_not_found.
 */
function updateAfterProducing(
  context: StoreContext,
  workspace: string,
  id: string,
  change: (settings: ScheduleSettings) => ScheduleSettings,
): Schedule | null {
  return inTransaction(context.db, () => {
    // One instant for both: between two readings of the clock a run could pass unseen.
    const at = (context.steadyNow ?? context.now)();
    produceBeforeChange(context, workspace, id, at);
    return updateSchedule(context, workspace, id, { change, at });
  });
}

/** Deletes a schedule; its reports stay, and what it reached before is still produced. */
function removeAfterProducing(context: StoreContext, workspace: string, id: string): boolean {
  return inTransaction(context.db, () => {
    produceBeforeChange(context, workspace, id, (context.steadyNow ?? context.now)());
    return removeSchedule(context, workspace, id);
  });
}

/** Throws what creating a schedule with these settings would throw; writes nothing. */
function refuseUnlessCreatable(context: StoreContext, workspace: string, settings: ScheduleSettings): void {
  referencesOf(context, workspace, settings);
  nextRunMs(settings, context.now());
}

/** Until when a schedule has made what it owes, though its next run was set while the clock was ahead. */
function lastSettledMs({ db }: StoreContext, { id, next_run_at_ms, updated_at_ms }: AheadRow, atMs: number) {
  // Nobody knows what was settled before a change that was made by the wrong clock.
  if (next_run_at_ms === null || updated_at_ms > atMs) return atMs;
  const { produced } = db
    .query<{ produced: number | null }, [string]>(
      "SELECT max(ends_at_ms) AS produced FROM produced_periods WHERE schedule_id = ?",
    )
    .get(id) as { produced: number | null };
  return produced === null ? atMs : Math.min(atMs, Math.max(updated_at_ms, produced));
}

/** Must run in a transaction. */
function produce(context: StoreContext, workspace: string, id: string, at: number): string[] {
  const row = context.db
    .query<DueRow, [string, string, number]>(
      "SELECT id, workspace, next_run_at_ms, updated_at_ms FROM schedules WHERE id = ? AND workspace = ? AND next_run_at_ms <= ?",
    )
    .get(id, workspace, at);
  const snapshot = row && scheduleSnapshot(context, workspace, id);
  if (!row || !snapshot) return [];
  const made = runsUpTo(snapshot.settings, firstRunMs(row, at), at)
    .slice(-MAX_MISSED_RUNS)
    .flatMap(({ cadence: trigger, fromDate, toDate }) => {
      const period = { workspace, scheduleId: id, snapshot, trigger, fromDate, toDate };
      return enqueuePeriodOnce(context, period) ?? [];
    });
  setNextRun(context, id, nextRunMs(snapshot.settings, at));
  return made;
}

/** Produces what was reached before a change. A schedule whose zone is unknown by now can still be mended. */
function produceBeforeChange(context: StoreContext, workspace: string, id: string, at: number): void {
  unlessZoneUnknown(() => inTransaction(context.db, () => produce(context, workspace, id, at)));
}

function setNextRun({ db }: StoreContext, id: string, atMs: number | null): void {
  db.query("UPDATE schedules SET next_run_at_ms = ? WHERE id = ?").run(atMs, id);
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
