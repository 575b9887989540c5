// Previews of schedules over HTTP: what would be reported on, and when; nothing is stored.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { databasePath } from "../../src/store/database/open.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";
import { rowsHash } from "./refused.ts";

const LIST = "/reports/sla/schedules";
const PREVIEW = `${LIST}/preview`;
const NOON = Date.parse("2026-03-27T12:00:00Z");
let clock = NOON;
let server: TestServer;
let client: Client;
let db: Database;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer({ now: () => clock });
  client = await server.client();
  db = new Database(databasePath(server.dataFolder), { readonly: true });
  for (const [name, tags] of [
    ["Site 10", { Region: "EMEA" }],
    ["Site 2", { Region: "EMEA", Tier: ["1", "2"] }],
    ["Lima", { Region: "LATAM", Tier: "2" }],
  ] as const)
    ids[name] = (await client.post("/sites", { name, tags })).body.id;
  await (await server.client("other")).post("/sites", { name: "Foreign", tags: { Region: "EMEA" } });
});
beforeEach(() => {
  clock = NOON;
});
afterAll(async () => {
  db.close();
  await server.stop();
});

const preview = async (fields: Record<string, unknown> = {}) => client.post(PREVIEW, aSchedule(fields));
const namesOf = async (fields: Record<string, unknown>) =>
  (await preview(fields)).body.sites.map(({ name }: { name: string }) => name);
const runsOf = async (fields: Record<string, unknown>): Promise<string[]> =>
  (await preview(fields)).body.next_runs.map((run: Record<string, string>) =>
    [run["at"], run["cadence"], run["from_date"], run["to_date"]].join(" "),
  );

test("a preview is the sites by name, how many they are, and five runs", async () => {
  const { status, body } = await preview({ site_selection_mode: "manual", sites: [ids["Lima"]] });
  expect(status).toBe(200);
  expect(body).toEqual({
    sites: [{ id: ids["Lima"], name: "Lima" }],
    site_count: 1,
    next_runs: [4, 5, 6, 7, 8].map((month) => ({
      at: `2026-0${month}-01T08:00:00.000Z`,
      cadence: "monthly",
      from_date: `2026-0${month - 1}-01`,
      to_date: new Date(Date.UTC(2026, month - 1, 0)).toISOString().slice(0, 10),
    })),
  });
});

test("the sites are those that a report would be on now, of the own workspace", async () => {
  expect(await namesOf({})).toEqual(["Lima", "Site 2", "Site 10"]);
  const rules = [
    { key: "region", value: "EMEA" },
    { key: "Tier", value: "2" },
  ];
  const byTags = { site_selection_mode: "tags", site_selection_rules: rules };
  expect(await namesOf(byTags)).toEqual(["Lima", "Site 2", "Site 10"]);
  expect(await namesOf({ ...byTags, site_selection_logic: "and" })).toEqual(["Site 2"]);
  expect(await namesOf({ site_selection_mode: "manual", sites: [] })).toEqual([]);
});

test("the runs of several cadences are in order, at 08:00 on both sides of a clock change", async () => {
  const fields = { daily: true, weekly: true, day_of_week: "sunday", day_of_month: 31 };
  expect(await runsOf({ ...fields, timezone: "Europe/Zurich" })).toEqual([
    "2026-03-28T07:00:00.000Z daily 2026-03-27 2026-03-27",
    "2026-03-29T06:00:00.000Z daily 2026-03-28 2026-03-28",
    "2026-03-29T06:00:00.000Z weekly 2026-03-22 2026-03-28",
    "2026-03-30T06:00:00.000Z daily 2026-03-29 2026-03-29",
    "2026-03-31T06:00:00.000Z daily 2026-03-30 2026-03-30",
  ]);
});

test("a run that is just due is not among the next ones", async () => {
  const daily = { daily: true, monthly: false, timezone: "America/New_York" };
  clock = Date.parse("2026-03-27T11:59:59.999Z");
  expect((await runsOf(daily))[0]).toStartWith("2026-03-27T12:00:00.000Z");
  clock = Date.parse("2026-03-27T12:00:00.000Z");
  expect((await runsOf(daily))[0]).toStartWith("2026-03-28T12:00:00.000Z");
});

test("a disabled schedule has sites, but no runs", async () => {
  const { body } = await preview({ disabled: true });
  expect(body).toMatchObject({ site_count: 3, next_runs: [] });
});

test("the schedule that is then created runs first when the preview said", async () => {
  const fields = aSchedule({ weekly: true, day_of_week: "monday", timezone: "America/St_Johns" });
  const { body } = await client.post(PREVIEW, fields);
  const made = (await client.post(LIST, fields)).body;
  expect(made.next_run_at).toBe(body.next_runs[0].at);
  expect((await client.post(PREVIEW, made)).body).toEqual(body);
  await client.delete(`${LIST}/${made.id}`);
});

describe("what creating refuses, the preview refuses in the same words", () => {
  const unknown = `site_${"0".repeat(27)}`;
  const wrong: Record<string, unknown>[] = [
    { name: "Bare" },
    aSchedule({ sla_target: 99.999999 }),
    aSchedule({ timezone: "Mars/Olympus" }),
    aSchedule({ weekly: true }),
    aSchedule({ monthly: false }),
    aSchedule({ calculate_sla_within_schedule_hours: true }),
    aSchedule({ business_hours_id: `bh_${"0".repeat(27)}` }),
    aSchedule({ site_selection_mode: "tags" }),
    aSchedule({ site_selection_mode: "manual", sites: [unknown] }),
    aSchedule({ sites: [unknown] }),
    aSchedule({ unexpected: 1 }),
  ];
  test.each(wrong.map((fields) => [JSON.stringify(fields), fields] as const))("%s", async (_, fields) => {
    const [created, previewed] = [await client.post(LIST, fields), await client.post(PREVIEW, fields)];
    const { request_id: _one, ...refusal } = created.body;
    const { request_id: _other, ...same } = previewed.body;
    expect(previewed.status).toBe(400);
    expect({ status: previewed.status, ...same }).toEqual({ status: created.status, ...refusal });
  });
});

test("nothing is stored, and nothing is made", async () => {
  const before = rowsHash(db);
  await preview();
  await preview({ site_selection_mode: "manual", sites: Object.values(ids), daily: true });
  await preview({ sites: [`site_${"0".repeat(27)}`] });
  expect(rowsHash(db)).toBe(before);
  expect((await client.get(LIST)).body.meta.total).toBe(0);
});

test("a token that may read may preview", async () => {
  const send = async (scopes: string[]) =>
    (
      await fetch(`${server.url}${PREVIEW}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${await server.token({ scopes })}`,
          "Content-Type": "application/json",
        },
        body: JSON.stringify(aSchedule()),
      })
    ).status;
  expect(await send(["sla:read"])).toBe(200);
  expect(await send(["sla:write"])).toBe(403);
});

test("a schedule cannot be read under the name of the preview", async () => {
  expect((await client.get(PREVIEW)).status).toBe(404);
});
