// Faults over HTTP: record, change, resolve, comment, list by cursor.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Answer, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
let site: { id: string; wan_links: { id: string }[] };
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  site = (await client.post("/sites", { name: "Zurich", wan_links: [{ name: "Fibre" }] })).body;
});
afterAll(() => server.stop());

const create = async (fields: Record<string, unknown> = {}) =>
  (await client.post("/fault", { site_id: site.id, created_at: "2026-02-01T08:00:00Z", ...fields })).body;
const ids = (answer: Answer): string[] => answer.body.data.map(({ id }: { id: string }) => id);

test("a new fault is answered with 201, its place, and every default", async () => {
  const before = Date.now();
  const { status, headers, body } = await client.post("/fault", { site_id: site.id });
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/fault/${body.id}`);
  expect(body).toEqual({
    id: expect.stringMatching(/^flt_[0-9A-Za-z]{27}$/),
    site_id: site.id,
    resource_id: null,
    type: "site",
    severity: "CRITICAL",
    status: "unresolved",
    cause: null,
    message: null,
    created_at: expect.any(String),
    resolved_at: null,
    external_id: null,
    comments: [],
    updated_at: expect.any(String),
  });
  expect(Date.parse(body.created_at)).toBeGreaterThanOrEqual(before);
  expect((await client.get(`/fault/${body.id}`)).body).toEqual(body);
  await client.delete(`/fault/${body.id}`);
});

test("a fault of a link needs no site, and is of the link's type", async () => {
  const { body } = await client.post("/fault", { resource_id: site.wan_links[0]?.id });
  expect(body).toMatchObject({ site_id: site.id, resource_id: site.wan_links[0]?.id, type: "wantunnel" });
  const named = await create({ resource_id: site.wan_links[0]?.id, type: "bgp" });
  expect(named.type).toBe("bgp");
});

test.each([
  ["2026-02-01T08:00:00Z", "2026-02-01T08:00:00.000Z"],
  ["2026-02-01t08:00:00z", "2026-02-01T08:00:00.000Z"],
  ["2026-02-01T08:00:00.123456789Z", "2026-02-01T08:00:00.123Z"],
  ["2026-02-01T08:00:00+05:45", "2026-02-01T02:15:00.000Z"],
  ["2026-01-31T23:30:00-11:30", "2026-02-01T11:00:00.000Z"],
  ["2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00.000Z"],
  ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
])("the time %s is stored as %s", async (sent, stored) => {
  const made = await create({ created_at: sent });
  expect(made.created_at).toBe(stored);
  await client.delete(`/fault/${made.id}`);
});

test("an outage may end in the moment it began", async () => {
  const made = await create({ resolved_at: "2026-02-01T09:00:00+01:00" });
  expect(made).toMatchObject({ status: "resolved", resolved_at: "2026-02-01T08:00:00.000Z" });
});

test("what GET gave can be PATCHed, and changes nothing", async () => {
  const made = await create({
    cause: "Power outage",
    message: "ping lost",
    severity: "LOW",
    external_id: "same",
  });
  await client.post(`/fault/${made.id}/comments`, { text: "seen" });
  const before = (await client.get(`/fault/${made.id}`)).body;
  const { status, body } = await client.patch(`/fault/${made.id}`, before);
  expect([status, body]).toEqual([200, { ...before, updated_at: body.updated_at }]);
});

test("PATCH changes only what it names; null empties, and opens again", async () => {
  const made = await create({ cause: "Power outage", resolved_at: "2026-02-01T09:00:00Z" });
  const { body } = await client.patch(`/fault/${made.id}`, { cause: null, resolved_at: null });
  expect(body).toEqual({
    ...made,
    cause: null,
    resolved_at: null,
    status: "unresolved",
    updated_at: body.updated_at,
  });
});

test("resolving ends an outage now, or when it is told", async () => {
  const [now, told] = [await create(), await create()];
  const before = Date.now();
  const resolved = await client.post(`/fault/${now.id}/resolve`);
  expect(resolved.body).toMatchObject({ id: now.id, status: "resolved" });
  expect(Date.parse(resolved.body.resolved_at)).toBeGreaterThanOrEqual(before);
  const { body } = await client.post(`/fault/${told.id}/resolve`, {
    resolved_at: "2026-02-01T10:00:00+01:00",
  });
  expect(body.resolved_at).toBe("2026-02-01T09:00:00.000Z");
});

test("resolving without a body and without a content type works", async () => {
  const made = await create();
  const answer = await fetch(`${server.url}/fault/${made.id}/resolve`, {
    method: "POST",
    headers: { Authorization: `Bearer ${client.token}` },
  });
  expect(answer.status).toBe(200);
});

test("comments carry who wrote them, in the order they came", async () => {
  const made = await create();
  const first = await client.post(`/fault/${made.id}/comments`, {
    text: "The <b>router</b> is dead\nsince noon",
  });
  expect(first.status).toBe(201);
  expect(first.body).toEqual({
    id: expect.stringMatching(/^cmt_/),
    author: "tester",
    text: "The <b>router</b> is dead\nsince noon",
    created_at: expect.any(String),
  });
  await client.post(`/fault/${made.id}/comments`, { text: "replaced" });
  const { comments } = (await client.get(`/fault/${made.id}`)).body;
  expect(comments.map(({ text }: { text: string }) => text)).toEqual([first.body.text, "replaced"]);
  await client.delete(`/fault/${made.id}`);
  expect((await client.post(`/fault/${made.id}/comments`, { text: "late" })).status).toBe(404);
});

test("two faults may begin together at a site; an external id is unique in its workspace", async () => {
  expect((await create({ cause: "twin" })).id).not.toBe((await create({ cause: "twin" })).id);
  const first = await create({ external_id: "E-1" });
  expect((await client.post("/fault", { site_id: site.id, external_id: "E-1" })).status).toBe(409);
  await client.patch(`/fault/${first.id}`, { external_id: "E-2" });
  expect((await client.post("/fault", { site_id: site.id, external_id: "E-1" })).status).toBe(201);
});

/** A workspace with a fault an hour on the first of February, hour 0 to 9; some are odd. */
async function aDay(workspace: string) {
  const own = await server.client(workspace);
  const zurich = (await own.post("/sites", { name: "Zurich" })).body.id;
  const bern = (await own.post("/sites", { name: "Bern" })).body.id;
  const made: string[] = [];
  for (let hour = 0; hour < 10; hour++) {
    const { body } = await own.post("/fault", {
      site_id: hour % 2 === 0 ? zurich : bern,
      type: hour === 3 ? "info" : "site",
      severity: hour === 4 ? "LOW" : "HIGH",
      created_at: `2026-02-01T0${hour}:00:00Z`,
      resolved_at: hour === 9 ? null : `2026-02-01T0${hour}:30:00Z`,
    });
    made.push(body.id);
  }
  return { own, zurich, bern, made };
}

test("the list goes by start, newest first, and filters", async () => {
  const { own, zurich, bern, made } = await aDay("filtered");
  const hours = async (query: string) => ids(await own.get(`/fault?${query}`)).map((id) => made.indexOf(id));
  expect(await hours("")).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(await hours("status=unresolved")).toEqual([9]);
  expect(await hours("status=resolved&per_page=2")).toEqual([8, 7]);
  expect(await hours("type=info")).toEqual([3]);
  expect(await hours("severity=LOW")).toEqual([4]);
  expect(await hours(`site_id=${bern}&type=site`)).toEqual([9, 7, 5, 1]);
  expect(await hours(`site_id=${bern}&site_id=${zurich}&per_page=3`)).toEqual([9, 8, 7]);
  expect(await hours("from=2026-02-01T07:30:00Z")).toEqual([9, 8]);
  expect(await hours("from=2026-02-01T07:29:59Z")).toEqual([9, 8, 7]);
  expect(await hours("to=2026-02-01T02:00:00Z")).toEqual([1, 0]);
  expect(await hours("from=2026-02-01T02:15:00Z&to=2026-02-01T03:15:00Z")).toEqual([3, 2]);
  expect(await hours("from=2026-02-10T00:00:00Z")).toEqual([9]);
});

test("a cursor shows every fault once, also when faults are added and deleted meanwhile", async () => {
  const { own, zurich, made } = await aDay("paged");
  const seen: string[] = [];
  let query = "/fault?per_page=3";
  for (let page = 0; ; page++) {
    const answer = await own.get(query);
    const { count, cursor, has_more } = answer.body.meta;
    expect(count).toBe(ids(answer).length);
    expect(has_more).toBe(cursor !== null);
    seen.push(...ids(answer));
    if (!has_more) break;
    query = `/fault?per_page=3&cursor=${encodeURIComponent(cursor)}`;
    await own.post("/fault", { site_id: zurich, created_at: `2026-02-0${page + 2}T00:00:00Z` });
    await own.delete(`/fault/${seen.at(-1)}`);
  }
  expect(seen).toEqual([...made].reverse());
});

test("a page that ends exactly at the last fault says so", async () => {
  const { own } = await aDay("exact");
  const last = await own.get("/fault?per_page=10");
  expect(last.body.meta).toEqual({ count: 10, cursor: null, has_more: false });
  expect((await own.get("/fault?per_page=9")).body.meta.has_more).toBe(true);
});

test("faults that began in the same millisecond are paged in order, too", async () => {
  const own = await server.client("together");
  const place = (await own.post("/sites", { name: "Zurich" })).body.id;
  const made: string[] = [];
  for (let i = 0; i < 7; i++)
    made.push((await own.post("/fault", { site_id: place, created_at: "2026-02-01T00:00:00Z" })).body.id);
  const first = await own.get("/fault?per_page=4");
  const second = await own.get(`/fault?per_page=4&cursor=${first.body.meta.cursor}`);
  expect([...ids(first), ...ids(second)]).toEqual(made.reverse());
});
