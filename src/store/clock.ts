// What a wrong clock did to the store: reports of days that had not been are marked, their periods forgotten, and
// a jump that is not believed yet is written down, for the next start and for `nines clock`.
import type { Trigger } from "../model/report.ts";
import { type Hold, isOfTheFuture, type KnownBefore } from "../sla/clock.ts";
import { bound, inTransaction, type StoreContext } from "./database/context.ts";

type ReportRow = {
  id: string;
  timezone: string;
  from_date: string;
  to_date: string;
  trigger: Trigger;
  created_at_ms: number;
};
type HoldRow = { since_ms: number; jump_ms: number; expected_ms: number; accepted: number };

/** Why a report that was marked before it was made was given up, and its messages not sent. */
export const VOIDED = "the clock was ahead when this report was asked for: its period was not over";

export const clockStore = (context: StoreContext) =>
  bound(context, {
    knownBefore,
    storedHold,
    hold: storeHold,
    release: releaseHold,
    accept: acceptClock,
    voidForNow,
    settle: settleVoided,
    standingOfDelivery,
  });

/** What a new run must know to judge its clock; null while there are no reports, and no jump is written down. */
function knownBefore(context: StoreContext): KnownBefore | null {
  const held = storedHold(context);
  if (held) return { expectedMs: held.expected_ms, wasHeld: true };
  const times = laterReports(context).map(({ created_at_ms }) => created_at_ms);
  return times.length === 0 ? null : { expectedMs: Math.max(...times), wasHeld: false };
}

/** The jump that the server does not believe; null when there is none. */
function storedHold({ db }: StoreContext): HoldRow | null {
  return db
    .query<HoldRow, []>("SELECT since_ms, jump_ms, expected_ms, accepted FROM clock_hold WHERE one = 1")
    .get();
}

/** Writes a jump down, instead of an earlier one. */
function storeHold({ db }: StoreContext, { sinceMs, jumpMs }: Hold, expectedMs: number): void {
  db.query(
    `INSERT INTO clock_hold (one, since_ms, jump_ms, expected_ms) VALUES (1, ?, ?, ?)
     ON CONFLICT (one) DO UPDATE SET since_ms = excluded.since_ms, jump_ms = excluded.jump_ms,
                                     expected_ms = excluded.expected_ms`,
  ).run(sinceMs, jumpMs, Math.round(expectedMs));
}

function releaseHold({ db }: StoreContext): void {
  db.query("DELETE FROM clock_hold").run();
}

/** Says that the clock is right; false when no jump is written down. The server looks at it within seconds. */
function acceptClock({ db }: StoreContext): boolean {
  return db.query("UPDATE clock_hold SET accepted = 1 WHERE one = 1").run().changes > 0;
}

/** Hides the reports of the future as long as the clock is not believed; gives how many. */
function voidForNow(context: StoreContext): number {
  return inTransaction(context.db, () => {
    restore(context);
    return markFuture(context, false).length;
  });
}

/**
 * Settles which reports are of the future, now that the clock is believed: they stay hidden, what was not made yet
 * is given up, and their periods are made when their day comes. Gives how many.
 */
function settleVoided(context: StoreContext): { voided: number; forgotten: number } {
  const { db, now } = context;
  return inTransaction(db, () => {
    restore(context);
    const ids = JSON.stringify(markFuture(context, true));
    db.query(
      `UPDATE reports SET status = 'failed', error = ?
       WHERE id IN (SELECT value FROM json_each(?)) AND status IN ('queued', 'running')`,
    ).run(VOIDED, ids);
    const { changes } = db
      .query(
        "DELETE FROM produced_periods WHERE ends_at_ms > ? OR report_id IN (SELECT value FROM json_each(?))",
      )
      .run(now(), ids);
    return { voided: (JSON.parse(ids) as string[]).length, forgotten: changes };
  });
}

/** What is to become of a delivery: a report of the future is not sent, one that may be so waits. */
function standingOfDelivery(
  { db }: StoreContext,
  deliveryId: string,
  heldAtMs: number | null,
): "counts" | "waits" | "voided" {
  const row = db
    .query<ReportRow & { voided_at_ms: number | null; void_settled: number }, [string]>(
      `SELECT r.id, r.timezone, r.from_date, r.to_date, r.trigger, r.created_at_ms, r.voided_at_ms, r.void_settled
       FROM deliveries d JOIN reports r ON r.seq = d.report_seq WHERE d.id = ?`,
    )
    .get(deliveryId);
  if (!row) return "counts";
  if (row.voided_at_ms !== null) return row.void_settled === 1 ? "voided" : "waits";
  return heldAtMs !== null && isFuture(row, heldAtMs) ? "waits" : "counts";
}

/**
 * Reports that are not settled and were made later than now, or of periods that end later; none, as a rule. Found
 * along reports_schedule and produced_periods_end.
 */
function laterReports({ db, now }: StoreContext): ReportRow[] {
  return db.query<ReportRow, [number]>(LATER_SQL).all(now());
}

export const LATER_SQL = `
  SELECT id, timezone, from_date, to_date, trigger, created_at_ms FROM reports
  WHERE void_settled = 0 AND id IN (
    SELECT id FROM reports INDEXED BY reports_schedule WHERE created_at_ms > ?1
    UNION SELECT report_id FROM produced_periods WHERE ends_at_ms > ?1)`;

/** Marks those that are of the future; gives their ids. */
function markFuture(context: StoreContext, isSettled: boolean): string[] {
  const at = context.now();
  const mark = context.db.query(
    "UPDATE reports SET voided_at_ms = coalesce(voided_at_ms, ?), void_settled = ? WHERE id = ? AND void_settled = 0",
  );
  const ids = laterReports(context)
    .filter((row) => isFuture(row, at))
    .map(({ id }) => id);
  for (const id of ids) mark.run(at, Number(isSettled), id);
  return ids;
}

/** Reports that were hidden only as long as the clock was not believed count again. Served by reports_voided. */
function restore({ db }: StoreContext): void {
  db.query(
    "UPDATE reports SET voided_at_ms = NULL WHERE voided_at_ms IS NOT NULL AND void_settled = 0",
  ).run();
}

function isFuture(row: ReportRow, atMs: number): boolean {
  const { timezone, from_date: fromDate, to_date: toDate, created_at_ms: createdAtMs } = row;
  try {
    const isScheduled = row.trigger !== "on_demand";
    return isOfTheFuture({ timezone, fromDate, toDate, createdAtMs, isScheduled }, atMs);
  } catch (error) {
    // The zone is unknown by now: its days cannot be placed.
    if (error instanceof RangeError) return createdAtMs > atMs;
    throw error;
  }
}
