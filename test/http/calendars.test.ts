// Business hours and maintenance windows over HTTP.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Answer, aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

const WEEK = {
  name: "Shop",
  timezone: "Europe/Zurich",
  days: {
    monday: [
      { start: "08:00", end: "12:00" },
      { start: "13:00", end: "24:00" },
    ],
    saturday: [{ start: "22:00", end: "02:00" }],
    sunday: [],
  },
  holidays: ["2026-12-25", { date: "2026-08-01", name: "National day" }],
};
const WINDOW = { name: "Upgrade", starts_at: "2026-02-01T00:00:00+01:00", ends_at: "2026-02-01T02:00:00Z" };
const names = (answer: Answer) => answer.body.data.map(({ name }: { name: string }) => name);

test("new business hours are answered with 201, their place, and as they were sent", async () => {
  const { status, headers, body } = await client.post("/business-hours", WEEK);
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/business-hours/${body.id}`);
  expect(body).toEqual({
    id: expect.stringMatching(/^bh_[0-9A-Za-z]{27}$/),
    ...WEEK,
    created_at: expect.any(String),
    updated_at: body.created_at,
  });
  expect((await client.get(`/business-hours/${body.id}`)).body).toEqual(body);
});

test("what GET gave can be PUT, and changes nothing", async () => {
  const made = (await client.post("/business-hours", WEEK)).body;
  const { status, body } = await client.put(`/business-hours/${made.id}`, made);
  expect([status, body]).toEqual([200, { ...made, updated_at: body.updated_at }]);
});

test("PUT replaces everything: holidays that are left out are none", async () => {
  const made = (await client.post("/business-hours", WEEK)).body;
  const days = { friday: [{ start: "00:00", end: "24:00" }] };
  const { body } = await client.put(`/business-hours/${made.id}`, { name: "Day", timezone: "UTC", days });
  expect(body).toMatchObject({ id: made.id, name: "Day", timezone: "UTC", days, holidays: [] });
  expect(body.days.monday).toBeUndefined();
});

test("hours that a schedule uses cannot be deleted: the refusal names it, and afterwards they can", async () => {
  const hours = (await client.post("/business-hours", WEEK)).body.id;
  const made = await client.post(
    "/reports/sla/schedules",
    aSchedule({ name: "Uses them", business_hours_id: hours }),
  );
  const refused = await client.delete(`/business-hours/${hours}`);
  expect([refused.status, refused.body.code]).toEqual([409, "in_use"]);
  expect(refused.body.message).toContain(`'Uses them' (${made.body.id})`);
  await client.patch(`/reports/sla/schedules/${made.body.id}`, { business_hours_id: null });
  expect((await client.delete(`/business-hours/${hours}`)).status).toBe(204);
  expect((await client.get(`/business-hours/${hours}`)).status).toBe(404);
});

test.each([
  ["/business-hours", WEEK],
  ["/maintenance-windows", WINDOW],
])("the list of %s shows the newest first, by pages", async (path, fields) => {
  const own = await server.client("listed");
  for (const name of ["1", "2", "3"]) await own.post(path, { ...fields, name });
  expect(names(await own.get(path))).toEqual(["3", "2", "1"]);
  const second = await own.get(`${path}?per_page=2&page=2`);
  expect(names(second)).toEqual(["1"]);
  expect(second.body.meta).toEqual({ page: 2, per_page: 2, total: 3, last_page: 2 });
});

test("a new maintenance window is for all sites, unless it names some", async () => {
  const { status, headers, body } = await client.post("/maintenance-windows", WINDOW);
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/maintenance-windows/${body.id}`);
  expect(body).toEqual({
    id: expect.stringMatching(/^mw_[0-9A-Za-z]{27}$/),
    name: "Upgrade",
    starts_at: "2026-01-31T23:00:00.000Z",
    ends_at: "2026-02-01T02:00:00.000Z",
    rrule: null,
    timezone: "UTC",
    site_ids: null,
    tags: null,
    created_at: expect.any(String),
    updated_at: body.created_at,
  });
  expect((await client.get(`/maintenance-windows/${body.id}`)).body).toEqual(body);
});

test("a window is for sites, then for tags, then for all again", async () => {
  const site = (await client.post("/sites", { name: "Zurich" })).body.id;
  const made = (await client.post("/maintenance-windows", { ...WINDOW, site_ids: [site, site] })).body;
  expect(made).toMatchObject({ site_ids: [site], tags: null });
  const path = `/maintenance-windows/${made.id}`;
  const tags = [{ key: "Region", value: "EMEA" }];
  expect((await client.patch(path, { site_ids: null, tags })).body).toMatchObject({ site_ids: null, tags });
  expect((await client.patch(path, { name: "b" })).body).toMatchObject({ name: "b", site_ids: null, tags });
  expect((await client.patch(path, { tags: null })).body).toMatchObject({ site_ids: null, tags: null });
});

test("what GET gave can be PATCHed, also when the last named site was deleted", async () => {
  const site = (await client.post("/sites", { name: "Zurich" })).body.id;
  const made = (await client.post("/maintenance-windows", { ...WINDOW, site_ids: [site] })).body;
  const path = `/maintenance-windows/${made.id}`;
  const same = await client.patch(path, made);
  expect([same.status, same.body]).toEqual([200, { ...made, updated_at: same.body.updated_at }]);
  await client.delete(`/sites/${site}`);
  const left = (await client.get(path)).body;
  expect(left.site_ids).toEqual([]);
  const sent = await client.patch(path, left);
  expect([sent.status, sent.body.site_ids]).toEqual([200, []]);
});

test("a window that lost its last site is for no site, not for all", async () => {
  const own = await server.client("lost");
  const [gone, stays] = [
    (await own.post("/sites", { name: "Zurich" })).body.id,
    (await own.post("/sites", { name: "Bern" })).body.id,
  ];
  await own.post("/maintenance-windows", { ...WINDOW, site_ids: [gone] });
  await own.delete(`/sites/${gone}`);
  const { sites } = (await own.get("/uptime?from=2026-02-01&to=2026-02-01")).body;
  expect(sites).toMatchObject([{ site_id: stays, service_seconds: 86_400 }]);
});

test("a deleted window is gone", async () => {
  const { id } = (await client.post("/maintenance-windows", WINDOW)).body;
  expect((await client.delete(`/maintenance-windows/${id}`)).status).toBe(204);
  expect((await client.get(`/maintenance-windows/${id}`)).status).toBe(404);
});
