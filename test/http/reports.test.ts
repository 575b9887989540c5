// Generated reports over HTTP: lists and their filters, one report, its end.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../src/model/report.ts";
import { type Answer, aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";
import { reportRow } from "./world.ts";

const LIST = "/reports/sla/reports";
let server: TestServer;
let client: Client;
let first: string;
let second: string;
const made: Report[] = [];
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  const site = (await client.post("/sites", { name: "Zurich" })).body.id;
  await client.post("/fault", {
    site_id: site,
    created_at: "2026-02-10T00:00:00Z",
    resolved_at: "2026-02-11T00:00:00Z",
  });
  first = (await client.post("/reports/sla/schedules", aSchedule({ name: "First" }))).body.id;
  second = (await client.post("/reports/sla/schedules", aSchedule({ name: "Second" }))).body.id;
  made.push(await client.run(first, "2025-12-01", "2025-12-31"));
  made.push(await client.run(first, "2026-01-01", "2026-01-31"));
  made.push(await client.run(first, "2026-02-01", "2026-02-28"));
  made.push(await client.run(second, "2026-02-01", "2026-02-28"));
});
afterAll(() => server.stop());

const idsOf = (answer: Answer) =>
  answer.body.data.map(({ id }: Report) => made.findIndex((one) => one.id === id));
const listed = async (query: string) => idsOf(await client.get(`${LIST}?${query}`));
const filesOf = (id: string) =>
  readdirSync(join(server.dataFolder, "reports"), { recursive: true })
    .map(String)
    .filter((path) => path.includes(id));

test("a completed report tells its figures and where its files are", async () => {
  const { status, body } = await client.get(`${LIST}/${made[2]?.id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: made[2]?.id,
    schedule_id: first,
    schedule_name: "First",
    status: "completed",
    progress: 1,
    trigger: "on_demand",
    from_date: "2026-02-01",
    to_date: "2026-02-28",
    timezone: "UTC",
    sla_target: 99.9,
    site_count: 1,
    breached_count: 1,
    error: null,
    pdf_url: `${server.url}${LIST}/${made[2]?.id}/pdf`,
    json_url: `${server.url}${LIST}/${made[2]?.id}/json`,
    csv_url: `${server.url}${LIST}/${made[2]?.id}/csv`,
  });
  expect(body.uptime_percentage).toBeCloseTo((100 * 27) / 28, 10);
  expect(Date.parse(body.completed_at)).toBeGreaterThanOrEqual(Date.parse(body.created_at));
});

test("the list shows completed reports, newest first; others by their status", async () => {
  const rows = ["queued", "running", "failed"].map((status) =>
    reportRow(server, { status, scheduleId: second }),
  );
  const all = await client.get(LIST);
  expect(idsOf(all)).toEqual([3, 2, 1, 0]);
  expect(all.body.meta).toEqual({ page: 1, per_page: 50, total: 4, last_page: 1 });
  for (const [index, status] of ["queued", "running", "failed"].entries()) {
    const { data } = (await client.get(`${LIST}?status=${status}`)).body;
    expect(data.map((report: Report) => [report.id, report.status, report.pdf_url])).toEqual([
      [rows[index], status, null],
    ]);
    expect((await client.delete(`${LIST}/${rows[index]}`)).status).toBe(204);
  }
  expect(await listed("status=completed")).toEqual([3, 2, 1, 0]);
});

test.each([
  ["year=2026", [3, 2, 1]],
  ["year=2025", [0]],
  ["year=2024", []],
  ["year=2026&month=2", [3, 2]],
  ["year=2025&month=12", [0]],
  ["year=2025&month=11", []],
  ["from=2026-01-31", [3, 2, 1]],
  ["from=2026-02-01", [3, 2]],
  ["to=2026-01-31", [1, 0]],
  ["to=2026-01-30", [0]],
  ["from=2026-01-31&to=2026-01-31", [1]],
  ["year=2026&to=2026-02-27", [1]],
  ["breached=true", [3, 2]],
  ["breached=false", [1, 0]],
  ["per_page=2", [3, 2]],
  ["per_page=2&page=2", [1, 0]],
  ["per_page=3&page=3", []],
] as const)("the list with %s", async (query, wanted) => {
  expect(await listed(query)).toEqual([...wanted]);
});

test("the list of one schedule, also together with other filters", async () => {
  expect(await listed(`schedule_id=${second}`)).toEqual([3]);
  expect(await listed(`schedule_id=${first}&breached=true`)).toEqual([2]);
});

test("another workspace's list is empty", async () => {
  const stranger = await server.client("stranger");
  expect((await stranger.get(LIST)).body.meta.total).toBe(0);
});

test("a deleted schedule leaves its reports", async () => {
  const own = await server.client("deleting-schedule");
  const id = (await own.post("/reports/sla/schedules", aSchedule())).body.id;
  const report = await own.run(id, "2026-03-01", "2026-03-31");
  await own.delete(`/reports/sla/schedules/${id}`);
  expect((await own.get(`${LIST}/${report.id}`)).body).toEqual(report);
  expect((await own.get(`${LIST}/${report.id}/csv`)).status).toBe(200);
  await own.delete(`${LIST}/${report.id}`);
});

test("a deleted report is gone with its files and its links", async () => {
  const own = await server.client("deleting-report");
  const report = await own.run(
    (await own.post("/reports/sla/schedules", aSchedule())).body.id,
    "2026-03-01",
    "2026-03-31",
  );
  expect(filesOf(report.id)).toHaveLength(3);
  const link = (await own.post(`${LIST}/${report.id}/links`)).body.url;
  expect((await fetch(link)).status).toBe(200);
  const answer = await own.delete(`${LIST}/${report.id}`);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(filesOf(report.id)).toEqual([]);
  for (const path of ["", "/pdf", "/json", "/csv", "/events"])
    expect((await own.get(`${LIST}/${report.id}${path}`)).status).toBe(404);
  expect((await fetch(link)).status).toBe(403);
  expect((await own.delete(`${LIST}/${report.id}`)).status).toBe(404);
});

test("a deleted site stays in the reports that were made of it", async () => {
  const own = await server.client("deleting-site");
  const site = (await own.post("/sites", { name: "Short-lived" })).body.id;
  const id = (
    await own.post("/reports/sla/schedules", aSchedule({ site_selection_mode: "manual", sites: [site] }))
  ).body.id;
  const report = await own.run(id, "2026-03-01", "2026-03-31");
  const before = await own.get(`${LIST}/${report.id}/json`);
  await own.delete(`/sites/${site}`);
  expect((await own.get(`${LIST}/${report.id}/json`)).text).toBe(before.text);
  expect((await own.get(`/reports/sla/schedules/${id}`)).body.sites).toEqual([]);
});
