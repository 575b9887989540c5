// Maintenance that recurs: kept, refused, and taken out of service time by /uptime and reports alike.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { verifyDocument } from "../../src/report/verify.ts";
import { databasePath } from "../../src/store/database/open.ts";
import { isLong } from "../support/chance.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

type Row = { seq: number; id: string } & Record<string, string | number | null>;

let server: TestServer;
let client: Client;
let workspace = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  client = await server.client(`workspace-${workspace++}`);
  await client.post("/sites", { name: "Zurich" });
});

const PATH = "/maintenance-windows";
/** 02:00 to 04:00 on Sundays in Zurich, first on 4 January 2026. */
const SUNDAYS = {
  name: "Sundays",
  starts_at: "2026-01-04T01:00:00Z",
  ends_at: "2026-01-04T03:00:00Z",
  rrule: "FREQ=WEEKLY;BYDAY=SU",
  timezone: "Europe/Zurich",
};
/** So many more windows like this one, straight into the database: by requests they would take their time. */
function copyWindow(id: string, times: number): void {
  const db = new Database(databasePath(server.dataFolder), { readwrite: true });
  try {
    const { seq, ...row } = db.query("SELECT * FROM maintenance_windows WHERE id = ?").get(id) as Row;
    const names = Object.keys(row);
    const insert = db.query(
      `INSERT INTO maintenance_windows (${names.join()}) VALUES (${names.map(() => "?").join()})`,
    );
    db.transaction(() => {
      for (let i = 0; i < times; i++)
        insert.run(
          ...Object.values({ ...row, id: `${id.slice(0, -10)}${String(seq * 1e5 + i).padStart(10, "0")}` }),
        );
    })();
  } finally {
    db.close();
  }
}

const serviceHours = async (from: string, to: string) => {
  const { body } = await client.get(`/uptime?from=${from}&to=${to}&timezone=Europe/Zurich`);
  return body.overall.service_seconds / 3600;
};

test("a rule is kept as it was given, and can be taken away again", async () => {
  const { body } = await client.post(PATH, SUNDAYS);
  expect(body).toMatchObject({ rrule: SUNDAYS.rrule, timezone: "Europe/Zurich" });
  expect((await client.get(`${PATH}/${body.id}`)).body).toEqual(body);
  const once = await client.patch(`${PATH}/${body.id}`, { rrule: null });
  expect(once.body).toMatchObject({ rrule: null, starts_at: body.starts_at });
  expect(await serviceHours("2026-01-11", "2026-01-11")).toBe(24);
  expect(await serviceHours("2026-01-04", "2026-01-04")).toBe(22);
});

test("every occurrence leaves service time, as long as the clocks make it", async () => {
  await client.post(PATH, SUNDAYS);
  expect(await serviceHours("2026-01-03", "2026-01-03")).toBe(24);
  expect(await serviceHours("2026-01-04", "2026-01-04")).toBe(22);
  // The five Sundays of March are 2 hours, but the 29th: its clocks go from two to three, and it has 23 hours.
  expect(await serviceHours("2026-03-01", "2026-03-31")).toBe(31 * 24 - 1 - 4 * 2 - 1);
  expect(await serviceHours("2026-03-29", "2026-03-29")).toBe(22);
  // On 25 October of the year before the window was not there yet.
  expect(await serviceHours("2025-10-26", "2025-10-26")).toBe(25);
});

test("a rule that ended long ago is not looked at, one that never ends is", async () => {
  await client.post(PATH, { ...SUNDAYS, rrule: "FREQ=WEEKLY;COUNT=2" });
  expect(await serviceHours("2026-01-01", "2026-01-31")).toBe(31 * 24 - 4);
  expect(await serviceHours("2026-02-01", "2026-02-28")).toBe(28 * 24);
  await client.post(PATH, SUNDAYS);
  expect(await serviceHours("2026-06-07", "2026-06-07")).toBe(22);
});

test("a report says the same as /uptime, lists the rule, and is verified", async () => {
  const { body: window } = await client.post(PATH, SUNDAYS);
  await client.post(PATH, { ...SUNDAYS, rrule: "FREQ=YEARLY;COUNT=2" });
  const { body: schedule } = await client.post(
    "/reports/sla/schedules",
    aSchedule({ timezone: "Europe/Zurich" }),
  );
  const { id } = await client.run(schedule.id, "2026-03-01", "2026-03-31");
  const { body: document } = await client.get(`/reports/sla/reports/${id}/json`);
  expect(document.summary.service_seconds / 3600).toBe(await serviceHours("2026-03-01", "2026-03-31"));
  expect(document.maintenance_windows).toEqual([
    {
      id: window.id,
      ...SUNDAYS,
      starts_at: window.starts_at,
      ends_at: window.ends_at,
      site_ids: null,
      tags: null,
    },
  ]);
  expect(verifyDocument(document)).toMatchObject({ verdict: "verified" });
});

// That ten years would be let through, the test after this one proves.
const [SINCE, DAYS] = isLong ? (["2016-01-01", 3653] as const) : (["2025-01-01", 365] as const);
test(`some recurring maintenance fits over any time; with as much as can be, ${DAYS} days of a site fit`, async () => {
  await client.post(PATH, SUNDAYS);
  expect(await serviceHours("1970-01-01", "2026-01-01")).toBeGreaterThan(0);
  const daily = { ...SUNDAYS, starts_at: "2015-01-04T01:00:00Z", ends_at: "2015-01-04T03:00:00Z" };
  const window = (await client.post(PATH, { ...daily, rrule: "FREQ=DAILY" })).body;
  copyWindow(window.id, 998);
  const full = await client.post(PATH, SUNDAYS);
  expect([full.status, full.body.code]).toEqual([409, "too_many_maintenance_windows"]);
  const answered: string[] = [];
  const computed = serviceHours(SINCE, "2025-12-31").finally(() => answered.push("uptime"));
  await client.get("/healthz").finally(() => answered.push("healthz"));
  expect(await computed).toBe(22 * DAYS);
  expect(answered).toEqual(["healthz", "uptime"]);
}, 60_000);

test("more occurrences than can be computed at once are refused before it begins, and told what would fit", async () => {
  const daily = { ...SUNDAYS, starts_at: "1970-01-04T01:00:00Z", ends_at: "1970-01-04T03:00:00Z" };
  const window = (await client.post(PATH, { ...daily, rrule: "FREQ=DAILY" })).body;
  copyWindow(window.id, 999);
  const refused = await client.get("/uptime?from=1970-01-01&to=2026-11-01");
  expect(refused.body).toMatchObject({ code: "invalid_date_range", param: "from" });
  const [, days] = /about ([\d,]+) days would fit/.exec(refused.body.message) ?? [];
  expect(Number(days?.replace(",", ""))).toBeGreaterThan(3653);
});

test("a window can still be changed in a workspace that has as many as it may", async () => {
  const window = (await client.post(PATH, SUNDAYS)).body;
  copyWindow(window.id, 999);
  expect((await client.patch(`${PATH}/${window.id}`, { name: "Nights" })).status).toBe(200);
  expect((await client.delete(`${PATH}/${window.id}`)).status).toBe(204);
  expect((await client.post(PATH, SUNDAYS)).status).toBe(201);
});

test.each([
  ["rrule", { rrule: "" }],
  ["rrule", { rrule: "x".repeat(501) }],
  ["rrule", { rrule: "every Sunday" }],
  ["rrule", { rrule: "FREQ=HOURLY" }],
  ["rrule", { rrule: "FREQ=MINUTELY;BYDAY=SU" }],
  ["rrule", { rrule: "FREQ=DAILY;COUNT=1000000" }],
  ["rrule", { rrule: "FREQ=WEEKLY;UNTIL=20251231" }],
  ["rrule", { rrule: 7 }],
  ["timezone", { timezone: "Mars/Base" }],
  ["timezone", { timezone: null }],
  ["starts_at", { rrule: "FREQ=WEEKLY;BYDAY=MO" }],
  // It is Sunday in Zurich, but still Saturday in New York.
  ["starts_at", { timezone: "America/New_York" }],
  ["ends_at", { ends_at: "2027-01-06T01:00:00Z" }],
  // An hour by UTC, but by the clocks, which are set back meanwhile, it ends when it starts.
  ["ends_at", { starts_at: "2026-10-25T00:30:00Z", ends_at: "2026-10-25T01:30:00Z" }],
])("a window is refused by its %s: %j", async (param, fields) => {
  const answer = await client.post(PATH, { ...SUNDAYS, ...fields });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: "parameter_invalid", param });
});

test("a change that leaves the rule without its first occurrence is refused", async () => {
  const { body } = await client.post(PATH, SUNDAYS);
  const path = `${PATH}/${body.id}`;
  const moved = { starts_at: "2026-01-05T01:00:00Z", ends_at: "2026-01-05T03:00:00Z" };
  expect((await client.patch(path, moved)).body).toMatchObject({ param: "starts_at" });
  expect((await client.patch(path, { ...moved, rrule: "FREQ=WEEKLY;BYDAY=MO" })).status).toBe(200);
});
