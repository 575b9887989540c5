// Keys of tags are compared in one way wherever they are: case and the encoding of accents tell none apart.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Answer, aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

/** "Étage" as one character and four; in capitals, with the accent after its letter; and in small letters. */
const SPELLINGS = ["\u00c9tage", "E\u0301TAGE", "\u00e9tage", "e\u0301tage"];
const query = (tag: string) => new URLSearchParams({ tag }).toString();

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  for (const [index, key] of SPELLINGS.entries()) {
    const tags = { [key]: index === 3 ? "2" : "1" };
    await client.post("/sites", { name: `Site ${index}`, tags, monitored_since: "2026-01-01T00:00:00Z" });
    const rules = { site_selection_mode: "tags", site_selection_rules: [{ key, value: "1" }] };
    await client.post("/reports/sla/schedules", aSchedule({ name: `Schedule ${index}`, ...rules }));
  }
  await client.post("/maintenance-windows", {
    name: "Lift",
    starts_at: "2026-02-01T00:00:00Z",
    ends_at: "2026-02-01T06:00:00Z",
    tags: [{ key: "\u00e9TAGE", value: "2" }],
  });
});
afterAll(() => server.stop());

const names = ({ body }: Answer) => body.data.map(({ name }: { name: string }) => name).sort();

describe.each(SPELLINGS.map((key) => [encodeURIComponent(key), key]))("asked for as %s", (_, key) => {
  test("sites have it", async () => {
    expect(names(await client.get(`/sites?${query(`${key}:1`)}`))).toEqual(["Site 0", "Site 1", "Site 2"]);
  });

  test("schedules have it in their rules", async () => {
    const found = await client.get(`/reports/sla/schedules?${query(`${key}:1`)}`);
    expect(names(found)).toEqual(SPELLINGS.map((__, index) => `Schedule ${index}`));
    expect(names(await client.get(`/reports/sla/schedules?${query(`${key}:2`)}`))).toEqual([]);
  });

  test("a selection means the same sites", async () => {
    const rules = { site_selection_mode: "tags", site_selection_rules: [{ key, value: "1" }] };
    const { body } = await client.post("/reports/sla/schedules/preview", aSchedule(rules));
    expect(body.site_count).toBe(3);
  });

  test("uptime has its groups and its maintenance", async () => {
    const range = { from: "2026-02-01", to: "2026-02-01", group_by: key };
    const { body } = await client.get(`/uptime?${new URLSearchParams(range)}`);
    const sizes = body.groups.map((group: { value: string; site_ids: string[] }) => [
      group.value,
      group.site_ids.length,
    ]);
    expect(sizes).toEqual([
      ["1", 3],
      ["2", 1],
    ]);
    const seconds = body.sites.map((site: { service_seconds: number }) => site.service_seconds / 3600);
    expect(seconds).toEqual([24, 24, 24, 18]);
  });
});

test("the list of tags has it once, as the first site spelt it", async () => {
  const { body } = await client.get("/tags");
  expect(body.data).toEqual([
    {
      key: "\u00c9tage",
      sites: 4,
      value_count: 2,
      values: [
        { value: "1", sites: 3 },
        { value: "2", sites: 1 },
      ],
    },
  ]);
});

test("a site cannot have it twice, made alone or imported", async () => {
  const site = { name: "Twice", tags: { "\u00c9tage": "1", "e\u0301tage": "2" } };
  const { status, body } = await client.post("/sites", site);
  expect({ status, code: body.code }).toEqual({ status: 400, code: "parameter_invalid" });
  const json = await client.send("POST", "/sites/import", JSON.stringify(site), "application/x-ndjson");
  expect(json.body).toMatchObject({ refused: 1, created: 0 });
  const csv = "name,tag:\u00c9tage,tag:e\u0301tage\nTwice,1,2\n";
  const rows = await client.send("POST", "/sites/import", csv, "text/csv");
  expect(rows.body).toMatchObject({ refused: 1, created: 0 });
});
