// The part of the session that is about notification groups, and about sending a report again.

import { MAX_WAITING_RUNS } from "../../../src/store/runs.ts";
import type { Store } from "../../../src/store/store.ts";
import { MAX_WAITING_DELIVERIES } from "../../../src/store/waitingDeliveries.ts";
import { aRun } from "../../store/aStore.ts";
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

/** Completes a report that nobody makes, without its files. */
export function completeReport(store: Store, id: string): void {
  const file = { bytes: 1, sha256: "" };
  const artefacts = { pdf: file, json: file, csv: file };
  store.reports.complete(id, { uptimePercentage: 100, siteCount: 0, breachedCount: 0, artefacts });
}

/** As many runs as may wait. */
export function fillRuns({ context: { db }, runs }: Store): void {
  const { waiting } = db
    .query("SELECT count(*) AS waiting FROM reports WHERE workspace = 'acme' AND status = 'queued'")
    .get() as { waiting: number };
  db.transaction(() => {
    for (let count = waiting; count < MAX_WAITING_RUNS; count++) runs.enqueue(aRun());
  })();
}

/** As many messages as may wait. */
export function fillDeliveries(store: Store): void {
  const { db } = store.context;
  db.query(
    `INSERT INTO jobs (id, kind, workspace, payload, state, run_at_ms, created_at_ms)
     WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
     SELECT 'job_' || n, 'delivery', 'acme', '{}', 'queued', 0, 0 FROM n`,
  ).run(MAX_WAITING_DELIVERIES);
}

export const JANUARY = { from_date: "2026-01-01", to_date: "2026-01-31" };

/** Makes a schedule and asks it for a report of January: where it is asked for, and its id. */
export async function firstRun(client: Client, fields = {}): Promise<{ run: string; report: string }> {
  const settings = { name: "x", sla_target: 99, daily: true, ...fields };
  const { body } = await client.post("/reports/sla/schedules", settings);
  const run = `/reports/sla/schedules/${body.id}/run`;
  return { run, report: (await client.post(run, JANUARY)).body.report_id };
}
