// A whole server whose clock jumps a year ahead and is set back, over HTTP.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { aSchedule, type Client, clientOf, startTestServer, type TestServer } from "../support/server.ts";

const MINUTE = 60_000;
const YEAR = 365 * 86_400_000;

let trueMs: number;
let wrongMs: number;
let server: TestServer;
let client: Client;
let scheduleId: string;
beforeEach(async () => {
  trueMs = Date.parse("2026-03-01T12:00:00Z");
  wrongMs = 0;
  server = await startTestServer({ now: () => trueMs + wrongMs, monotonic: () => trueMs });
  const expiresAtS = Math.floor((trueMs + 10 * YEAR) / 1000);
  client = clientOf(server.url, await server.token({ expiresAtS }));
  scheduleId = (await client.post("/reports/sla/schedules", aSchedule({ daily: true, monthly: false }))).body
    .id;
});
afterEach(() => server.stop());

/** Wakes the scheduler, as every change of a schedule does, and lets it look. */
async function look() {
  await client.patch(`/reports/sla/schedules/${scheduleId}`, { name: `Looked at ${trueMs}` });
  await Bun.sleep(20);
}
async function reportsIn(query: string): Promise<number> {
  return (await client.get(`/reports/sla/reports?${query}`)).body.meta.total;
}
async function all(): Promise<number> {
  const counts = ["queued", "running", "completed", "failed"].map((status) => reportsIn(`status=${status}`));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
const clockNow = async () => (await client.get("/readyz")).body.details.clock;
const jumpMetric = async () =>
  /^nines_clock_jump_seconds (.*)$/m.exec((await client.get("/metrics")).text)?.[1];

test("nothing is made of days that have not been, the hold is shown, and the next day has its report", async () => {
  wrongMs = YEAR;
  await look();
  expect(await all()).toBe(0);
  expect(await clockNow()).toEqual({ held_since: "2027-03-01T12:00:00.000Z", jump_seconds: YEAR / 1000 });
  expect(await jumpMetric()).toBe(String(YEAR / 1000));

  trueMs += 18_000;
  wrongMs = 0;
  await look();
  trueMs += 10 * MINUTE;
  await look();
  expect(await all()).toBe(0);
  expect(await clockNow()).toBe("believed");
  expect(await jumpMetric()).toBe("0");

  trueMs = Date.parse("2026-03-02T08:00:00Z");
  await look();
  expect(await all()).toBe(1);
});
