// Schedules over HTTP: create, retrieve, replace, change, list, delete.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Answer, aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

const LIST = "/reports/sla/schedules";
let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

const create = async (fields: Record<string, unknown> = {}) =>
  (await client.post(LIST, aSchedule(fields))).body;
const names = (answer: Answer) => answer.body.data.map(({ name }: { name: string }) => name);

test("a new schedule is answered with 201, its place, and every default", async () => {
  const { status, headers, body } = await client.post(LIST, {
    name: "Daily",
    sla_target: 99.95,
    daily: true,
  });
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`${LIST}/${body.id}`);
  expect(body).toMatchObject({
    id: expect.stringMatching(/^sla_[0-9A-Za-z]{27}$/),
    name: "Daily",
    sla_target: 99.95,
    disabled: false,
    daily: true,
    weekly: false,
    monthly: false,
    day_of_week: null,
    day_of_month: null,
    show_only_breached_sites_in_pdf: false,
    calculate_sla_within_schedule_hours: false,
    business_hours_id: null,
    site_selection_mode: "all",
    site_selection_logic: "or",
    site_selection_rules: [],
    grouping_rules: [],
    sites: [],
    timezone: "UTC",
    ignore_power_outages: false,
    maintenance_counts_as: "excluded",
    last_run: null,
  });
  expect(body.created_at).toBe(body.updated_at);
  expect((await client.get(headers.get("location") ?? "")).body).toEqual(body);
});

test("every field comes back as it was sent", async () => {
  const site = (await client.post("/sites", { name: "Zurich" })).body.id;
  const second = (await client.post("/sites", { name: "Bern" })).body.id;
  const hours = (
    await client.post("/business-hours", {
      name: "Office",
      timezone: "UTC",
      days: { monday: [{ start: "08:00", end: "17:00" }] },
    })
  ).body.id;
  const sent = {
    name: "Ünïcode 報告 <b>&</b>",
    sla_target: 99.99999,
    disabled: true,
    daily: true,
    weekly: true,
    monthly: true,
    day_of_week: "sunday",
    day_of_month: 31,
    show_only_breached_sites_in_pdf: true,
    calculate_sla_within_schedule_hours: true,
    business_hours_id: hours,
    site_selection_mode: "tags",
    site_selection_logic: "and",
    site_selection_rules: [{ key: "Region", value: "EMEA" }],
    grouping_rules: [{ key: "Region", aggregation: "redundancy" }],
    sites: [second, site],
    timezone: "America/St_Johns",
    ignore_power_outages: true,
    maintenance_counts_as: "up",
  };
  const made = await client.post(LIST, sent);
  expect(made.body).toMatchObject(sent);
  expect((await client.get(`${LIST}/${made.body.id}`)).body).toEqual(made.body);
});

test.each([75, 99.99999, 100])("the target %d is taken", async (target) => {
  expect((await create({ sla_target: target })).sla_target).toBe(target);
});

test.each(["CET", "EST5EDT", "Etc/GMT+12", "Pacific/Kiritimati", "Asia/Kathmandu"])(
  "the zone %s is taken",
  async (timezone) => {
    expect((await create({ timezone })).timezone).toBe(timezone);
  },
);

test("what GET gave can be PUT, and changes nothing", async () => {
  const made = await create({
    timezone: "Europe/Zurich",
    grouping_rules: [{ key: "a", aggregation: "min" }],
  });
  const put = await client.put(`${LIST}/${made.id}`, made);
  expect(put.status).toBe(200);
  expect(put.body).toEqual({ ...made, updated_at: put.body.updated_at });
});

test("what GET gave can be PATCHed", async () => {
  const made = await create();
  expect((await client.patch(`${LIST}/${made.id}`, made)).body).toMatchObject({
    name: made.name,
    id: made.id,
  });
});

test("PUT gives fields that are left out their defaults", async () => {
  const made = await create({ timezone: "Europe/Zurich", disabled: true, ignore_power_outages: true });
  const { body } = await client.put(`${LIST}/${made.id}`, { name: "New", sla_target: 99, daily: true });
  expect(body).toMatchObject({
    id: made.id,
    name: "New",
    timezone: "UTC",
    disabled: false,
    monthly: false,
    day_of_month: null,
    ignore_power_outages: false,
    created_at: made.created_at,
  });
});

test("PATCH changes only what it names", async () => {
  const made = await create({ timezone: "Europe/Zurich" });
  const { body } = await client.patch(`${LIST}/${made.id}`, { name: "New", disabled: true });
  expect(body).toEqual({
    ...made,
    name: "New",
    disabled: true,
    next_run_at: body.next_run_at,
    updated_at: body.updated_at,
  });
  expect((await client.patch(`${LIST}/${made.id}`, {})).body.name).toBe("New");
});

test("a deleted schedule is gone for good", async () => {
  const { id } = await create();
  const answer = await client.delete(`${LIST}/${id}`);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect((await client.get(`${LIST}/${id}`)).status).toBe(404);
  expect((await client.delete(`${LIST}/${id}`)).status).toBe(404);
});

test("the list shows the newest first, a page at a time", async () => {
  const listed = await server.client("listed");
  const empty = await listed.get(LIST);
  expect(empty.body).toEqual({ data: [], meta: { page: 1, per_page: 50, total: 0, last_page: 1 } });
  for (let i = 1; i <= 5; i++) await listed.post(LIST, aSchedule({ name: `${i}` }));
  expect(names(await listed.get(LIST))).toEqual(["5", "4", "3", "2", "1"]);
  const pages = [1, 2, 3, 4].map((page) => listed.get(`${LIST}?per_page=2&page=${page}`));
  const answers = await Promise.all(pages);
  expect(answers.map(names)).toEqual([["5", "4"], ["3", "2"], ["1"], []]);
  expect(answers[1]?.body.meta).toEqual({ page: 2, per_page: 2, total: 5, last_page: 3 });
});

test("inserts while somebody pages lose nothing and change no order", async () => {
  const paged = await server.client("paged");
  for (let i = 10; i < 30; i++) await paged.post(LIST, aSchedule({ name: `old ${i}` }));
  const seen: string[] = [];
  for (let page = 1, last = 1; page <= last; page++) {
    const answer = await paged.get(`${LIST}?per_page=3&page=${page}`);
    seen.push(...names(answer));
    last = answer.body.meta.last_page;
    if (page < 5) await paged.post(LIST, aSchedule({ name: `new ${page}` }));
  }
  const old = [...new Set(seen.filter((name) => name.startsWith("old")))];
  expect(old).toEqual(Array.from({ length: 20 }, (_, i) => `old ${29 - i}`));
});

test("the list is filtered by name, by whether it is disabled, and by a tag its selection names", async () => {
  const filtered = await server.client("filtered");
  const rules = (key: string, value: string) => ({ site_selection_rules: [{ key, value }] });
  await filtered.post(LIST, aSchedule({ name: "a", disabled: true, ...rules("Region", "EMEA") }));
  await filtered.post(LIST, aSchedule({ name: "b", ...rules("Region", "emea") }));
  await filtered.post(LIST, aSchedule({ name: "c", ...rules("Site Code", "a:b") }));
  const listed = async (query: string) => names(await filtered.get(`${LIST}?${query}`));
  expect(await listed("name=a")).toEqual(["a"]);
  expect(await listed("name=A")).toEqual([]);
  expect(await listed("name=")).toEqual([]);
  expect(await listed("disabled=true")).toEqual(["a"]);
  expect(await listed("disabled=false")).toEqual(["c", "b"]);
  expect(await listed("tag=region:EMEA")).toEqual(["a"]);
  expect(await listed("tag=Site%20Code:a:b")).toEqual(["c"]);
  expect(await listed("tag=Region:EMEA&disabled=false")).toEqual([]);
});

test("another workspace sees none of it", async () => {
  const { id } = await create();
  const stranger = await server.client("stranger");
  expect((await stranger.get(LIST)).body.meta.total).toBe(0);
  expect((await stranger.get(`${LIST}/${id}`)).status).toBe(404);
});
