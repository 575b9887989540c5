// On-demand runs over HTTP: accepted at once, made in the background, repeated safely.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { databasePath } from "../../src/store/database/open.ts";
import {
  type Answer,
  aSchedule,
  type Client,
  clientOf,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

const LIST = "/reports/sla/schedules";
const JANUARY = { from_date: "2026-01-01", to_date: "2026-01-31" };
const clock = { nowMs: Date.parse("2026-02-18T12:00:00Z") };
let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer({ now: () => clock.nowMs });
  client = clientOf(server.url, await server.token({ expiresAtS: Date.parse("2046-01-01") / 1000 }));
});
afterAll(() => server.stop());

const schedule = async (fields: Record<string, unknown> = {}) =>
  (await client.post(LIST, aSchedule(fields))).body.id as string;
const run = (id: string, body: unknown, headers?: Record<string, string>) =>
  client.post(`${LIST}/${id}/run`, body, headers);
const ended = async (reportId: string) => {
  for (;;) {
    const { body } = await client.get(`/reports/sla/reports/${reportId}`);
    if (body.completed_at !== null || body.error !== null) return body;
    await Bun.sleep(5);
  }
};
const reportIds = (answers: Answer[]) => answers.map(({ body }) => body.report_id as string);

test("a run is answered at once, exactly as the reference has it, with where to look and when", async () => {
  const answer = await run(await schedule(), JANUARY);
  const { report_id } = answer.body;
  expect(answer.status).toBe(202);
  expect(report_id).toMatch(/^rpt_[0-9A-Za-z]{27}$/);
  expect(answer.body).toEqual({
    message: "Report is being generated.",
    report_id,
    status_url: `${server.url}/reports/sla/reports/${report_id}`,
  });
  expect(answer.headers.get("location")).toBe(`/reports/sla/reports/${report_id}`);
  expect(answer.headers.get("retry-after")).toBe("2");
  const made = await ended(report_id);
  expect(made).toMatchObject({
    status: "completed",
    trigger: "on_demand",
    progress: 1,
    ...JANUARY,
    error: null,
  });
});

test("a run does not touch the schedule but for its last run", async () => {
  const id = await schedule({ weekly: true, day_of_week: "monday" });
  const before = (await client.get(`${LIST}/${id}`)).body;
  const report = await client.run(id, "2026-01-01", "2026-01-31");
  const { last_run, ...after } = (await client.get(`${LIST}/${id}`)).body;
  expect({ ...after, last_run: null }).toEqual(before);
  expect(last_run).toEqual({ report_id: report.id, status: "completed", created_at: report.created_at });
});

test("a disabled schedule runs on demand, and stays disabled", async () => {
  const id = await schedule({ disabled: true });
  expect((await client.run(id, "2026-01-01", "2026-01-31")).status).toBe("completed");
  expect((await client.get(`${LIST}/${id}`)).body).toMatchObject({ disabled: true, next_run_at: null });
});

test("a report keeps the settings it was asked for with, after the schedule was edited and deleted", async () => {
  const site = (await client.post("/sites", { name: "Zurich" })).body.id;
  const id = await schedule({
    name: "Before",
    sla_target: 99.9,
    site_selection_mode: "manual",
    sites: [site],
  });
  const accepted = await run(id, JANUARY);
  await client.patch(`${LIST}/${id}`, { name: "After", sla_target: 80, sites: [] });
  await client.delete(`${LIST}/${id}`);
  const report = await ended(accepted.body.report_id);
  expect(report).toMatchObject({
    status: "completed",
    schedule_id: id,
    schedule_name: "Before",
    sla_target: 99.9,
    site_count: 1,
  });
  const { settings } = (await client.get(`/reports/sla/reports/${report.id}/json`)).body;
  expect(settings).toMatchObject({ name: "Before", sla_target: 99.9 });
});

test("business hours are kept as they were, too", async () => {
  const office = { name: "Office", timezone: "UTC", days: { monday: [{ start: "08:00", end: "09:00" }] } };
  const hours = (await client.post("/business-hours", office)).body.id;
  const site = (await client.post("/sites", { name: "Basel" })).body.id;
  const id = await schedule({
    calculate_sla_within_schedule_hours: true,
    business_hours_id: hours,
    site_selection_mode: "manual",
    sites: [site],
  });
  const accepted = await run(id, { from_date: "2026-02-02", to_date: "2026-02-08" });
  await client.put(`/business-hours/${hours}`, {
    ...office,
    days: { monday: [{ start: "00:00", end: "24:00" }] },
  });
  const report = await ended(accepted.body.report_id);
  const { sites } = (await client.get(`/reports/sla/reports/${report.id}/json`)).body;
  expect(sites[0].service_seconds).toBe(3600);
});

test("a selection without any site is a completed report", async () => {
  const id = await schedule({
    site_selection_mode: "tags",
    site_selection_rules: [{ key: "no", value: "where" }],
  });
  expect(await client.run(id, "2026-01-01", "2026-01-31")).toMatchObject({
    status: "completed",
    site_count: 0,
    breached_count: 0,
    uptime_percentage: null,
  });
});

test("the same key and body give the same report, also when they arrive together", async () => {
  const id = await schedule();
  const key = { "Idempotency-Key": "together" };
  const answers = await Promise.all(Array.from({ length: 20 }, () => run(id, JANUARY, key)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
  expect(new Set(reportIds(answers)).size).toBe(1);
  const report = await ended(answers[0]?.body.report_id);
  const late = await run(id, { to_date: JANUARY.to_date, from_date: JANUARY.from_date }, key);
  expect(late.body.report_id).toBe(report.id);
  const list = await client.get(`/reports/sla/reports?schedule_id=${id}`);
  expect(list.body.meta.total).toBe(1);
});

test("without a key, or with another, each run makes a report", async () => {
  const id = await schedule();
  const answers = [
    await run(id, JANUARY),
    await run(id, JANUARY),
    await run(id, JANUARY, { "Idempotency-Key": "one" }),
    await run(id, JANUARY, { "Idempotency-Key": "two" }),
  ];
  expect(new Set(reportIds(answers)).size).toBe(4);
});

test("with a thousand reports waiting, a run is refused with when to try again", async () => {
  const full = clientOf(server.url, await server.token({ workspace: "full", expiresAtS: 2_400_000_000 }));
  const id = (await full.post(LIST, aSchedule())).body.id;
  const waiting = (count: number) => {
    const db = new Database(databasePath(server.dataFolder), { readwrite: true });
    db.query(
      `WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?2)
       INSERT INTO reports (id, workspace, schedule_id, schedule_name, snapshot, status, trigger, from_date, to_date,
                            timezone, sla_target, created_at_ms)
       SELECT 'waiting ' || value, 'full', ?1, 'a', '{}', 'queued', 'on_demand', '2026-01-01', '2026-01-31', 'UTC', 99, 0
       FROM numbers`,
    ).run(id, count);
    db.close();
  };
  waiting(1000);
  const refused = await full.post(`${LIST}/${id}/run`, JANUARY);
  expect([refused.status, refused.body.type, refused.body.code]).toEqual([
    429,
    "rate_limit_error",
    "too_many_queued_runs",
  ]);
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  await full.delete("/reports/sla/reports/waiting%201");
  expect((await full.post(`${LIST}/${id}/run`, JANUARY)).status).toBe(202);
});

/** Dates taken (202) and refused (400) side by side. */
const AT: [title: string, timezone: string, now: string, to: string, status: number][] = [
  ["today in UTC", "UTC", "2026-02-18T12:00:00Z", "2026-02-18", 202],
  ["tomorrow in UTC", "UTC", "2026-02-18T12:00:00Z", "2026-02-19", 400],
  ["tomorrow in UTC, a moment before midnight", "UTC", "2026-02-18T23:59:59.999Z", "2026-02-19", 400],
  ["the same date at midnight", "UTC", "2026-02-19T00:00:00Z", "2026-02-19", 202],
  [
    "today in Los Angeles, yesterday in UTC",
    "America/Los_Angeles",
    "2026-02-18T03:00:00Z",
    "2026-02-17",
    202,
  ],
  ["tomorrow in Los Angeles, today in UTC", "America/Los_Angeles", "2026-02-18T03:00:00Z", "2026-02-18", 400],
  ["the same date when Los Angeles has it", "America/Los_Angeles", "2026-02-18T08:00:00Z", "2026-02-18", 202],
  ["a moment earlier", "America/Los_Angeles", "2026-02-18T07:59:59.999Z", "2026-02-18", 400],
  ["today in Kiritimati, tomorrow in UTC", "Pacific/Kiritimati", "2026-02-18T12:00:00Z", "2026-02-19", 202],
  ["tomorrow in Kiritimati", "Pacific/Kiritimati", "2026-02-18T12:00:00Z", "2026-02-20", 400],
  ["the same date at Kiritimati's midnight", "Pacific/Kiritimati", "2026-02-19T10:00:00Z", "2026-02-20", 202],
];
test.each(AT)("%s", async (_, timezone, now, to, status) => {
  const id = await schedule({ timezone });
  const before = clock.nowMs;
  clock.nowMs = Date.parse(now);
  const answer = await run(id, { from_date: "2026-02-01", to_date: to });
  clock.nowMs = before;
  expect(answer.status).toBe(status);
  if (status === 202) await ended(answer.body.report_id);
});

test.each([
  ["two days", "2026-01-30", "2026-01-31"],
  ["366 days of a leap year", "2024-01-01", "2024-12-31"],
  ["366 days over a leap day", "2023-03-01", "2024-02-29"],
  ["the first days there are", "1970-01-01", "1970-01-02"],
])("%s are taken", async (_, from_date, to_date) => {
  const report = await client.run(await schedule(), from_date, to_date);
  expect(report).toMatchObject({ status: "completed", from_date, to_date });
});
