// How large objects may be, so that a page of a hundred is a few megabytes: the tags and links of a site, the
// comments of a fault. What is there already stays readable.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { databasePath } from "../../src/store/database/open.ts";
import { type Client, errorOf, type Json, startTestServer, type TestServer } from "../support/server.ts";

const MEGABYTE = 1_000_000;

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

/** Tags that take so many bytes as JSON. */
function tagsOf(bytes: number): Record<string, string[]> {
  const tags: Record<string, string[]> = {};
  const left = () => bytes - Buffer.byteLength(JSON.stringify(tags));
  for (let key = 10; left() > 0; key++) {
    const values: string[] = [];
    tags[`k${key}`] = values;
    for (let value = 10; value < 58 && left() > 250; value++) values.push(`${value}`.padEnd(200, "x"));
    if (left() <= 250 && left() > 3)
      values.push("y".repeat(Math.min(200, left() - (values.length > 0 ? 3 : 2))));
  }
  return tags;
}

/** Does it to the database, as an older Nines would have let it. */
function before(sql: string, ...values: (string | number)[]): void {
  const db = new Database(databasePath(server.dataFolder), { readwrite: true });
  db.run("PRAGMA busy_timeout = 5000");
  db.query(sql).run(...values);
  db.close();
}

describe("the tags of a site", () => {
  const fits = tagsOf(16 * 1024);
  const tooLarge = { ...fits, one: "more" };

  test("take up to 16 KiB as JSON, and are refused by name beyond that", async () => {
    expect(Buffer.byteLength(JSON.stringify(fits))).toBe(16 * 1024);
    const made = await client.post("/sites", { name: "fits", tags: fits });
    expect([made.status, made.body.tags]).toEqual([201, fits]);
    const refused = await client.post("/sites", { name: "too large", tags: tooLarge });
    expect(errorOf(refused)).toMatchObject({
      code: "parameter_invalid",
      param: "tags",
      message: expect.stringContaining("must take at most 16384 bytes together, but takes 163"),
    });
    const changed = await client.patch(`/sites/${made.body.id}`, { tags: tooLarge });
    expect(errorOf(changed)).toMatchObject({ code: "parameter_invalid", param: "tags" });
  });

  test("are refused by line and name in an import, whatever its format", async () => {
    const ndjson = `${JSON.stringify({ name: "imported", tags: tooLarge })}\n`;
    const csv = `name,tags\nimported,"${JSON.stringify(tooLarge).replaceAll('"', '""')}"\n`;
    const bodies = [
      await client.send("POST", "/sites/import", ndjson, "application/x-ndjson"),
      await client.send("POST", "/sites/import", csv, "text/csv"),
    ].map(({ body }) => body);
    for (const body of bodies) expect([body.created, body.refused]).toEqual([0, 1]);
    expect(bodies.map(({ errors }) => errors[0].param)).toEqual(["tags", "tags"]);
  });

  test("that are larger since before stay readable, and the site can be changed", async () => {
    const { id } = (await client.post("/sites", { name: "old" })).body;
    before("UPDATE sites SET tags = ? WHERE id = ?", JSON.stringify(tooLarge), id);
    expect((await client.patch(`/sites/${id}`, { address: "Bern" })).status).toBe(200);
    expect((await client.get(`/sites/${id}`)).body).toMatchObject({ tags: tooLarge, address: "Bern" });
  });
});

describe("the WAN links of a site", () => {
  const links = (count: number, isp: string) =>
    Array.from({ length: count }, (_, index) => ({ name: `link ${index + 10}`, isp }));

  test("have names and providers of up to 16 KiB together", async () => {
    expect(
      (await client.post("/sites", { name: "fits", wan_links: links(90, "x".repeat(175)) })).status,
    ).toBe(201);
    const refused = await client.post("/sites", { name: "too large", wan_links: links(90, "x".repeat(176)) });
    expect(errorOf(refused)).toMatchObject({ code: "parameter_invalid", param: "wan_links" });
  });

  test("cannot grow beyond that by imports of a few each", async () => {
    const row = (from: number, count: number) =>
      `${JSON.stringify({ name: "growing", wan_links: links(from + count, "x".repeat(190)).slice(from) })}\n`;
    const first = await client.send("POST", "/sites/import", row(0, 50), "application/x-ndjson");
    expect(first.body).toMatchObject({ created: 1, refused: 0 });
    const second = await client.send("POST", "/sites/import", row(50, 40), "application/x-ndjson");
    expect(second.body).toMatchObject({ updated: 0, refused: 1, errors: [{ param: "wan_links" }] });
  });
});

describe("the comments of a fault", () => {
  let site: string;
  beforeAll(async () => {
    site = (await client.post("/sites", { name: "commented" })).body.id;
  });
  const aFault = async (own = client): Promise<string> =>
    (await own.post("/fault", { site_id: site, created_at: "2026-01-01T00:00:00Z" })).body.id;
  const comment = (fault: string, text: string) => client.post(`/fault/${fault}/comments`, { text });

  test("are a hundred at most", async () => {
    const fault = await aFault();
    for (let count = 0; count < 100; count++) expect((await comment(fault, "seen")).status).toBe(201);
    const refused = await comment(fault, "once more");
    expect(errorOf(refused)).toMatchObject({
      code: "parameter_invalid",
      param: "text",
      message: "'text' cannot be added: the fault has 100 comments, the most it may have.",
    });
  });

  test("take 32 KiB at most with their authors, to the byte", async () => {
    const fault = await aFault();
    const author = "tester".length;
    for (let count = 0; count < 6; count++) await comment(fault, "é".repeat(2500));
    const left = 32 * 1024 - 6 * (5000 + author) - author;
    expect(errorOf(await comment(fault, "x".repeat(left + 1)))).toMatchObject({ param: "text" });
    expect((await comment(fault, "x".repeat(left))).status).toBe(201);
    expect(errorOf(await comment(fault, "x")).message).toContain("of which 0 are left");
  });

  test("that are more since before stay readable; a page of such faults ends early and goes on", async () => {
    const own = await server.client("commentators");
    site = (await own.post("/sites", { name: "old" })).body.id;
    const faults = [await aFault(own), await aFault(own), await aFault(own)];
    for (const fault of faults) {
      before(
        `INSERT INTO fault_comments (id, fault_seq, author, text, created_at_ms)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 600)
         SELECT 'c' || f.seq || '.' || n, f.seq, 'somebody', ?, 0 FROM n, faults f WHERE f.id = ?`,
        "x".repeat(5000),
        fault,
      );
    }
    expect((await own.get(`/fault/${faults[0]}`)).body.comments).toHaveLength(600);
    const seen: string[] = [];
    let longest = 0;
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Json = await own.get(`/fault?per_page=100${cursor && `&cursor=${cursor}`}`);
      longest = Math.max(longest, page.text.length);
      seen.push(...page.body.data.map(({ id }: { id: string }) => id));
      expect(page.body.meta).toMatchObject({
        count: page.body.data.length,
        has_more: page.body.meta.cursor !== null,
      });
      cursor = page.body.meta.cursor;
    }
    expect(seen.sort()).toEqual(faults.sort());
    expect(longest).toBeLessThan(8 * MEGABYTE);
  });
});

test("tags of many sites are listed as far as fits, those at most sites first, with how many there are", async () => {
  const own = await server.client("many-tags");
  const rows = Array.from({ length: 1200 }, (_, index) =>
    JSON.stringify({
      name: `site ${index}`,
      tags: {
        Region: "EMEA",
        [`key ${index}`]: "x",
        Owner: Array.from({ length: 10 }, (_, n) => `${index}.${n}`),
      },
    }),
  );
  await own.send("POST", "/sites/import", `${rows.join("\n")}\n`, "application/x-ndjson");
  const { body } = await own.get("/tags");
  expect([body.key_count, body.data.length]).toEqual([1202, 1000]);
  const keys = new Map<string, Json>(body.data.map((entry: Json) => [entry.key, entry]));
  expect(keys.get("Region")).toEqual({
    key: "Region",
    sites: 1200,
    values: [{ value: "EMEA", sites: 1200 }],
    value_count: 1,
  });
  expect(keys.get("Owner")).toMatchObject({ sites: 1200, value_count: 12_000 });
  const listed = body.data.reduce((sum: number, { values }: Json) => sum + values.length, 0);
  expect(listed).toBeLessThanOrEqual(10_000);
  expect(keys.get("Owner").values.length).toBe(1000);
});
