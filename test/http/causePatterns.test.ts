// The table of cause patterns: read, replaced, reset, and used by reports and GET /uptime.
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { DEFAULT_CAUSE_PATTERNS } from "../../src/sla/causes.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  const site = (await client.post("/sites", { name: "Zurich" })).body.id;
  const hour = (day: string, fields: Record<string, unknown>) =>
    client.post("/fault", {
      site_id: site,
      created_at: `2026-02-${day}T10:00:00Z`,
      resolved_at: `2026-02-${day}T11:00:00Z`,
      ...fields,
    });
  await hour("03", { cause: "Power outage" });
  await hour("04", { cause: "Squirrel in the attic" });
  await hour("05", {});
});
afterAll(() => server.stop());
afterEach(() => client.delete("/cause-patterns"));

const data = [
  { category: "power", pattern: "squirrel|marten " },
  { category: "device", pattern: "power" },
];
const downtime = async () =>
  (await client.get("/uptime?from=2026-02-01&to=2026-02-28&ignore_power_outages=true")).body.overall
    .downtime_seconds;

test("a workspace begins with the default table", async () => {
  const { status, body } = await client.get("/cause-patterns");
  expect(status).toBe(200);
  expect(body).toEqual({ data: DEFAULT_CAUSE_PATTERNS, is_default: true, updated_at: null });
  expect(await downtime()).toBe(7200);
});

test("a table that was put is the one that is used, in its order, by /uptime and by reports", async () => {
  const put = await client.put("/cause-patterns", { data });
  expect(put.status).toBe(200);
  expect(put.body).toEqual({ data, is_default: false, updated_at: expect.any(String) });
  expect((await client.get("/cause-patterns")).body).toEqual(put.body);
  expect(await downtime()).toBe(7200);
  const schedule = (await client.post("/reports/sla/schedules", aSchedule({ ignore_power_outages: true })))
    .body;
  const report = await client.run(schedule.id, "2026-02-01", "2026-02-28");
  const { body: document } = await client.get(`/reports/sla/reports/${report.id}/json`);
  expect(document.cause_patterns).toEqual(data);
  expect(
    document.sites[0].faults.map(({ category, reason }: { category: string; reason: string }) => [
      category,
      reason,
    ]),
  ).toEqual([
    ["device", null],
    ["power", "power_ignored"],
    ["other", null],
  ]);
  expect(document.sites[0].if_all_counted.downtime_seconds).toBe(3 * 3600);
});

test("a table without a line makes every cause other", async () => {
  await client.put("/cause-patterns", { data: [] });
  expect((await client.get("/cause-patterns")).body).toMatchObject({ data: [], is_default: false });
  expect(await downtime()).toBe(3 * 3600);
});

test("what was got can be put; deleting goes back to the default", async () => {
  const { body } = await client.get("/cause-patterns");
  expect((await client.put("/cause-patterns", body)).body).toMatchObject({ data: body.data });
  const gone = await client.delete("/cause-patterns");
  expect([gone.status, gone.text]).toEqual([204, ""]);
  expect((await client.delete("/cause-patterns")).status).toBe(204);
  expect((await client.get("/cause-patterns")).body.is_default).toBe(true);
});

test("another workspace has a table of its own", async () => {
  await client.put("/cause-patterns", { data });
  const other = await server.client("other");
  expect((await other.get("/cause-patterns")).body.is_default).toBe(true);
});

test.each([
  ["data", "parameter_missing", {}],
  ["data", "parameter_invalid", { data: null }],
  ["data", "parameter_invalid", { data: Array(201).fill(data[0]) }],
  ["data[0].category", "parameter_invalid", { data: [{ category: "weather", pattern: "storm" }] }],
  ["data[0].pattern", "parameter_missing", { data: [{ category: "power" }] }],
  ["data[0].pattern", "parameter_invalid", { data: [{ category: "power", pattern: "" }] }],
  ["data[0].pattern", "parameter_invalid", { data: [{ category: "power", pattern: "x".repeat(501) }] }],
  ["data[1].pattern", "parameter_invalid", { data: [data[0], { category: "power", pattern: "ups|" }] }],
  ["data[0].pattern", "parameter_invalid", { data: [{ category: "power", pattern: "ups|.*" }] }],
  ["data[0].words", "parameter_unknown", { data: [{ category: "power", pattern: "ups", words: [] }] }],
  ["patterns", "parameter_unknown", { data, patterns: data }],
])("a wrong table is refused by its %s: %s", async (param, code, body) => {
  const answer = await client.put("/cause-patterns", body);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ param, code });
});
