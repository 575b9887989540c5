// Deliveries of finished reports and of tests: queueing each with its job, and what became of it.
import type { Channel, Delivery, DeliveryState } from "../model/delivery.ts";
import { NinesError } from "../model/errors.ts";
import { formatInstant } from "../model/formats.ts";
import { bound, inTransaction, type StoreContext } from "./database/context.ts";
import {
  groupWithId,
  type ReportOfSchedule,
  type Target,
  targetsInSnapshot,
  targetsNow,
  targetsOf,
} from "./deliveryTargets.ts";
import { enqueueJob } from "./jobs.ts";
import { deliveryKey, type MessagesByHand, refuseWithinMinuteOfSending } from "./messagesByHand.ts";
import { refuseWhileDeliveriesWait } from "./waitingDeliveries.ts";

const MINUTE_MS = 60_000;

type Row = {
  seq: number;
  id: string;
  workspace: string;
  channel: Channel;
  target: string;
  secret: string | null;
  state: DeliveryState;
  attempts: number;
  round: number;
  error: string | null;
  created_at_ms: number;
  sent_at_ms: number | null;
};
type ReportRow = ReportOfSchedule & { seq: number };

/** What the sender works from. */
export type DeliveryOrder = Target & {
  id: string;
  /** Which sending this is, from 1: a repeat after a crash has the same number, a new request another. */
  round: number;
  about:
    | { kind: "report"; workspace: string; reportId: string }
    | { kind: "test"; groupId: string; groupName: string };
};

type OnDemand = StoreContext & { byHand: MessagesByHand };

/** Queues deliveries and keeps their state; what a request asks for is taken from `byHand`. */
export const deliveryStore = (store: StoreContext, byHand: MessagesByHand) =>
  bound({ ...store, byHand } as OnDemand, {
    enqueueReport: enqueueReportDeliveries,
    enqueueTest: enqueueTestDeliveries,
    resend: resendReport,
    begin: beginDelivery,
    takeBack: takeBackDelivery,
    markSent: markDeliverySent,
    markFailed: markDeliveryFailed,
    noteError: noteDeliveryError,
  });

/** Deliveries by the keys of their reports, in one query. Served by deliveries_once. */
export function deliveriesOfReports(
  { db }: Pick<StoreContext, "db">,
  reportSeqs: readonly number[],
): Map<number, Delivery[]> {
  const rows = db
    .query<Row & { report_seq: number }, [string]>(
      "SELECT * FROM deliveries WHERE report_seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
    )
    .all(JSON.stringify(reportSeqs));
  const found = new Map(reportSeqs.map((seq) => [seq, [] as Delivery[]]));
  for (const row of rows) found.get(row.report_seq)?.push(toDelivery(row));
  return found;
}

/** The deliveries of a group's newest test, by the group's key. Served by deliveries_test. */
export function deliveriesOfTest({ db }: Pick<StoreContext, "db">, groupSeq: number): Delivery[] {
  return db
    .query<Row, [number]>("SELECT * FROM deliveries WHERE group_seq = ? ORDER BY seq")
    .all(groupSeq)
    .map(toDelivery);
}

/**
 * Queues a finished report for everybody its schedule names: the group as it is now, and the recipients.
 * Must run in the transaction that completes the report. Gives how many.
 */
function enqueueReportDeliveries(context: StoreContext, workspace: string, reportId: string): number {
  const report = reportWithId(context, workspace, reportId);
  if (!report) return 0;
  const targets = targetsInSnapshot(context, workspace, report);
  return queue(context, workspace, { reportSeq: report.seq, groupSeq: null }, targets).length;
}

/**
 * Queues a test for every target of a group, and forgets the test before; null for an unknown group. Throws
 * too_many_tests within a minute of that one, too_many_queued_deliveries and too_many_messages. `admit` is called before
 * anything is queued, and may throw too.
 */
function enqueueTestDeliveries(
  context: OnDemand,
  workspace: string,
  groupId: string,
  admit: () => void = () => {},
): Delivery[] | null {
  const { db } = context;
  return inTransaction(db, () => {
    const group = groupWithId(context, workspace, groupId);
    if (!group) return null;
    refuseWithinMinuteOfTest(context, group.seq);
    refuseWhileDeliveriesWait(context, workspace);
    admit();
    const targets = targetsOf(group, []);
    context.byHand(workspace, targets.length);
    db.query("DELETE FROM deliveries WHERE group_seq = ?").run(group.seq);
    return queue(context, workspace, { reportSeq: null, groupSeq: group.seq }, targets).map(toDelivery);
  });
}

/** Served by deliveries_test. A test of before the clock was set back holds up none. */
function refuseWithinMinuteOfTest({ db, now }: StoreContext, groupSeq: number): void {
  const { at } = db
    .query<{ at: number | null }, [number]>(
      "SELECT max(created_at_ms) AS at FROM deliveries WHERE group_seq = ?",
    )
    .get(groupSeq) as { at: number | null };
  const sinceMs = at === null ? MINUTE_MS : now() - at;
  if (sinceMs >= MINUTE_MS || sinceMs < 0) return;
  throw tooManyTests("The group was tested within the last minute", Math.ceil((MINUTE_MS - sinceMs) / 1000));
}

/** The refusal of a test, with the seconds after which there may be one. */
export function tooManyTests(why: string, waitS: number): NinesError {
  return new NinesError("too_many_tests", {
    message: `${why}; try again in ${waitS} s.`,
    headers: { "Retry-After": String(waitS) },
  });
}

/**
 * Sends a report again: the given deliveries; or, without ids, those that failed, and first ones for targets
 * that the schedule has gained since. What waits already is left alone. Gives those that now wait; null for
 * an unknown report. Throws reference_not_found for an id that is no delivery of it, too_many_queued_deliveries, and
 * too_many_messages when one of them left within the last minute, or the workspace asked for too many.
 */
function resendReport(
  context: OnDemand,
  workspace: string,
  reportId: string,
  ids: readonly string[] | undefined,
): Delivery[] | null {
  return inTransaction(context.db, () => {
    const report = reportWithId(context, workspace, reportId);
    if (!report) return null;
    const rows = context.db
      .query<Row, [number]>("SELECT * FROM deliveries WHERE report_seq = ? ORDER BY seq")
      .all(report.seq);
    refuseForeignDeliveries(rows, ids ?? []);
    refuseWhileDeliveriesWait(context, workspace);
    const targets = targetsNow(context, workspace, report);
    const meant = rows.filter(({ id, state }) =>
      ids ? ids.includes(id) && state !== "queued" : state === "failed",
    );
    refuseWithinMinuteOfSending(context, meant);
    const gained = ids ? [] : targets.filter((target) => !rows.some((row) => isTo(row, target)));
    context.byHand(workspace, meant.length + gained.length);
    for (const row of meant) requeue(context, row, targets);
    if (!ids) queue(context, workspace, { reportSeq: report.seq, groupSeq: null }, targets);
    return (deliveriesOfReports(context, [report.seq]).get(report.seq) ?? []).filter(
      ({ id, state }) => state === "queued" && (ids?.includes(id) ?? true),
    );
  });
}

function isTo(row: Row, { channel, target }: Target): boolean {
  return row.channel === channel && row.target === target;
}

function refuseForeignDeliveries(rows: readonly Row[], ids: readonly string[]): void {
  ids.forEach((id, index) => {
    if (rows.some((row) => row.id === id)) return;
    const param = `delivery_ids[${index}]`;
    const message = `'${param}' names no delivery of this report: '${id}'.`;
    throw new NinesError("reference_not_found", { param, message });
  });
}

/** Counts an attempt and gives what to send; null when the delivery is gone or over. */
function beginDelivery({ db }: StoreContext, id: string): DeliveryOrder | null {
  const row = db
    .query<Row & { report_seq: number | null; group_seq: number | null }, [string]>(
      "UPDATE deliveries SET attempts = attempts + 1 WHERE id = ? AND state = 'queued' RETURNING *",
    )
    .get(id);
  if (!row) return null;
  const { channel, target, secret, round, workspace } = row;
  const order = { id, round, channel, target, secret };
  if (row.report_seq !== null) {
    const report = db
      .query<{ id: string }, [number]>("SELECT id FROM reports WHERE seq = ?")
      .get(row.report_seq) as { id: string };
    return { ...order, about: { kind: "report", workspace, reportId: report.id } };
  }
  const group = db
    .query<{ id: string; name: string }, [number | null]>(
      "SELECT id, name FROM notification_groups WHERE seq = ?",
    )
    .get(row.group_seq) as { id: string; name: string };
  return { ...order, about: { kind: "test", groupId: group.id, groupName: group.name } };
}

/** Takes back an attempt that was counted, because it was none. */
function takeBackDelivery({ db }: StoreContext, id: string): void {
  db.query(
    "UPDATE deliveries SET attempts = attempts - 1 WHERE id = ? AND state = 'queued' AND attempts > 0",
  ).run(id);
}

function markDeliverySent({ db, now }: StoreContext, id: string): void {
  db.query(
    "UPDATE deliveries SET state = 'sent', error = NULL, sent_at_ms = ? WHERE id = ? AND state = 'queued'",
  ).run(now(), id);
}

function markDeliveryFailed({ db }: StoreContext, id: string, reason: string): void {
  db.query("UPDATE deliveries SET state = 'failed', error = ? WHERE id = ? AND state = 'queued'").run(
    reason,
    id,
  );
}

/** Notes why an attempt went wrong that is going to be repeated. */
function noteDeliveryError({ db }: StoreContext, id: string, reason: string): void {
  db.query("UPDATE deliveries SET error = ? WHERE id = ? AND state = 'queued'").run(reason, id);
}

/** Stores deliveries with their jobs, but for targets that have one; must run in a transaction. */
function queue(
  context: StoreContext,
  workspace: string,
  of: { reportSeq: number | null; groupSeq: number | null },
  targets: readonly Target[],
): Row[] {
  const { db, now, newId } = context;
  const insert = db.query<Row, (string | number | null)[]>(
    `INSERT INTO deliveries (id, workspace, report_seq, group_seq, channel, target, secret, state, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?) ON CONFLICT DO NOTHING RETURNING *`,
  );
  return targets.flatMap(({ channel, target, secret }) => {
    const id = newId("delivery");
    const row = insert.get(id, workspace, of.reportSeq, of.groupSeq, channel, target, secret, now());
    if (!row) return [];
    enqueueDeliveryJob(context, workspace, { id, round: 1 });
    return [row];
  });
}

/** Queues a delivery that ended once more, with the secret that its webhook has now. */
function requeue(context: StoreContext, row: Row, targets: readonly Target[]): void {
  const current = targets.find((target) => isTo(row, target));
  context.db
    .query(
      "UPDATE deliveries SET state = 'queued', round = round + 1, error = NULL, sent_at_ms = NULL, secret = ? WHERE seq = ?",
    )
    .run(current?.secret ?? row.secret, row.seq);
  enqueueDeliveryJob(context, row.workspace, { id: row.id, round: row.round + 1 });
}

function enqueueDeliveryJob(
  context: StoreContext,
  workspace: string,
  { id, round }: { id: string; round: number },
): void {
  const dedupeKey = deliveryKey(id, round);
  enqueueJob(context, { kind: "delivery", workspace, payload: { delivery_id: id }, dedupeKey });
}

function reportWithId({ db }: StoreContext, workspace: string, id: string): ReportRow | null {
  return db
    .query<ReportRow, [string, string]>(
      "SELECT seq, schedule_id, snapshot FROM reports WHERE id = ? AND workspace = ?",
    )
    .get(id, workspace);
}

function toDelivery(row: Row): Delivery {
  return {
    id: row.id,
    channel: row.channel,
    target: row.target,
    state: row.state,
    attempts: row.attempts,
    error: row.error,
    created_at: formatInstant(row.created_at_ms),
    sent_at: row.sent_at_ms === null ? null : formatInstant(row.sent_at_ms),
  };
}
