// The part of the session that is about notification groups, and about sending a report again.
import { aSchedule, type Client } from "../../support/server.ts";
import { unknown } from "./session.ts";

const GROUPS = "/notification-groups";
const SCHEDULES = "/reports/sla/schedules";

/** Notification groups, their test, and a report that is sent to one and then again. No mail server is set. */
export async function deliveries(client: Client) {
  const fields = {
    name: "Operations",
    emails: ["ops@example.com"],
    webhooks: [{ url: "https://192.88.99.1" }],
  };
  await client.post(GROUPS, {});
  await client.post(GROUPS, { ...fields, emails: ["no address"] });
  await client.post(GROUPS, fields);
  const group = (await client.post(GROUPS, { ...fields, webhooks: [{ url: "https://hooks.invalid/nines" }] }))
    .body;
  const path = `${GROUPS}/${group.id}`;
  await client.get(`${GROUPS}?page=1&per_page=10`);
  await client.get(`${GROUPS}?page=0`);
  await client.post(`${path}/test`);
  await client.get(path);
  await client.put(path, {});
  await client.put(path, { ...group, name: "" });
  await client.put(path, { ...group, webhooks: [] });
  const schedule = (await client.post(SCHEDULES, aSchedule({ notification_group: group.id }))).body;
  await client.delete(path);
  const { id } = await client.run(schedule.id, "2026-01-01", "2026-01-31");
  const again = `/reports/sla/reports/${id}/deliveries`;
  await client.post(again);
  await client.post(again, { delivery_ids: ["x"] });
  await client.post(again, { delivery_ids: [unknown("dlv")] });
  await client.get(`/reports/sla/reports/${id}`);
  await client.delete(`${SCHEDULES}/${schedule.id}`);
  await client.delete(path);
}
