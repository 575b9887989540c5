// Runs: a report is asked for. The report and its job are stored together, once for each idempotency key.
import { NinesError } from "../model/errors.ts";
import type { Trigger } from "../model/report.ts";
import { windowOf } from "../sla/calendar.ts";
import { bound, inTransaction, type StoreContext } from "./database/context.ts";
import { targetsOfSettings } from "./deliveryTargets.ts";
import { enqueueJob } from "./jobs.ts";
import type { MessagesByHand } from "./messagesByHand.ts";
import type { Snapshot } from "./schedules.ts";
import { refuseWhileDeliveriesWait } from "./waitingDeliveries.ts";

/** A report to be made. */
export type Run = {
  workspace: string;
  scheduleId: string;
  snapshot: Snapshot;
  trigger: Trigger;
  fromDate: string;
  toDate: string;
};
export type RunRequest = Run & { idempotency: { key: string; request: string } | null };

/** A workspace may have this many reports waiting or running. */
export const MAX_WAITING_RUNS = 1000;
const IDEMPOTENCY_MS = 24 * 3_600_000;

type OnDemand = StoreContext & { byHand: MessagesByHand };

/** Queues runs; what those on demand send is taken from `byHand`. */
export const runStore = (context: StoreContext, byHand: MessagesByHand) =>
  bound({ ...context, byHand }, { enqueue: enqueueRun });

/**
 * Queues a report: the report and its job are stored in one transaction. Gives the report's id, that
 * of the first request when the idempotency key repeats. Throws too_many_queued_runs, too_many_queued_deliveries,
 * too_many_messages and idempotency_key_reused.
 */
function enqueueRun(context: OnDemand, run: RunRequest): string {
  return inTransaction(context.db, () => queueRun(context, run));
}

/**
 * Queues the report of a period that a schedule has reached; null when that period was produced before.
 * The limit of waiting runs does not hold here: a period is never lost. Must run in a transaction.
 */
export function enqueuePeriodOnce(context: StoreContext, run: Run): string | null {
  const { db } = context;
  const key = [run.scheduleId, run.trigger, run.fromDate];
  const known = db
    .query("SELECT 1 FROM produced_periods WHERE schedule_id = ? AND cadence = ? AND from_date = ?")
    .get(...key);
  if (known) return null;
  const id = storeRun(context, run);
  const { endMs } = windowOf(run.snapshot.settings.timezone, run.fromDate, run.toDate);
  db.query(
    "INSERT INTO produced_periods (schedule_id, cadence, from_date, report_id, ends_at_ms) VALUES (?, ?, ?, ?, ?)",
  ).run(...key, id, endMs);
  return id;
}

/** Must run in a transaction. */
function queueRun(context: OnDemand, run: RunRequest): string {
  const first = firstAnswer(context, run);
  if (first) return first;
  refuseWhileTooManyWait(context, run.workspace);
  if (namesSomebody(run.snapshot)) {
    refuseWhileDeliveriesWait(context, run.workspace);
    context.byHand(run.workspace, targetsOfSettings(context, run.workspace, run.snapshot.settings).length);
  }
  const id = storeRun(context, run);
  if (run.idempotency) rememberKey(context, run.workspace, { ...run.idempotency, reportId: id });
  return id;
}

/** Whether the finished report will be sent to anybody. */
function namesSomebody({ settings }: Snapshot): boolean {
  return Boolean(settings.notification_group) || (settings.recipients?.length ?? 0) > 0;
}

/** The report that the same key and request made within 24 hours; null when the key is new. */
function firstAnswer({ db, now }: StoreContext, run: RunRequest): string | null {
  if (!run.idempotency) return null;
  const known = db
    .query<{ request: string; report_id: string }, [string, string, number]>(
      `SELECT k.request, k.report_id FROM idempotency_keys k JOIN reports r ON r.id = k.report_id
       WHERE k.workspace = ? AND k.key = ? AND k.created_at_ms > ? AND r.voided_at_ms IS NULL`,
    )
    .get(run.workspace, run.idempotency.key, now() - IDEMPOTENCY_MS);
  if (!known) return null;
  if (known.request === run.idempotency.request) return known.report_id;
  throw new NinesError("idempotency_key_reused", {
    param: "Idempotency-Key",
    message: "This Idempotency-Key was used for another schedule or body within 24 hours; use a new key.",
  });
}

/** Served by reports_waiting. */
function refuseWhileTooManyWait({ db }: StoreContext, workspace: string): void {
  const { waiting } = db
    .query<{ waiting: number }, [string]>(
      "SELECT count(*) AS waiting FROM reports WHERE workspace = ? AND status IN ('queued', 'running')",
    )
    .get(workspace) as { waiting: number };
  if (waiting < MAX_WAITING_RUNS) return;
  throw new NinesError("too_many_queued_runs", {
    message: `The workspace has ${waiting} reports waiting, the most it may have; try again when some are done.`,
    headers: { "Retry-After": "30" },
  });
}

function rememberKey(
  { db, now }: StoreContext,
  workspace: string,
  { key, request, reportId }: { key: string; request: string; reportId: string },
): void {
  const at = now();
  db.query("DELETE FROM idempotency_keys WHERE created_at_ms <= ?").run(at - IDEMPOTENCY_MS);
  db.query(
    `INSERT INTO idempotency_keys (workspace, key, request, report_id, created_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (workspace, key) DO UPDATE SET request = excluded.request, report_id = excluded.report_id,
                                                created_at_ms = excluded.created_at_ms`,
  ).run(workspace, key, request, reportId, at);
}

/** Stores a report and its job; must run in a transaction. Gives the report's id. */
function storeRun(context: StoreContext, run: Run): string {
  const { db, now, newId } = context;
  const id = newId("report");
  const { settings } = run.snapshot;
  db.query(
    `INSERT INTO reports (id, workspace, schedule_id, schedule_name, snapshot, status, trigger, from_date, to_date,
                          timezone, sla_target, created_at_ms)
     VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)`,
  ).run(
    id,
    run.workspace,
    run.scheduleId,
    settings.name,
    JSON.stringify(run.snapshot),
    run.trigger,
    run.fromDate,
    run.toDate,
    settings.timezone,
    settings.sla_target,
    now(),
  );
  enqueueJob(context, {
    kind: "report",
    workspace: run.workspace,
    payload: { report_id: id },
    dedupeKey: null,
  });
  return id;
}
