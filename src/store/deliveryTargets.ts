// Whom a report or a test is sent to: the addresses and webhooks of a group, and the recipients of a schedule.
import type { Channel } from "../model/delivery.ts";
import type { ScheduleSettings } from "../model/schedule.ts";
import type { StoreContext } from "./database/context.ts";
import type { Snapshot } from "./schedules.ts";

export type Target = { channel: Channel; target: string; secret: string | null };
export type ReportOfSchedule = { schedule_id: string; snapshot: string };
type GroupRow = { seq: number; emails: string; webhooks: string };
type Named = { groupId: string | null; recipients: readonly string[] };

/** Whom the schedule of a report named when the report was asked for: the group as it is now, and the recipients. */
export function targetsInSnapshot(
  context: StoreContext,
  workspace: string,
  report: ReportOfSchedule,
): Target[] {
  return targetsOfNamed(context, workspace, namedInSnapshot(report));
}

/** Whom a schedule with these settings names now. */
export function targetsOfSettings(
  context: StoreContext,
  workspace: string,
  { notification_group, recipients }: Pick<ScheduleSettings, "notification_group" | "recipients">,
): Target[] {
  return targetsOfNamed(context, workspace, {
    groupId: notification_group ?? null,
    recipients: recipients ?? [],
  });
}

/** Whom the schedule of a report names now; whom it named, when it was deleted since. */
export function targetsNow(context: StoreContext, workspace: string, report: ReportOfSchedule): Target[] {
  const named = namedNow(context, workspace, report.schedule_id) ?? namedInSnapshot(report);
  return targetsOfNamed(context, workspace, named);
}

/** What is stored of a group; null for an unknown id. */
export function groupWithId({ db }: StoreContext, workspace: string, id: string): GroupRow | null {
  return db
    .query<GroupRow, [string, string]>(
      "SELECT seq, emails, webhooks FROM notification_groups WHERE id = ? AND workspace = ?",
    )
    .get(id, workspace);
}

/** The targets of a group, and these recipients: each address once. */
export function targetsOf(
  group: Pick<GroupRow, "emails" | "webhooks"> | null,
  recipients: readonly string[],
): Target[] {
  const emails = group ? (JSON.parse(group.emails) as string[]) : [];
  const webhooks = group ? (JSON.parse(group.webhooks) as { url: string; secret: string }[]) : [];
  return [
    ...distinctAddresses([...emails, ...recipients]).map(emailTarget),
    ...webhooks.map(({ url, secret }): Target => ({ channel: "webhook", target: url, secret })),
  ];
}

function targetsOfNamed(context: StoreContext, workspace: string, { groupId, recipients }: Named): Target[] {
  return targetsOf(groupId === null ? null : groupWithId(context, workspace, groupId), recipients);
}

function namedNow({ db }: StoreContext, workspace: string, scheduleId: string): Named | null {
  const schedule = db
    .query<{ settings: string; notification_group: string | null }, [string, string]>(
      `SELECT s.settings, g.id AS notification_group
       FROM schedules s LEFT JOIN notification_groups g ON g.seq = s.notification_group_seq
       WHERE s.id = ? AND s.workspace = ?`,
    )
    .get(scheduleId, workspace);
  if (!schedule) return null;
  const { recipients = [] } = JSON.parse(schedule.settings) as { recipients?: string[] };
  return { groupId: schedule.notification_group, recipients };
}

/** Snapshots of before there were notifications name nobody. */
function namedInSnapshot({ snapshot }: ReportOfSchedule): Named {
  const { settings } = JSON.parse(snapshot) as Partial<Snapshot>;
  return { groupId: settings?.notification_group ?? null, recipients: settings?.recipients ?? [] };
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
