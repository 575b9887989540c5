// Sites and tags over HTTP.
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  type Answer,
  aSchedule,
  type Client,
  clientOf,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

const create = async (fields: Record<string, unknown> = {}) =>
  (await client.post("/sites", { name: "Zurich", ...fields })).body;
const names = (answer: Answer) => answer.body.data.map(({ name }: { name: string }) => name);

test("a new site is answered with 201, its place, and what it lacks as null or empty", async () => {
  const { status, headers, body } = await client.post("/sites", { name: "Zurich" });
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/sites/${body.id}`);
  expect(body).toEqual({
    id: expect.stringMatching(/^site_[0-9A-Za-z]{27}$/),
    name: "Zurich",
    external_id: null,
    address: null,
    tags: {},
    monitored_since: null,
    wan_links: [],
    created_at: expect.any(String),
    updated_at: body.created_at,
  });
  expect((await client.get(`/sites/${body.id}`)).body).toEqual(body);
});

test("every field comes back as it was sent; times in UTC", async () => {
  const sent = {
    name: "Zürich 1 – 東京 🏙",
    external_id: "zrh/1",
    address: "Bahnhofstrasse 1\n8001 Zürich",
    tags: { Region: "EMEA", Service: ["web", "api"], constructor: "x", "7": "seven" },
    wan_links: [{ name: "Fibre", isp: "Swisscom" }, { name: "LTE" }],
  };
  const made = await create({ ...sent, monitored_since: "2026-01-01T01:00:00.5+01:00" });
  expect(made).toMatchObject({
    ...sent,
    monitored_since: "2026-01-01T00:00:00.500Z",
    wan_links: [
      { id: expect.stringMatching(/^wan_/), name: "Fibre", isp: "Swisscom" },
      { id: expect.stringMatching(/^wan_/), name: "LTE", isp: null },
    ],
  });
});

test("what GET gave can be PATCHed, and changes nothing", async () => {
  const made = await create({
    external_id: "same",
    tags: { a: ["b"] },
    monitored_since: "2026-01-01T00:00:00Z",
    wan_links: [{ name: "Fibre" }],
  });
  const { status, body } = await client.patch(`/sites/${made.id}`, made);
  expect([status, body]).toEqual([200, { ...made, updated_at: body.updated_at }]);
});

test("PATCH changes only what it names, and null empties", async () => {
  const made = await create({ external_id: "gone", address: "here", tags: { a: "b" } });
  const { body } = await client.patch(`/sites/${made.id}`, { external_id: null, address: null });
  expect(body).toEqual({ ...made, external_id: null, address: null, updated_at: body.updated_at });
});

test("links are replaced as a list: kept by id, renamed, added, removed, put in order", async () => {
  const made = await create({ wan_links: [{ name: "a" }, { name: "b" }, { name: "c" }] });
  const [a, , c] = made.wan_links;
  const { body } = await client.patch(`/sites/${made.id}`, {
    wan_links: [{ id: c.id, name: "C", isp: "Sunrise" }, { name: "new" }, { id: a.id, name: "a" }],
  });
  expect(body.wan_links.map(({ name }: { name: string }) => name)).toEqual(["C", "new", "a"]);
  expect([body.wan_links[0].id, body.wan_links[2].id]).toEqual([c.id, a.id]);
  expect(body.wan_links[0].isp).toBe("Sunrise");
});

test("a link whose faults were deleted can be removed", async () => {
  const made = await create({ wan_links: [{ name: "a" }] });
  const fault = (await client.post("/fault", { resource_id: made.wan_links[0].id })).body;
  expect((await client.patch(`/sites/${made.id}`, { wan_links: [] })).status).toBe(409);
  await client.delete(`/fault/${fault.id}`);
  expect((await client.patch(`/sites/${made.id}`, { wan_links: [] })).body.wan_links).toEqual([]);
});

test("an external id is free again when its site gives it up, and in another workspace", async () => {
  const made = await create({ external_id: "taken" });
  expect((await client.post("/sites", { name: "b", external_id: "taken" })).status).toBe(409);
  const other = await server.client("other");
  expect((await other.post("/sites", { name: "b", external_id: "taken" })).status).toBe(201);
  await client.patch(`/sites/${made.id}`, { external_id: null });
  expect((await client.post("/sites", { name: "b", external_id: "taken" })).status).toBe(201);
});

test("a deleted site takes its faults, leaves schedules and maintenance, and their rest stays", async () => {
  const site = await create({ wan_links: [{ name: "a" }] });
  const stays = await create();
  const faults = [
    (await client.post("/fault", { site_id: site.id })).body.id,
    (await client.post("/fault", { resource_id: site.wan_links[0].id })).body.id,
  ];
  await client.post(`/fault/${faults[0]}/comments`, { text: "seen" });
  const kept = (await client.post("/fault", { site_id: stays.id })).body.id;
  const schedule = (
    await client.post(
      "/reports/sla/schedules",
      aSchedule({ site_selection_mode: "manual", sites: [site.id, stays.id] }),
    )
  ).body.id;
  const window = (
    await client.post("/maintenance-windows", {
      name: "Upgrade",
      starts_at: "2026-01-01T00:00:00Z",
      ends_at: "2026-01-02T00:00:00Z",
      site_ids: [site.id],
    })
  ).body.id;
  const answer = await client.delete(`/sites/${site.id}`);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  for (const path of [`/sites/${site.id}`, ...faults.map((id) => `/fault/${id}`)])
    expect((await client.get(path)).status).toBe(404);
  expect((await client.get(`/fault/${kept}`)).status).toBe(200);
  expect((await client.get(`/reports/sla/schedules/${schedule}`)).body.sites).toEqual([stays.id]);
  expect((await client.get(`/maintenance-windows/${window}`)).body).toMatchObject({
    site_ids: [],
    tags: null,
  });
});

test("the list shows the newest first, by pages, and filters by name, external id and every tag", async () => {
  const own = await server.client("listed");
  expect((await own.get("/sites")).body.meta).toEqual({ page: 1, per_page: 50, total: 0, last_page: 1 });
  await own.post("/sites", {
    name: "1",
    external_id: "one",
    tags: { Region: "EMEA", Service: ["web", "api"] },
  });
  await own.post("/sites", { name: "2", tags: { region: "EMEA" } });
  await own.post("/sites", { name: "3", tags: { Region: "emea", "Site Code": "a:b" } });
  const listed = async (query: string) => names(await own.get(`/sites?${query}`));
  expect(await listed("")).toEqual(["3", "2", "1"]);
  expect(await listed("per_page=2&page=2")).toEqual(["1"]);
  expect(await listed("name=2")).toEqual(["2"]);
  expect(await listed("external_id=one")).toEqual(["1"]);
  expect(await listed("tag=REGION:EMEA")).toEqual(["2", "1"]);
  expect(await listed("tag=Region:EMEA&tag=service:api")).toEqual(["1"]);
  expect(await listed("tag=Site%20Code:a:b")).toEqual(["3"]);
  expect(await listed("tag=Region:APAC")).toEqual([]);
});

test("inserts while somebody pages lose nothing and change no order", async () => {
  const own = await server.client("paged");
  for (let i = 10; i < 30; i++) await own.post("/sites", { name: `old ${i}` });
  const seen: string[] = [];
  for (let page = 1, last = 1; page <= last; page++) {
    const answer = await own.get(`/sites?per_page=4&page=${page}`);
    seen.push(...names(answer));
    last = answer.body.meta.last_page;
    if (page < 4) await own.post("/sites", { name: `new ${page}` });
  }
  expect([...new Set(seen.filter((name) => name.startsWith("old")))]).toEqual(
    Array.from({ length: 20 }, (_, i) => `old ${29 - i}`),
  );
});

test("tags are counted over all sites of the workspace: keys in any case, values exactly", async () => {
  const own = await server.client("tagged");
  expect((await own.get("/tags")).body).toEqual({ data: [], key_count: 0 });
  await own.post("/sites", { name: "1", tags: { Region: ["EMEA", "Alps"], Service: "web" } });
  await own.post("/sites", { name: "2", tags: { REGION: "EMEA", constructor: "x" } });
  await own.post("/sites", { name: "3", tags: { region: "emea" } });
  await own.post("/sites", { name: "4" });
  expect((await own.get("/tags")).body.data).toEqual([
    {
      key: "Region",
      sites: 3,
      values: [
        { value: "Alps", sites: 1 },
        { value: "EMEA", sites: 2 },
        { value: "emea", sites: 1 },
      ],
      value_count: 3,
    },
    { key: "Service", sites: 1, values: [{ value: "web", sites: 1 }], value_count: 1 },
    { key: "constructor", sites: 1, values: [{ value: "x", sites: 1 }], value_count: 1 },
  ]);
});

test("whoever may not delete a fault may not delete a site that has some", async () => {
  const server = await startTestServer();
  const admin = await server.client();
  const { body: site } = await admin.post("/sites", { name: "With a past" });
  await admin.post("/fault", { site_id: site.id, created_at: "2026-01-01T00:00:00Z" });
  const writer = clientOf(server.url, await server.token({ scopes: ["sla:write"] }));
  const refused = await writer.delete(`/sites/${site.id}`);
  expect([refused.status, refused.body.code]).toEqual([403, "scope_missing"]);
  expect((await admin.get(`/sites/${site.id}`)).status).toBe(200);
  const both = clientOf(server.url, await server.token({ scopes: ["sla:write", "fault:write"] }));
  expect((await both.delete(`/sites/${site.id}`)).status).toBe(204);
  const { body: empty } = await admin.post("/sites", { name: "Without" });
  expect((await writer.delete(`/sites/${empty.id}`)).status).toBe(204);
  await server.stop();
});
