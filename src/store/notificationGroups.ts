// Notification groups, with the secrets that sign their webhooks' messages.
import { formatInstant } from "../model/formats.ts";
import type { NotificationGroup } from "../model/notificationGroup.ts";
import {
  bound,
  inTransaction,
  newestPage,
  ofWorkspace,
  type Page,
  type PageRequest,
  type StoreContext,
} from "./database/context.ts";
import { deliveriesOfTest } from "./deliveries.ts";
import { refuseWhileScheduled } from "./scheduleUsers.ts";

type Row = {
  seq: number;
  id: string;
  name: string;
  emails: string;
  webhooks: string;
  created_at_ms: number;
  updated_at_ms: number;
};

/** A webhook as it is stored: the API never tells the secret of one that is there. */
export type SignedWebhook = { url: string; secret: string };
export type GroupSettings = { name: string; emails: string[]; webhooks: SignedWebhook[] };

/** Reads and changes notification groups of a workspace. Unknown ids give null. */
export const notificationGroupStore = (context: StoreContext) =>
  bound(context, {
    get: getGroup,
    create: createGroup,
    replace: replaceGroup,
    remove: removeGroup,
    list: listGroups,
  });

function getGroup(context: StoreContext, workspace: string, id: string): NotificationGroup | null {
  const row = rowOf(context, workspace, id);
  return row && toGroup(context, row);
}

function rowOf({ db }: StoreContext, workspace: string, id: string): Row | null {
  return db
    .query<Row, [string, string]>("SELECT * FROM notification_groups WHERE id = ? AND workspace = ?")
    .get(id, workspace);
}

function toGroup({ db }: StoreContext, row: Row): NotificationGroup {
  return {
    id: row.id,
    name: row.name,
    emails: JSON.parse(row.emails) as string[],
    webhooks: webhooksOf(row).map(({ url }) => ({ url, secret: null })),
    last_test: deliveriesOfTest({ db }, row.seq),
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  };
}

function webhooksOf(row: Row): SignedWebhook[] {
  return JSON.parse(row.webhooks) as SignedWebhook[];
}

function createGroup(
  context: StoreContext,
  workspace: string,
  { name, emails, webhooks }: GroupSettings,
): NotificationGroup {
  const id = context.newId("notificationGroup");
  const at = context.now();
  context.db
    .query(
      `INSERT INTO notification_groups (id, workspace, name, emails, webhooks, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, workspace, name, JSON.stringify(emails), JSON.stringify(webhooks), at, at);
  return getGroup(context, workspace, id) as NotificationGroup;
}

/** Replaces a group by a function of the webhooks it has, in one transaction. */
function replaceGroup(
  context: StoreContext,
  workspace: string,
  id: string,
  change: (known: SignedWebhook[]) => GroupSettings,
): NotificationGroup | null {
  return inTransaction(context.db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return null;
    const { name, emails, webhooks } = change(webhooksOf(row));
    // Nothing else in the answer shows that a secret was changed: so no two changes share a time.
    const at = Math.max(context.now(), row.updated_at_ms + 1);
    context.db
      .query(
        "UPDATE notification_groups SET name = ?, emails = ?, webhooks = ?, updated_at_ms = ? WHERE seq = ?",
      )
      .run(name, JSON.stringify(emails), JSON.stringify(webhooks), at, row.seq);
    return getGroup(context, workspace, id);
  });
}

/** Deletes a group; throws in_use, naming the schedules, while schedules use it. */
function removeGroup(context: StoreContext, workspace: string, id: string): boolean {
  const { db } = context;
  return inTransaction(db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return false;
    refuseWhileScheduled(db, "notification_group_seq", row.seq, "notification group is");
    db.query("DELETE FROM notification_groups WHERE seq = ?").run(row.seq);
    return true;
  });
}

/** Newest first. Served by notification_groups_newest. */
function listGroups(context: StoreContext, workspace: string, page: PageRequest): Page<NotificationGroup> {
  const query = { columns: "*", from: "notification_groups", where: ofWorkspace(workspace) };
  const { rows, total } = newestPage<Row>(context.db, query, page);
  return { data: rows.map((row) => toGroup(context, row)), total };
}
