// What one workspace calls, sets, fills up or lets expire does not reach another on the same server.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startQuietServer } from "../http/openapi/quietServer.ts";
import { sweepAtOnce } from "../jobs/atOnce.ts";
import { evenClock } from "../jobs/evenClock.ts";
import {
  type Answer,
  aSchedule,
  type Client,
  clientOf,
  startTestServer,
  type TestServer,
} from "../support/server.ts";
import { tokenOf } from "./quietToken.ts";
import { everythingOf, RANGE_QUERY, type Tenant, tenantOf } from "./tenant.ts";

let server: TestServer;
let theirs: Tenant;
let ours: Tenant;
beforeAll(async () => {
  server = await startTestServer();
  theirs = await tenantOf(await server.client("tenant-a"), "Quetzal");
  ours = await tenantOf(await server.client("tenant-b"), "Bluebird");
});
afterAll(() => server.stop());

const ndjson = "application/x-ndjson";
const importOne = async (client: Client, path: string, row: unknown) =>
  (await client.send("POST", path, `${JSON.stringify(row)}\n`, ndjson)).body;

/** Does it in our workspace; everything of theirs stays as it was. */
async function withoutEffectOnThem(act: () => Promise<void>) {
  const before = await everythingOf(theirs);
  await act();
  const after = await everythingOf(theirs);
  // Messages of theirs are tried again now and then, by the clock.
  for (const path of Object.keys(before).filter(
    (path) => !/notification|reports\/(rpt_\w+(\/events)?)?$/.test(path),
  ))
    expect(after[path]).toBe(before[path] as string);
}

describe("names that they have taken are free", () => {
  test("the external id of a fault: created, changed, imported and imported again", () =>
    withoutEffectOnThem(async () => {
      const { client, ids } = ours;
      const external_id = `${theirs.mark} fault`;
      const outage = { site_id: ids["site"], created_at: "2026-01-09T08:00:00Z" };
      const made = await client.post("/fault", { ...outage, external_id });
      expect(made.status).toBe(201);
      expect((await client.delete(`/fault/${made.body.id}`)).status).toBe(204);
      const other = (await client.post("/fault", { ...outage, external_id: "other" })).body;
      expect((await client.patch(`/fault/${other.id}`, { external_id })).status).toBe(200);
      expect((await client.delete(`/fault/${other.id}`)).status).toBe(204);
      const row = { site_id: ids["site"], started_at: outage.created_at, external_id };
      expect(await importOne(client, "/fault/import", row)).toMatchObject({ created: 1, updated: 0 });
      const ended = { ...row, resolved_at: "2026-01-09T09:00:00Z" };
      expect(await importOne(client, "/fault/import", ended)).toMatchObject({ created: 0, updated: 1 });
    }));

  test("the external id and the name of a site: created, imported and imported again", () =>
    withoutEffectOnThem(async () => {
      const { client } = ours;
      const name = `${theirs.mark} site`;
      const external_id = `${theirs.mark} external`;
      expect(await importOne(client, "/sites/import", { name, address: "1" })).toMatchObject({ created: 1 });
      expect(await importOne(client, "/sites/import", { name, address: "2" })).toMatchObject({ updated: 1 });
      expect(await importOne(client, "/sites/import", { name: "a", external_id })).toMatchObject({
        created: 1,
      });
      expect(await importOne(client, "/sites/import", { name: "b", external_id })).toMatchObject({
        updated: 1,
      });
      expect((await client.get(`/sites?name=${encodeURIComponent(name)}`)).body.data).toHaveLength(1);
    }));

  test("an idempotency key", async () => {
    const answers = [theirs, ours].map(({ client, ids }) =>
      client.post(
        `/reports/sla/schedules/${ids["sla"]}/run`,
        { from_date: "2026-01-01", to_date: "2026-01-02" },
        { "Idempotency-Key": "the-same-key" },
      ),
    );
    const [a, b] = await Promise.all(answers);
    expect([a?.status, b?.status]).toEqual([202, 202]);
    expect(a?.body.report_id).not.toBe(b?.body.report_id);
    expect((await ours.client.get(`/reports/sla/reports/${b?.body.report_id}`)).body.schedule_id).toBe(
      ours.ids["sla"],
    );
  });
});

test("workspaces whose names are alike have nothing in common", async () => {
  for (const name of ["Tenant-a", "TENANT-A", "tenant_a", "tenant-a.", "tenant-", "tenant-aa"]) {
    const client = await server.client(name);
    const lists = [
      "/sites",
      "/fault",
      "/reports/sla/schedules",
      "/reports/sla/reports",
      "/notification-groups",
    ];
    const answers: Answer[] = await Promise.all(lists.map((path) => client.get(path)));
    expect(answers.map(({ body }) => body.data)).toEqual(lists.map(() => []));
    expect((await client.get(`/sites/${theirs.ids["site"]}`)).status).toBe(404);
  }
});

describe("what is set for a whole workspace", () => {
  test("their maintenance of all sites changes none of our figures", async () => {
    const uptime = `/uptime?${RANGE_QUERY}`;
    const run = () => ours.client.run(ours.ids["sla"] ?? "", "2026-01-01", "2026-01-31");
    const before = (await ours.client.get(uptime)).text;
    const first = await run();
    const span = { starts_at: "2026-01-05T00:00:00Z", ends_at: "2026-01-06T00:00:00Z" };
    for (const rule of [null, "FREQ=DAILY"])
      expect(
        (await theirs.client.post("/maintenance-windows", { name: "all", ...span, rrule: rule })).status,
      ).toBe(201);
    expect((await theirs.client.get(uptime)).text).not.toBe(before);
    expect((await ours.client.get(uptime)).text).toBe(before);
    expect((await run()).uptime_percentage).toBe(first.uptime_percentage);
  });

  test("our cause patterns and settings are ours to replace and to reset", () =>
    withoutEffectOnThem(async () => {
      const { client } = ours;
      const settings = { retention_days: 9, retention_count: 8 };
      expect((await client.put("/settings", settings)).status).toBe(200);
      expect((await client.get("/settings")).body).toEqual(settings);
      expect((await client.put("/settings", { retention_days: null, retention_count: null })).status).toBe(
        200,
      );
      expect((await client.put("/cause-patterns", { data: [] })).status).toBe(200);
      expect((await client.delete("/cause-patterns")).status).toBe(204);
      expect((await theirs.client.get("/settings")).body.retention_days).toBe(null);
      expect((await theirs.client.get("/cause-patterns")).body.is_default).toBe(false);
    }));

  test("settings of theirs are not the default of ours", async () => {
    const settings = { retention_days: 7, retention_count: 6 };
    expect((await theirs.client.put("/settings", settings)).status).toBe(200);
    const newcomer = await server.client("tenant-c");
    expect((await newcomer.get("/settings")).body).toEqual({ retention_days: null, retention_count: null });
  });
});

describe("a workspace that is full, or whose reports expire", () => {
  const REPORTS = "/reports/sla/reports";

  test("leaves room and reports to others", async () => {
    const quiet = await startQuietServer();
    try {
      const a = clientOf(quiet.url, await tokenOf("tenant-a"));
      const b = clientOf(quiet.url, await tokenOf("tenant-b"));
      const scheduleOf = async (client: Client) =>
        (await client.post("/reports/sla/schedules", aSchedule())).body.id as string;
      const ids = { a: await scheduleOf(a), b: await scheduleOf(b) };
      const range = { from_date: "2026-01-01", to_date: "2026-01-31" };
      const run = (client: Client, id: string) => client.post(`/reports/sla/schedules/${id}/run`, range);
      for (let count = 0; count < 1000; count += 100)
        await Promise.all(Array.from({ length: 100 }, () => run(a, ids.a)));
      expect((await run(a, ids.a)).status).toBe(429);
      expect((await run(b, ids.b)).status).toBe(202);

      const { db } = quiet.store.context;
      db.run("UPDATE reports SET status = 'completed', created_at_ms = 1, completed_at_ms = 1");
      expect((await a.put("/settings", { retention_days: 1, retention_count: 1 })).status).toBe(200);
      expect(sweepAtOnce({ store: quiet.store, clock: evenClock(Date.now), discard: () => {} })).toBe(1000);
      const totals = [a, b].map(async (client) => (await client.get(REPORTS)).body.meta.total);
      expect(await Promise.all(totals)).toEqual([0, 1]);
    } finally {
      await quiet.stop();
    }
  });
});
