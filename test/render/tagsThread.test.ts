// What takes the tags of all sites is read in a thread where there are many, answers the same, and is charged by its cost.

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { hasFewTags, makeTagged } from "../../src/render/makeTagged.ts";
import { databasePath } from "../../src/store/database/open.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
let db: Database;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  db = new Database(databasePath(server.dataFolder), { readonly: true });
  const rows = Array.from({ length: 300 }, (_, index) =>
    JSON.stringify({
      name: `Site ${index}`,
      external_id: `${index}`,
      tags: { Region: index % 3 ? "EMEA" : ["APAC", "EMEA"], Long: "x".repeat(190), Nr: `${index % 7}` },
    }),
  );
  await client.send("POST", "/sites/import", rows.join("\n"), "application/x-ndjson");
  await client.post("/sites", { name: "Alone" });
});
afterAll(async () => {
  db.close();
  await server.stop();
});

const RULES = [{ key: "REGION", value: "APAC" }];
const asked = {
  tags: { kind: "tags" },
  sites: { kind: "sites", filter: { tags: RULES }, page: { page: 2, perPage: 30 } },
  selection: { kind: "selection", selection: { mode: "tags", rules: RULES, logic: "and" }, beside: {} },
} as const;

test("the threads' answers are those that are made here", async () => {
  expect(hasFewTags({ db }, "acme")).toBe(false);
  const here = (kind: keyof typeof asked) => {
    const ask = asked[kind] as Parameters<typeof makeTagged>[1];
    return JSON.parse(JSON.stringify(makeTagged({ db }, { ...ask, workspace: "acme" }, () => {})));
  };
  expect((await client.get("/tags")).body).toEqual(here("tags"));
  const { body } = await client.get("/sites?tag=region:APAC&page=2&per_page=30");
  expect(body).toEqual(here("sites"));
  expect(body.meta).toEqual({ page: 2, per_page: 30, total: 100, last_page: 4 });
  const schedule = aSchedule({ site_selection_mode: "tags", site_selection_rules: RULES });
  const preview = await client.post("/reports/sla/schedules/preview", schedule);
  expect(preview.body).toMatchObject(here("selection"));
  expect([preview.body.site_count, preview.body.next_runs.length]).toEqual([100, 5]);
});

test("what it costs grows with the sites and their tags, and is told before", () => {
  const cost = (workspace: string) => {
    const told: number[] = [];
    makeTagged({ db }, { kind: "tags", workspace }, (units) => told.push(units));
    return told;
  };
  expect(cost("other")).toEqual([0]);
  expect(cost("acme")[0]).toBeGreaterThan(300 * 4);
});

test("without a thread to spare, few tags are read all the same, and many are refused", async () => {
  const busy = await startTestServer({ readerLimits: { waiting: 0 } });
  try {
    const own = await busy.client();
    await own.post("/sites", { name: "One", tags: { Region: "EMEA" } });
    expect((await own.get("/sites?tag=Region:EMEA")).body.meta.total).toBe(1);
    const rows = Array.from({ length: 201 }, (_, index) => JSON.stringify({ name: `Site ${index}` }));
    await own.send("POST", "/sites/import", rows.join("\n"), "application/x-ndjson");
    for (const path of ["/tags", "/sites?tag=Region:EMEA"]) {
      const { status, body } = await own.get(path);
      expect([status, body.code]).toEqual([503, "computation_unavailable"]);
    }
    expect((await own.get("/sites")).body.meta.total).toBe(202);
  } finally {
    await busy.stop();
  }
});
