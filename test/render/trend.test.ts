// What a report says of other times: the period before is what its own report says, and the history is that of
// the same schedule and trigger.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ReportDocument } from "../../src/report/document.ts";
import { previousDates, trendOf } from "../../src/report/trend.ts";
import { verifyDocument } from "../../src/report/verify.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
let site: string;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  const fault = (fields: Record<string, unknown>) => client.post("/fault", fields);
  site = (await client.post("/sites", { name: "Zurich", tags: { Ring: "a" } })).body.id;
  const other = (await client.post("/sites", { name: "Bern", monitored_since: "2026-02-10T08:00:00Z" })).body
    .id;
  await fault({ site_id: site, created_at: "2026-01-20T00:00:00Z", resolved_at: "2026-02-02T05:00:00Z" });
  await fault({ site_id: site, created_at: "2026-02-20T09:00:00Z", resolved_at: "2026-02-20T09:00:00.250Z" });
  await fault({
    site_id: site,
    created_at: "2026-02-24T03:00:00Z",
    resolved_at: "2026-02-24T09:00:00Z",
    cause: "UPS failed",
  });
  await fault({ site_id: other, created_at: "2026-02-27T09:00:00Z", resolved_at: "2026-03-02T09:00:00Z" });
  await fault({ site_id: other, created_at: "2026-03-29T00:30:00Z", resolved_at: "2026-03-29T01:30:00Z" });
  const office = { monday: 0, tuesday: 0, wednesday: 0, thursday: 0, friday: 0 };
  const days = Object.fromEntries(
    Object.keys(office).map((day) => [day, [{ start: "08:00", end: "18:00" }]]),
  );
  hours = (await client.post("/business-hours", { name: "Office", timezone: "Europe/Zurich", days })).body.id;
  await client.post("/maintenance-windows", {
    name: "Every night",
    starts_at: "2026-01-05T01:00:00Z",
    ends_at: "2026-01-05T02:30:00Z",
    rrule: "FREQ=DAILY",
    timezone: "Europe/Zurich",
  });
});
afterAll(() => server.stop());
let hours: string;

const documentOf = async (id: string) =>
  (await client.get(`/reports/sla/reports/${id}/json`)).body as ReportDocument;
const schedule = async (fields: Record<string, unknown>) =>
  (await client.post("/reports/sla/schedules", aSchedule({ timezone: "Europe/Zurich", ...fields }))).body
    .id as string;

describe("the period before", () => {
  test.each([
    ["as it is", {}],
    ["without power outages", { ignore_power_outages: true }],
    ["with maintenance as up", { maintenance_counts_as: "up" }],
    ["in business hours", { calculate_sla_within_schedule_hours: true }],
  ])("is what its own report says: %s", async (_, fields) => {
    const id = await schedule({ ...fields, business_hours_id: hours });
    const march = await documentOf((await client.run(id, "2026-03-01", "2026-03-31")).id);
    expect(march.trend?.previous).toMatchObject({ from_date: "2026-01-29", to_date: "2026-02-28" });
    const before = await documentOf((await client.run(id, "2026-01-29", "2026-02-28")).id);
    expect(march.trend?.previous).toEqual({
      from_date: "2026-01-29",
      to_date: "2026-02-28",
      service_seconds: before.summary.service_seconds,
      downtime_seconds: before.summary.downtime_seconds,
      uptime_percentage: before.summary.uptime_percentage as number,
      incident_count: before.summary.incident_count,
    });
    expect(march.trend?.change.downtime_seconds).toBeCloseTo(
      march.summary.downtime_seconds - before.summary.downtime_seconds,
      6,
    );
    expect(before.summary.downtime_seconds).toBeGreaterThan(0);
    for (const document of [march, before]) expect(verifyDocument(document).verdict).toBe("verified");
  });

  test("is of the same words for causes as the report", async () => {
    await client.put("/cause-patterns", { data: [{ category: "power", pattern: "site" }] });
    const id = await schedule({ ignore_power_outages: true });
    const march = await documentOf((await client.run(id, "2026-03-01", "2026-03-31")).id);
    const before = await documentOf((await client.run(id, "2026-01-29", "2026-02-28")).id);
    // Every fault is of type site, which by these words is power: those without a cause, too.
    expect(before.summary.downtime_seconds).toBe(0);
    expect(march.trend?.previous.downtime_seconds).toBe(0);
    expect(before.summary.if_all_counted?.downtime_seconds).toBeGreaterThan(0);
    await client.delete("/cause-patterns");
  });

  test("is not there when nothing was in service in it", async () => {
    const young = (
      await client.post("/sites", { name: "Young", monitored_since: "2026-03-01T00:00:00+01:00" })
    ).body.id;
    const id = await schedule({ site_selection_mode: "manual", sites: [young] });
    const march = await documentOf((await client.run(id, "2026-03-01", "2026-03-31")).id);
    expect(march.trend).toBeNull();
    await client.delete(`/sites/${young}`);
  });

  test("is as many days long, right before, and none before 1970", () => {
    expect(previousDates("2026-03-01", "2026-03-31")).toEqual({
      fromDate: "2026-01-29",
      toDate: "2026-02-28",
    });
    expect(previousDates("2024-03-01", "2024-03-01")).toEqual({
      fromDate: "2024-02-29",
      toDate: "2024-02-29",
    });
    expect(previousDates("1970-01-02", "1970-01-03")).toBeNull();
  });

  test("differs by points, seconds and incidents; without a figure now there are no points", () => {
    const previous = {
      from_date: "2026-01-01",
      to_date: "2026-01-31",
      service_seconds: 1000,
      downtime_seconds: 2.4,
      uptime_percentage: 99.76,
      incident_count: 3,
    };
    const now = { uptime_percentage: 99.5, downtime_seconds: 5, incident_count: 1 };
    expect(trendOf(now, previous)?.change).toEqual({
      uptime_points: 99.5 - 99.76,
      downtime_seconds: 2.6,
      incident_count: -2,
    });
    expect(trendOf({ ...now, uptime_percentage: null }, previous)?.change.uptime_points).toBeNull();
    expect(trendOf(now, null)).toBeNull();
  });
});

describe("the history", () => {
  test("is that of the schedule's last twelve completed reports before, oldest first", async () => {
    const id = await schedule({ name: "Much reported" });
    const made: string[] = [];
    for (let day = 1; day <= 14; day++) {
      const date = (n: number) => `2026-02-${String(n).padStart(2, "0")}`;
      made.push((await client.run(id, date(day), date(day + 1))).id);
    }
    const last = await documentOf(made.at(-1) as string);
    expect(last.history.map(({ report_id }) => report_id)).toEqual(made.slice(1, 13));
    expect((await documentOf(made[0] as string)).history).toEqual([]);
    const third = await documentOf(made[3] as string);
    const earlier = await documentOf(made[2] as string);
    expect(third.history[2]).toEqual({
      report_id: made[2] as string,
      from_date: "2026-02-03",
      to_date: "2026-02-04",
      uptime_percentage: earlier.summary.uptime_percentage,
      site_count: earlier.summary.site_count,
      breached_count: earlier.summary.breached_count,
    });
  });

  test("has nothing of other schedules", async () => {
    const id = await schedule({ name: "New" });
    expect((await documentOf((await client.run(id, "2026-02-01", "2026-02-28")).id)).history).toEqual([]);
  });
});
