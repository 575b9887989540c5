// GET /uptime: the same figures as a report's, answered at once.
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  type Answer,
  aSchedule,
  type Client,
  clientOf,
  startTestServer,
  type TestServer,
} from "../support/server.ts";
import { startQuietServer } from "./openapi/quietServer.ts";

/** Within February: windows that reach further are cut here. */
const NOW = "2026-02-18T12:00:00.000Z";
const HOUR = 3600;
const DAY = 24 * HOUR;
let server: TestServer;
let client: Client;
const site: Record<string, string> = {};
let hours: string;
beforeAll(async () => {
  server = await startTestServer({ now: () => Date.parse(NOW) });
  client = clientOf(server.url, await server.token({ expiresAtS: Date.parse("2046-01-01") / 1000 }));
  const make = async (name: string, fields: Record<string, unknown>) => {
    const { body } = await client.post("/sites", { name, ...fields });
    site[name] = body.id;
    return body;
  };
  await make("Zurich", { tags: { Region: ["EMEA", "Alps"], Pair: "one" } });
  await make("Bern", { tags: { region: "EMEA", Pair: "one" } });
  const tokyo = await make("Tokyo", {
    tags: { Region: "APAC" },
    monitored_since: "2026-01-16T00:00:00Z",
    wan_links: [{ name: "Fibre" }],
  });
  const fault = (fields: Record<string, unknown>) => client.post("/fault", fields);
  const zurich = { site_id: site["Zurich"] };
  await fault({ ...zurich, created_at: "2025-12-30T00:00:00Z", resolved_at: "2026-01-02T00:00:00Z" });
  await fault({
    ...zurich,
    created_at: "2026-01-10T08:00:00Z",
    resolved_at: "2026-01-10T10:00:00Z",
    cause: "Power outage",
  });
  await fault({
    ...zurich,
    created_at: "2026-01-10T09:00:00Z",
    resolved_at: "2026-01-10T11:00:00Z",
    cause: "Fibre cut",
  });
  await fault({
    site_id: site["Bern"],
    created_at: "2026-01-10T10:30:00Z",
    resolved_at: "2026-01-10T12:00:00.500Z",
  });
  await fault({ site_id: site["Bern"], created_at: "2026-02-18T11:00:00Z" });
  await fault({ site_id: site["Bern"], type: "info", created_at: "2026-01-05T00:00:00Z" });
  await fault({ resource_id: tokyo.wan_links[0].id, created_at: "2026-01-20T00:00:00Z" });
  hours = (
    await client.post("/business-hours", {
      name: "Office",
      timezone: "UTC",
      days: { saturday: [{ start: "08:00", end: "10:30" }] },
    })
  ).body.id;
  await client.post("/maintenance-windows", {
    name: "Upgrade",
    starts_at: "2026-01-10T09:30:00Z",
    ends_at: "2026-01-10T10:00:00Z",
    site_ids: [site["Zurich"]],
  });
});
afterAll(() => server.stop());

const JANUARY = "from=2026-01-01&to=2026-01-31";
const uptime = (query: string) => client.get(`/uptime?${query}`);
const figuresOf = (answer: Answer, name: string) =>
  answer.body.sites.find((one: { name: string }) => one.name === name);

test("January, of all sites, by name, with the figures of all together", async () => {
  const { status, body } = await uptime(JANUARY);
  const down = { Bern: 1.5 * HOUR + 0.5, Tokyo: 0, Zurich: DAY + 2.5 * HOUR };
  const service = { Bern: 31 * DAY, Tokyo: 16 * DAY, Zurich: 31 * DAY - HOUR / 2 };
  expect(status).toBe(200);
  expect(body).toMatchObject({
    from: "2026-01-01T00:00:00.000Z",
    to: "2026-02-01T00:00:00.000Z",
    timezone: "UTC",
    groups: [],
  });
  expect(body.sites).toEqual(
    (["Bern", "Tokyo", "Zurich"] as const).map((name) => ({
      site_id: site[name],
      name,
      uptime_percentage: expect.any(Number),
      service_seconds: service[name],
      downtime_seconds: down[name],
      incidents: { Bern: 1, Tokyo: 0, Zurich: 2 }[name],
    })),
  );
  for (const { name, uptime_percentage } of body.sites as {
    name: keyof typeof down;
    uptime_percentage: number;
  }[])
    expect(uptime_percentage).toBeCloseTo(100 * (1 - down[name] / service[name]), 10);
  expect(body.overall).toMatchObject({
    service_seconds: 78 * DAY - HOUR / 2,
    downtime_seconds: DAY + 4 * HOUR + 0.5,
    incidents: 3,
  });
});

test("dates are inclusive days; the same window as instants is half open", async () => {
  const days = await uptime(JANUARY);
  const instants = await uptime("from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z");
  expect(instants.body).toEqual(days.body);
  const shifted = await uptime("from=2026-01-01T01:00:00%2B01:00&to=2026-01-31T19:00:00-05:00");
  expect(shifted.body).toEqual(days.body);
});

test("a single day, in a zone of its own", async () => {
  const { body } = await uptime("from=2026-03-29&to=2026-03-29&timezone=Europe/Zurich");
  expect([body.from, body.timezone]).toEqual(["2026-03-28T23:00:00.000Z", "Europe/Zurich"]);
  const past = await uptime("from=2025-03-30&to=2025-03-30&timezone=Europe/Zurich");
  expect(figuresOf(past, "Bern").service_seconds).toBe(23 * HOUR);
  const fall = await uptime("from=2025-10-26&to=2025-10-26&timezone=Europe/Zurich");
  expect(figuresOf(fall, "Bern").service_seconds).toBe(25 * HOUR);
});

test("a window that reaches into the future is cut at now; an open fault lasts until then", async () => {
  const answer = await uptime("from=2026-02-18&to=2026-02-28");
  expect([answer.body.from, answer.body.to]).toEqual(["2026-02-18T00:00:00.000Z", NOW]);
  expect(figuresOf(answer, "Bern")).toMatchObject({ service_seconds: 12 * HOUR, downtime_seconds: HOUR });
});

test("a window that has not begun has no service time, and no figure", async () => {
  const answer = await uptime("from=2026-03-01&to=2026-03-02");
  expect(answer.body.overall).toEqual({
    uptime_percentage: null,
    service_seconds: 0,
    downtime_seconds: 0,
    incidents: 0,
  });
});

test("some sites, by id and by tag", async () => {
  const names = async (query: string) =>
    (await uptime(`${JANUARY}&${query}`)).body.sites.map(({ name }: { name: string }) => name);
  expect(await names(`site_id=${site["Tokyo"]}`)).toEqual(["Tokyo"]);
  expect(await names(`site_id=${site["Tokyo"]}&site_id=${site["Bern"]}&site_id=${site["Tokyo"]}`)).toEqual([
    "Bern",
    "Tokyo",
  ]);
  expect(await names("tag=REGION:EMEA")).toEqual(["Bern", "Zurich"]);
  expect(await names("tag=Region:EMEA&tag=Region:Alps")).toEqual(["Zurich"]);
  expect(await names("tag=Region:emea")).toEqual([]);
});

test("power outages are up when they are ignored, unless something else was down, too", async () => {
  const answer = await uptime(`${JANUARY}&ignore_power_outages=true`);
  expect(figuresOf(answer, "Zurich")).toMatchObject({
    service_seconds: 31 * DAY - HOUR / 2,
    downtime_seconds: DAY + 1.5 * HOUR,
  });
});

test("maintenance stays in the base and is up, when asked for", async () => {
  const answer = await uptime(`${JANUARY}&maintenance_counts_as=up`);
  expect(figuresOf(answer, "Zurich")).toMatchObject({
    service_seconds: 31 * DAY,
    downtime_seconds: DAY + 2.5 * HOUR,
  });
});

test("only the hours that count", async () => {
  const answer = await uptime(`from=2026-01-10&to=2026-01-10&business_hours_id=${hours}`);
  expect(figuresOf(answer, "Zurich")).toMatchObject({
    service_seconds: 2 * HOUR,
    downtime_seconds: 2 * HOUR,
  });
  expect(figuresOf(answer, "Bern")).toMatchObject({ service_seconds: 2.5 * HOUR, downtime_seconds: 0 });
});

test("groups by a tag: each value once, sites without it apart", async () => {
  const { body } = await uptime(`${JANUARY}&group_by=region&aggregation=min`);
  const groups = body.groups.map((group: { value: string; site_ids: string[] }) => [
    group.value,
    group.site_ids.length,
  ]);
  expect(groups.sort()).toEqual(
    [
      ["APAC", 1],
      ["Alps", 1],
      ["EMEA", 2],
    ].sort(),
  );
  const pairs = (await uptime(`${JANUARY}&group_by=Pair&aggregation=redundancy`)).body.groups;
  expect(pairs.map(({ value }: { value: string | null }) => value)).toEqual(["one", null]);
  // Down together from 10:30 to 11:00 on the 10th of January.
  expect(pairs[0].downtime_seconds).toBe(HOUR / 2);
});

test("the default of the aggregation is the mean", async () => {
  const answer = await uptime(`${JANUARY}&group_by=Pair`);
  const mean =
    (figuresOf(answer, "Bern").uptime_percentage + figuresOf(answer, "Zurich").uptime_percentage) / 2;
  expect(answer.body.groups[0].uptime_percentage).toBeCloseTo(mean, 9);
});

test.each([
  ["plain", {}, ""],
  ["without power outages", { ignore_power_outages: true }, "&ignore_power_outages=true"],
  ["with maintenance up", { maintenance_counts_as: "up" }, "&maintenance_counts_as=up"],
  ["in Zurich's days", { timezone: "Europe/Zurich" }, "&timezone=Europe/Zurich"],
  ["within hours", { calculate_sla_within_schedule_hours: true }, "&business_hours_id="],
  [
    "by tags",
    { site_selection_mode: "tags", site_selection_rules: [{ key: "Region", value: "EMEA" }] },
    "&tag=Region:EMEA",
  ],
])("the same figures as a report over the same days: %s", async (_, settings, query) => {
  const within = "calculate_sla_within_schedule_hours" in settings ? { business_hours_id: hours } : {};
  const schedule = (await client.post("/reports/sla/schedules", aSchedule({ ...settings, ...within }))).body
    .id;
  const report = await client.run(schedule, "2026-01-01", "2026-01-31");
  const document = (await client.get(`/reports/sla/reports/${report.id}/json`)).body;
  const { body } = await uptime(`${JANUARY}${query}${"business_hours_id" in within ? hours : ""}`);
  const figures = (one: Record<string, unknown>) =>
    Object.fromEntries(
      ["site_id", "uptime_percentage", "service_seconds", "downtime_seconds"].map((name) => [
        name,
        one[name],
      ]),
    );
  const bySite = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(a["site_id"]) < String(b["site_id"]) ? -1 : 1;
  expect(body.sites.map(figures).sort(bySite)).toEqual(document.sites.map(figures).sort(bySite));
  expect(body.overall.uptime_percentage).toBe(report.uptime_percentage);
});

test("when the client goes away, the computing ends", async () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const quiet = await startQuietServer({
    read: (_, { signal }) => {
      begun.resolve();
      signal.addEventListener("abort", () => ended.resolve());
      return ended.promise.then(() => new Uint8Array());
    },
  });
  try {
    const leaving = new AbortController();
    const headers = { Authorization: `Bearer ${quiet.token}` };
    const asked = fetch(`${quiet.url}/uptime?${JANUARY}`, { headers, signal: leaving.signal });
    await begun.promise;
    leaving.abort();
    expect(await asked.catch(({ name }: Error) => name)).toBe("AbortError");
    await ended.promise;
  } finally {
    await quiet.stop();
  }
});

test("a server that stops ends what waits or is computed, and says so", async () => {
  const stopping = await startTestServer({ readerLimits: { threads: 0, waitingOfOne: 1 } });
  const client = await stopping.client();
  const asked = [1, 2].map(() => client.get(`/uptime?${JANUARY}`));
  // One of both waits as soon as the other is refused for that.
  expect((await Promise.race(asked)).body).toMatchObject({ code: "too_many_computations" });
  await stopping.stop();
  const codes = (await Promise.all(asked)).map(({ body }) => body.code);
  expect(codes.sort()).toEqual(["computation_unavailable", "too_many_computations"]);
});
