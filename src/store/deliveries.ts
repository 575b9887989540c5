// Deliveries of finished reports and of tests: queueing each with its job, and what became of it.
import type { Channel, Delivery, DeliveryState } from "../model/delivery.ts";
import { NinesError } from "../model/errors.ts";
import { formatInstant } from "../model/formats.ts";
import { inTransaction, type StoreContext } from "./database/context.ts";
import type { Database } from "./database/open.ts";
import type { JobStore } from "./jobs.ts";
import type { Snapshot } from "./schedules.ts";

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
type Target = { channel: Channel; target: string; secret: string | null };
type GroupRow = { seq: number; emails: string; webhooks: string };
type ReportRow = { seq: number; schedule_id: string; snapshot: string };

/** What the sender works from. */
export type DeliveryOrder = Target & {
  id: string;
  /** Which sending this is, from 1: a repeat after a crash has the same number, a new request another. */
  round: number;
  about:
    | { kind: "report"; workspace: string; reportId: string }
    | { kind: "test"; groupId: string; groupName: string };
};

export type DeliveryStore = ReturnType<typeof deliveryStore>;

/** Reads the deliveries of reports by the reports' keys, in one query. Served by deliveries_once. */
export function deliveryReader(db: Database): (reportSeqs: readonly number[]) => Map<number, Delivery[]> {
  const rows = db.query<Row & { report_seq: number }, [string]>(
    "SELECT * FROM deliveries WHERE report_seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
  );
  return (reportSeqs) => {
    const found = new Map(reportSeqs.map((seq) => [seq, [] as Delivery[]]));
    for (const row of rows.all(JSON.stringify(reportSeqs))) found.get(row.report_seq)?.push(toDelivery(row));
    return found;
  };
}

/** Reads the deliveries of a group's newest test by the group's key. Served by deliveries_test. */
export function testReader(db: Database): (groupSeq: number) => Delivery[] {
  const rows = db.query<Row, [number]>("SELECT * FROM deliveries WHERE group_seq = ? ORDER BY seq");
  return (groupSeq) => rows.all(groupSeq).map(toDelivery);
}

/** Queues deliveries and keeps their state. */
export function deliveryStore({ db, now, newId }: StoreContext, jobs: JobStore) {
  const insert = db.query<Row, (string | number | null)[]>(
    `INSERT INTO deliveries (id, workspace, report_seq, group_seq, channel, target, secret, state, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?) ON CONFLICT DO NOTHING RETURNING *`,
  );
  const deliveriesOf = deliveryReader(db);
  const groupById = db.query<GroupRow, [string, string]>(
    "SELECT seq, emails, webhooks FROM notification_groups WHERE id = ? AND workspace = ?",
  );
  const reportById = db.query<ReportRow, [string, string]>(
    "SELECT seq, schedule_id, snapshot FROM reports WHERE id = ? AND workspace = ?",
  );
  const targetsOf = (workspace: string, groupId: string | null, recipients: readonly string[]): Target[] => {
    const group = groupId === null ? null : groupById.get(groupId, workspace);
    const emails = group ? (JSON.parse(group.emails) as string[]) : [];
    const webhooks = group ? (JSON.parse(group.webhooks) as { url: string; secret: string }[]) : [];
    return [
      ...distinctAddresses([...emails, ...recipients]).map(emailTarget),
      ...webhooks.map(({ url, secret }): Target => ({ channel: "webhook", target: url, secret })),
    ];
  };

  const enqueueJob = (workspace: string, id: string, round: number): void => {
    const dedupeKey = `delivery:${id}:${round}`;
    jobs.enqueue({ kind: "delivery", workspace, payload: { delivery_id: id }, dedupeKey });
  };

  /** Stores deliveries with their jobs, but for targets that have one; must run in a transaction. */
  const queue = (
    workspace: string,
    of: { reportSeq: number | null; groupSeq: number | null },
    targets: readonly Target[],
  ): Row[] =>
    targets.flatMap(({ channel, target, secret }) => {
      const id = newId("delivery");
      const row = insert.get(id, workspace, of.reportSeq, of.groupSeq, channel, target, secret, now());
      if (!row) return [];
      enqueueJob(workspace, id, 1);
      return [row];
    });

  /**
   * Queues a finished report for everybody its schedule names: the group as it is now, and the recipients.
   * Must run in the transaction that completes the report. Gives how many.
   */
  const enqueueReport = (workspace: string, reportId: string): number => {
    const report = reportById.get(reportId, workspace);
    if (!report) return 0;
    const { settings } = JSON.parse(report.snapshot) as Partial<Snapshot>;
    const targets = targetsOf(workspace, settings?.notification_group ?? null, settings?.recipients ?? []);
    return queue(workspace, { reportSeq: report.seq, groupSeq: null }, targets).length;
  };

  /** Queues a test for every target of a group, and forgets the test before; null for an unknown group. */
  const enqueueTest = (workspace: string, groupId: string): Delivery[] | null =>
    inTransaction(db, () => {
      const group = groupById.get(groupId, workspace);
      if (!group) return null;
      db.query("DELETE FROM deliveries WHERE group_seq = ?").run(group.seq);
      const targets = targetsOf(workspace, groupId, []);
      return queue(workspace, { reportSeq: null, groupSeq: group.seq }, targets).map(toDelivery);
    });

  /** Queues a delivery that ended once more, with the secret that its webhook has now. */
  const requeue = (row: Row, targets: readonly Target[]): void => {
    const current = targets.find(({ channel, target }) => channel === row.channel && target === row.target);
    db.query(
      "UPDATE deliveries SET state = 'queued', round = round + 1, error = NULL, sent_at_ms = NULL, secret = ? WHERE seq = ?",
    ).run(current?.secret ?? row.secret, row.seq);
    enqueueJob(row.workspace, row.id, row.round + 1);
  };

  /**
   * Sends a report again: the given deliveries; or, without ids, those that failed, and first ones for targets
   * that the schedule has gained since. What waits already is left alone. Gives those that now wait; null for
   * an unknown report. Throws reference_not_found for an id that is no delivery of it.
   */
  const resend = (
    workspace: string,
    reportId: string,
    ids: readonly string[] | undefined,
  ): Delivery[] | null =>
    inTransaction(db, () => {
      const report = reportById.get(reportId, workspace);
      if (!report) return null;
      const rows = db
        .query<Row, [number]>("SELECT * FROM deliveries WHERE report_seq = ? ORDER BY seq")
        .all(report.seq);
      ids?.forEach((id, index) => {
        if (rows.some((row) => row.id === id)) return;
        const param = `delivery_ids[${index}]`;
        const message = `'${param}' names no delivery of this report: '${id}'.`;
        throw new NinesError("reference_not_found", { param, message });
      });
      const targets = currentTargets(workspace, report);
      for (const row of rows) {
        const isMeant = ids ? ids.includes(row.id) && row.state !== "queued" : row.state === "failed";
        if (isMeant) requeue(row, targets);
      }
      if (!ids) queue(workspace, { reportSeq: report.seq, groupSeq: null }, targets);
      return (deliveriesOf([report.seq]).get(report.seq) ?? []).filter(
        ({ id, state }) => state === "queued" && (ids?.includes(id) ?? true),
      );
    });

  /** Whom the schedule names now; whom it named when it was deleted since. */
  const currentTargets = (workspace: string, report: ReportRow): Target[] => {
    const schedule = db
      .query<{ settings: string; notification_group: string | null }, [string, string]>(
        `SELECT s.settings, g.id AS notification_group
         FROM schedules s LEFT JOIN notification_groups g ON g.seq = s.notification_group_seq
         WHERE s.id = ? AND s.workspace = ?`,
      )
      .get(report.schedule_id, workspace);
    if (schedule) {
      const { recipients = [] } = JSON.parse(schedule.settings) as { recipients?: string[] };
      return targetsOf(workspace, schedule.notification_group, recipients);
    }
    const { settings } = JSON.parse(report.snapshot) as Partial<Snapshot>;
    return targetsOf(workspace, settings?.notification_group ?? null, settings?.recipients ?? []);
  };

  /** Counts an attempt and gives what to send; null when the delivery is gone or over. */
  const begin = (id: string): DeliveryOrder | null => {
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
  };

  const markSent = (id: string): void => {
    db.query(
      "UPDATE deliveries SET state = 'sent', error = NULL, sent_at_ms = ? WHERE id = ? AND state = 'queued'",
    ).run(now(), id);
  };

  const markFailed = (id: string, reason: string): void => {
    db.query("UPDATE deliveries SET state = 'failed', error = ? WHERE id = ? AND state = 'queued'").run(
      reason,
      id,
    );
  };

  /** Notes why an attempt went wrong that is going to be repeated. */
  const noteError = (id: string, reason: string): void => {
    db.query("UPDATE deliveries SET error = ? WHERE id = ? AND state = 'queued'").run(reason, id);
  };

  return { enqueueReport, enqueueTest, resend, begin, markSent, markFailed, noteError };
}

const emailTarget = (target: string): Target => ({ channel: "email", target, secret: null });

/** Each address once, however it is written; the first spelling is kept. */
function distinctAddresses(addresses: readonly string[]): string[] {
  const byLowerCase = new Map<string, string>();
  for (const address of addresses) {
    const key = address.toLowerCase();
    if (!byLowerCase.has(key)) byLowerCase.set(key, address);
  }
  return [...byLowerCase.values()];
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
