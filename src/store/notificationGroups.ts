// Notification groups, with the secrets that sign their webhooks' messages.
import { formatInstant } from "../model/formats.ts";
import type { NotificationGroup } from "../model/notificationGroup.ts";
import {
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
export function notificationGroupStore({ db, now, newId }: StoreContext) {
  const byId = db.query<Row, [string, string]>(
    "SELECT * FROM notification_groups WHERE id = ? AND workspace = ?",
  );
  const toGroup = (row: Row): NotificationGroup => ({
    id: row.id,
    name: row.name,
    emails: JSON.parse(row.emails) as string[],
    webhooks: (JSON.parse(row.webhooks) as SignedWebhook[]).map(({ url }) => ({ url, secret: null })),
    last_test: deliveriesOfTest({ db }, row.seq),
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  });

  const get = (workspace: string, id: string): NotificationGroup | null => {
    const row = byId.get(id, workspace);
    return row && toGroup(row);
  };

  const create = (workspace: string, { name, emails, webhooks }: GroupSettings): NotificationGroup => {
    const id = newId("notificationGroup");
    const at = now();
    db.query(
      `INSERT INTO notification_groups (id, workspace, name, emails, webhooks, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ).run(id, workspace, name, JSON.stringify(emails), JSON.stringify(webhooks), at, at);
    return get(workspace, id) as NotificationGroup;
  };

  /** Replaces a group by a function of the webhooks it has, in one transaction. */
  const replace = (
    workspace: string,
    id: string,
    change: (known: SignedWebhook[]) => GroupSettings,
  ): NotificationGroup | null =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return null;
      const { name, emails, webhooks } = change(JSON.parse(row.webhooks) as SignedWebhook[]);
      db.query(
        "UPDATE notification_groups SET name = ?, emails = ?, webhooks = ?, updated_at_ms = ? WHERE seq = ?",
      ).run(name, JSON.stringify(emails), JSON.stringify(webhooks), now(), row.seq);
      return get(workspace, id);
    });

  /** Deletes a group; throws in_use, naming the schedules, while schedules use it. */
  const remove = (workspace: string, id: string): boolean =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return false;
      refuseWhileScheduled(db, "notification_group_seq", row.seq, "notification group is");
      db.query("DELETE FROM notification_groups WHERE seq = ?").run(row.seq);
      return true;
    });

  /** Newest first. Served by notification_groups_newest. */
  const list = (workspace: string, page: PageRequest): Page<NotificationGroup> => {
    const query = { columns: "*", from: "notification_groups", where: ofWorkspace(workspace) };
    const { rows, total } = newestPage<Row>(db, query, page);
    return { data: rows.map(toGroup), total };
  };

  return { get, create, replace, remove, list };
}
