// Two workspaces on one server: whatever the second one sends, the first one's things are as if they were not
// there. Requests are made of the routes themselves, so a new route or field is tried without a new line here.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { databasePath } from "../../src/store/database/open.ts";
import { documentAndRoutes } from "../http/openapi/quietServer.ts";
import { goodBody } from "../http/routes.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type IdPlace, idPlacesOf, withValueAt } from "./idPlaces.ts";
import { everythingOf, type Ids, RANGE_QUERY, type Tenant, tenantOf } from "./tenant.ts";

const { document, routes } = documentAndRoutes();
const places = idPlacesOf(routes, document);

let server: TestServer;
let theirs: Tenant;
let ours: Tenant;
let before: { answers: Record<string, string>; rows: string };
const logged: string[] = [];
/** All that was answered to us. */
const seen: string[] = [];

beforeAll(async () => {
  server = await startTestServer({
    log: (level, event, facts) => logged.push(`${level} ${event} ${JSON.stringify(facts)}`),
  });
  theirs = await tenantOf(await server.client("tenant-a"), "Quetzal");
  ours = await tenantOf(await server.client("tenant-b"), "Bluebird");
  await settled();
  before = { answers: await everythingOf(theirs), rows: rowsOf("tenant-a") };
});
afterAll(() => server.stop());

/** Waits until nothing of theirs changes by itself: reports are made, and each message was tried once. */
async function settled() {
  const isBusy = () => {
    const db = new Database(databasePath(server.dataFolder), { readonly: true });
    try {
      return (
        db.query("SELECT 1 FROM reports WHERE status IN ('queued', 'running')").get() !== null ||
        db
          .query("SELECT 1 FROM jobs WHERE state = 'running' OR (state = 'queued' AND attempts = 0)")
          .get() !== null
      );
    } finally {
      db.close();
    }
  };
  while (isBusy()) await Bun.sleep(20);
}

/** Every row of a workspace, of all tables that say whose a row is. */
function rowsOf(workspace: string): string {
  const db = new Database(databasePath(server.dataFolder), { readonly: true });
  try {
    const tables = db
      .query<{ name: string }, []>(
        `SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name = 'workspace' ORDER BY m.name`,
      )
      .all();
    expect(tables.length).toBeGreaterThan(8);
    const rows = tables.map(({ name }) =>
      db.query(`SELECT * FROM ${name} WHERE workspace = ?`).values(workspace),
    );
    return JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value));
  } finally {
    db.close();
  }
}

/** An id of the kind that was never given to anything. */
const unknownId = (prefix: string) => `${prefix}_${"0".repeat(27)}`;

/** A body that the route takes, with all that its references lie within. */
function bodyFor({ operationId, ...route }: IdPlace["route"], ids: Ids): unknown {
  const links = { name: "a", wan_links: [{ name: "a" }] };
  const bodies: Record<string, unknown> = {
    createSite: links,
    updateSite: links,
    createFault: { site_id: ids["site"], created_at: "2026-01-01T00:00:00Z" },
  };
  return bodies[operationId] ?? goodBody({ operationId, ...route });
}

type Asked = { status: number; headers: string[]; text: string };

/** Asks with our token; the id and what differs between any two answers are taken out. */
async function ask(method: string, path: string, id: string, body?: unknown, type = "application/json") {
  const response = await fetch(`${server.url}${path}`, {
    method,
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    headers: {
      Authorization: `Bearer ${ours.client.token}`,
      ...(body === undefined ? {} : { "Content-Type": type }),
    },
  });
  const requestId = response.headers.get("x-request-id") ?? "";
  const text = (await response.text()).replaceAll(requestId, "REQUEST");
  const headers = [...response.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  seen.push(text, JSON.stringify(headers));
  return {
    status: response.status,
    headers: headers.map(([name, value]) => `${name}: ${value.replaceAll(id, "ID")}`).toSorted(),
    text: text.replaceAll(id, "ID"),
  } satisfies Asked;
}

/** Sends a request that is right in all but this one id. */
function askWith({ route, in: where, way, prefix }: IdPlace, id: string): Promise<Asked> {
  const ownIds = where === "path" ? { ...ours.ids, [prefix]: id } : ours.ids;
  const inPath = places.filter((place) => place.route === route && place.in === "path");
  const path = inPath.reduce(
    (given, place) => given.replace(`{${place.way[0]}}`, ownIds[place.prefix] ?? ""),
    route.path,
  );
  const required =
    ((route.query?.["required"] as string[] | undefined) ?? []).length > 0 ? [RANGE_QUERY] : [];
  const query = [...required, ...(where === "query" ? [`${way[0]}=${id}`] : [])].join("&");
  const base = bodyFor(route, ours.ids);
  const body = where === "body" ? withValueAt(base, way, id) : base;
  return ask(route.method, query ? `${path}?${query}` : path, id, body);
}

const titleOf = ({ route, in: where, way }: IdPlace) =>
  `${route.method} ${route.path}, ${where} ${way.map((step) => (step === 0 ? "[]" : step)).join(".")}`;

describe("their id cannot be told from one that never was, nor be used", () => {
  test.each(places.map((place) => [titleOf(place), place] as const))("%s", async (_, place) => {
    const id = theirs.ids[place.prefix];
    if (id === undefined) throw new Error(`a tenant has no ${place.prefix}`);
    const answer = await askWith(place, id);
    expect(answer).toEqual(await askWith(place, unknownId(place.prefix)));
    if (place.in === "path") expect(answer.status).toBe(404);
    if (place.in === "body") expect(answer.status).toBe(400);
    if (place.in === "query")
      expect(answer.status === 200 ? isEmpty(answer) : answer.status >= 400).toBe(true);
  });

  test("in so many places", () => {
    const count = (where: string) => places.filter((place) => place.in === where).length;
    expect(count("path")).toBe(routes.flatMap(({ path }) => path.match(/\{(?!code)/g) ?? []).length);
    expect([count("path") >= 30, count("query") >= 5, count("body") >= 15]).toEqual([true, true, true]);
    expect(new Set(places.map(({ prefix }) => prefix)).size).toBeGreaterThanOrEqual(9);
  });
});

/** A list without entries, or a CSV with a header only. */
function isEmpty({ text }: Asked): boolean {
  return text.startsWith("{") ? JSON.parse(text).data.length === 0 : text.trim().split("\n").length === 1;
}

describe("their words find nothing", () => {
  const filters: [path: string, name: string, value: () => string][] = [
    ["/sites", "name", () => `${theirs.mark} site`],
    ["/sites", "external_id", () => `${theirs.mark} external`],
    ["/sites", "tag", () => `${theirs.mark} key:${theirs.mark} value`],
    ["/reports/sla/schedules", "name", () => theirs.mark],
    ["/reports/sla/schedules", "tag", () => `${theirs.mark} key:${theirs.mark} value`],
    ["/fault", "type", () => theirs.mark],
    ["/fault/export", "type", () => theirs.mark],
    ["/uptime", "tag", () => `${theirs.mark} key:${theirs.mark} value`],
    ["/uptime", "group_by", () => `${theirs.mark} key`],
  ];

  test.each(filters)("%s?%s", async (path, name, value) => {
    const query = path === "/uptime" ? `${RANGE_QUERY}&` : "";
    const answers = [value(), value().replaceAll(theirs.mark, "Nothing")].map((text) =>
      ask("GET", `${path}?${query}${name}=${encodeURIComponent(text)}`, theirs.mark),
    );
    const [a, b] = await Promise.all(answers);
    expect({ ...a, text: a?.text.replaceAll("Nothing", "ID") } as Asked).toEqual({
      ...(b as Asked),
      text: (b as Asked).text.replaceAll("Nothing", "ID"),
    });
  });

  test("every parameter that takes words is tried", () => {
    const taken = routes.flatMap(({ path, query }) =>
      Object.entries(
        (query?.properties ?? {}) as Record<string, { type?: string; items?: object; format?: string }>,
      )
        .filter(([, schema]) => {
          const { type, format, pattern } = { ...schema, ...(schema.items ?? {}) } as Record<string, string>;
          return type === "string" && format === undefined && !pattern?.startsWith("^site_");
        })
        .map(([name]) => `${path} ${name}`),
    );
    const others =
      /\/(pdf|json|csv) (link|expires|signature)$|(schedule_id|site_id|business_hours_id|timezone)$|cursor$| (from|to)$/;
    expect(taken.filter((place) => !others.test(place)).toSorted()).toEqual(
      filters.map(([path, name]) => `${path} ${name}`).toSorted(),
    );
  });

  test("their place in a list is none in ours", async () => {
    const { body } = await theirs.client.get("/fault?per_page=1");
    const { text, status } = await ask("GET", `/fault?cursor=${body.meta.cursor}`, "-");
    expect([200, 400]).toContain(status);
    expect(text).not.toContain(theirs.mark);
  });
});

describe("imports", () => {
  const start = "2026-01-09T08:00:00Z";

  test.each<[string, (tenant: { mark: string; ids: Ids }) => Record<string, string | undefined>]>([
    ["site_id", ({ ids }) => ({ site_id: ids["site"] })],
    ["site, by external_id", ({ mark }) => ({ site: `${mark} external` })],
    ["site, by name", ({ mark }) => ({ site: `${mark} site` })],
    ["resource_id", ({ ids }) => ({ resource_id: ids["wan"] })],
    ["site_id and resource_id", ({ ids }) => ({ site_id: ours.ids["site"], resource_id: ids["wan"] })],
  ])("a row with their %s is refused as one with nobody's", async (_, fields) => {
    const nobody = { mark: "Nothing", ids: { site: unknownId("site"), wan: unknownId("wan") } };
    const answers = [theirs, nobody].map(async (tenant) => {
      const row = JSON.stringify({ ...fields(tenant), started_at: start });
      const { status, text } = await ask("POST", "/fault/import", "-", `${row}\n`, "application/x-ndjson");
      const { site = "", wan = "" } = tenant.ids;
      const neutral = [tenant.mark, site, wan].reduce((rest, word) => rest.replaceAll(word, "X"), text);
      return { status, body: JSON.parse(neutral) };
    });
    const [a, b] = await Promise.all(answers);
    expect(a).toEqual(b as NonNullable<typeof b>);
    expect(a?.body).toMatchObject({ rows: 1, refused: 1 });
  });
});

describe("signed links", () => {
  const withReport = (link: string, id: string | undefined) => link.replace(/rpt_\w{27}/, id ?? "");
  const bare = (path: string) => fetch(`${server.url}${path}`);

  test("a signature is of one report and one file", async () => {
    expect((await bare(theirs.links.json)).status).toBe(200);
    for (const link of Object.values(theirs.links)) {
      const onOurs = withReport(link, ours.ids["rpt"]);
      const onNobodys = withReport(link, unknownId("rpt"));
      expect([(await bare(onOurs)).status, (await bare(onNobodys)).status]).toEqual([403, 403]);
    }
    expect((await bare(theirs.links.csv.replace("/csv?", "/json?"))).status).toBe(403);
    expect((await bare(theirs.links.json.replace(/expires=\d/, "expires=9"))).status).toBe(403);
  });

  test("our signature on their report is refused as on nobody's", async () => {
    for (const link of Object.values(ours.links)) {
      const id = theirs.ids["rpt"] ?? "";
      const nobody = unknownId("rpt");
      const a = await ask("GET", withReport(link, id), id);
      expect(a).toEqual(await ask("GET", withReport(link, nobody), nobody));
      expect(a.status).toBe(403);
    }
  });
});

describe("after all that", () => {
  test("everything that we can read holds no word and no id of theirs", async () => {
    const answers = Object.values(await everythingOf(ours)).join("\n");
    expect(answers).toContain(ours.mark);
    expect(answers).not.toContain(theirs.mark);
    for (const id of Object.values(theirs.ids)) expect(answers).not.toContain(id);
    const told = seen.filter((text) => text.includes(theirs.mark) && !/"refused":1|Nothing/.test(text));
    expect(told).toEqual([]);
    expect(seen.length).toBeGreaterThan(200);
  });

  test("everything of theirs is as it was, to the row", async () => {
    expect(await everythingOf(theirs)).toEqual(before.answers);
    expect(rowsOf("tenant-a")).toBe(before.rows);
  });

  test("metrics name routes and states, and nobody", async () => {
    const { text } = await ours.client.get("/metrics");
    const known = new Set([...routes.map(({ path }) => path), "none"]);
    for (const [, route = ""] of text.matchAll(/route="([^"]*)"/g)) expect(known).toContain(route);
    expect(text).not.toMatch(/tenant|quetzal|bluebird|workspace/i);
    expect(text).not.toMatch(/[a-z]+_[0-9A-Za-z]{27}/);
  });

  test("the log has every request, and no word of anybody's, no token, no secret, no query", async () => {
    const log = logged.join("\n");
    expect(log).toContain('"route":"/reports/sla/schedules/{scheduleId}/run"');
    expect(log).toContain("job.retry");
    expect(log).not.toMatch(/quetzal|bluebird|secret|Bearer|signature|expires=|key=/i);
    for (const token of [theirs.client.token, ours.client.token])
      expect(log).not.toContain(token.split(".")[2] ?? "");
  });
});
