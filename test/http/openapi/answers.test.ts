// What the server answers is what the document says it answers: every operation, every status, every error
// code, over real HTTP, with no field, header or content type that is not documented.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Mounted } from "../../../src/http/kernel/mounted.ts";
import {
  type Answer,
  type Client,
  clientOf,
  type Json,
  startTestServer,
  type TestServer,
} from "../../support/server.ts";
import { deliveries } from "./deliverySession.ts";
import { documentAndRoutes, operationsOf, startQuietServer } from "./quietServer.ts";
import { documentedOutcomes, recorderOf } from "./recorder.ts";
import * as session from "./session.ts";
import { samplesOf } from "./variations.ts";

const { document, routes } = documentAndRoutes();
const recorder = recorderOf(document);
const operations = operationsOf(document);

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = recorder.watch(await server.client());
});
afterAll(() => server.stop());
afterEach(() => expect(recorder.problems.splice(0)).toEqual([]));

const PREFIXES: Record<string, string> = {
  "/reports/sla/schedules": "sla",
  "/reports/sla/reports": "rpt",
  "/fault": "flt",
  "/sites": "site",
  "/business-hours": "bh",
  "/maintenance-windows": "mw",
  "/notification-groups": "ng",
};

/** A path with ids that name nothing in the places of its parameters. */
function pathOf(route: Mounted): string {
  const [, prefix = "unknown"] =
    Object.entries(PREFIXES).find(([start]) => route.path.startsWith(`${start}/{`)) ?? [];
  return route.path.replace(/\{\w+\}/, session.unknown(prefix));
}

/** A query that has all it must have. */
function queryOf(route: Mounted): string {
  const required = (route.query?.["required"] as string[] | undefined) ?? [];
  return required.map((name) => `${name}=2026-01-0${required.indexOf(name) + 1}`).join("&");
}

function bodyOf(route: Mounted): RequestInit {
  if (route.streams)
    return { body: Object.values(route.streams)[0] ?? "", headers: { "Content-Type": "text/csv" } };
  if (!route.body) return {};
  const [whole] = samplesOf(route.body);
  return { body: JSON.stringify(whole), headers: { "Content-Type": "application/json" } };
}

/** Sends a request that is right in all but what is changed. */
function send(
  url: string,
  token: string | null,
  route: Mounted,
  change: { query?: string; init?: RequestInit } = {},
) {
  const { headers, ...init } = { ...bodyOf(route), ...change.init };
  const query = [queryOf(route), change.query].filter(Boolean).join("&");
  const authorization: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  return recorder.request(url, route.method, `${pathOf(route)}${query ? `?${query}` : ""}`, {
    ...init,
    headers: { ...authorization, ...(headers as Record<string, string> | undefined) },
  });
}

const json = (body: string): RequestInit => ({ body, headers: { "Content-Type": "application/json" } });

test("a session through every resource gets the answers that are documented", async () => {
  const { site, link } = await session.sites(client);
  await session.faults(client, { site, link });
  const { hours, window } = await session.calendars(client, site);
  const schedule = await session.schedules(client, hours);
  const { report, events } = await session.reports(client, server, schedule);
  const [, lastEvent, data = ""] = /event: (\w+)\ndata: (.*)\n\n$/.exec(events) ?? [];
  expect({ lastEvent, report: JSON.parse(data) }).toEqual({ lastEvent: "completed", report });
  await deliveries(client);
  await session.uptime(client, site);
  await session.server(client);
  await session.goodbye(client, { schedule, window });
});

test("examples of imports can be imported", async () => {
  const newcomer = recorder.watch(await server.client("newcomer"));
  for (const path of ["/sites/import", "/fault/import"]) {
    const { content } = document.paths[path].post.requestBody;
    for (const [type, { example }] of Object.entries<Json>(content)) {
      const { status, body } = await newcomer.send("POST", path, example, type);
      expect({ status, ...body }).toMatchObject({ status: 200, rows: 1, refused: 0 });
    }
  }
});

describe("every operation", () => {
  test("refuses an unknown query parameter", async () => {
    for (const route of routes) {
      const { status } = await send(server.url, client.token, route, { query: "unexpected=1" });
      expect(status, route.operationId).toBe(400);
    }
  });

  test("that needs a token refuses none, a wrong one, an old one, and one without the scope", async () => {
    const guarded = routes.filter(({ scopes }) => scopes !== "public");
    const expired = await server.token({ expiresAtS: 1_700_000_000 });
    const powerless = await server.token({ scopes: [] });
    for (const route of guarded) {
      for (const token of [null, "nonsense", expired])
        expect((await send(server.url, token, route)).status, route.operationId).toBe(401);
      expect((await send(server.url, powerless, route)).status, route.operationId).toBe(403);
    }
  });

  test("that takes a body refuses other types, what is no JSON, unknown fields, and too much", async () => {
    for (const route of routes.filter(({ streams, body }) => streams ?? body)) {
      const plain: RequestInit = { body: "x", headers: { "Content-Type": "text/plain" } };
      const { status } = await send(server.url, client.token, route, { init: plain });
      expect(status, route.operationId).toBe(415);
      if (route.streams) continue;
      const changes = [json("{"), json('{"unexpected": 1}'), json(" ".repeat(1024 * 1024 + 1))];
      const statuses = changes.map(
        async (init) => (await send(server.url, client.token, route, { init })).status,
      );
      expect(await Promise.all(statuses), route.operationId).toEqual([400, 400, 413]);
    }
  });

  test("on one object refuses an id that names nothing", async () => {
    const bodies: Record<string, unknown> = {
      replaceSlaSchedule: { name: "x", sla_target: 99, daily: true },
      updateSlaSchedule: { name: "x" },
      runSlaReportOnDemand: { from_date: "2026-01-01", to_date: "2026-01-02" },
      updateFault: { cause: "x" },
      updateSite: { name: "x" },
      updateMaintenanceWindow: { name: "x" },
    };
    for (const route of routes.filter(({ path }) => path.includes("{"))) {
      const body = bodies[route.operationId];
      const init = body ? { init: json(JSON.stringify(body)) } : {};
      expect((await send(server.url, client.token, route, init)).status, route.operationId).toBe(404);
    }
  });
});

describe("what waits", () => {
  test("has no files and no links yet, and a workspace may not have a thousand of it", async () => {
    const quiet = await startQuietServer();
    try {
      const waiting = recorder.watch(clientOf(quiet.url, quiet.token));
      const schedule = (
        await waiting.post("/reports/sla/schedules", { name: "x", sla_target: 99, daily: true })
      ).body;
      const run = `/reports/sla/schedules/${schedule.id}/run`;
      const range = { from_date: "2026-01-01", to_date: "2026-01-31" };
      const report = (await waiting.post(run, range)).body.report_id;
      for (const artefact of ["pdf", "json", "csv"])
        expect((await waiting.get(`/reports/sla/reports/${report}/${artefact}`)).status).toBe(409);
      expect((await waiting.post(`/reports/sla/reports/${report}/links`)).status).toBe(409);
      expect((await waiting.post(`/reports/sla/reports/${report}/deliveries`)).status).toBe(409);
      const silent = clientOf(quiet.url, quiet.token);
      for (let count = 1; count < 1000; count++) await silent.post(run, range);
      expect((await waiting.post(run, range)).status).toBe(429);
    } finally {
      await quiet.stop();
    }
  });
});

describe("a token that has used up its requests", () => {
  test("is told to wait, whatever the operation", async () => {
    const strict = await startTestServer({ environment: { NINES_RATE_LIMIT: "1" } });
    try {
      const token = await strict.token();
      await clientOf(strict.url, token).get("/tags");
      for (const route of routes.filter(({ scopes }) => scopes !== "public"))
        expect((await send(strict.url, token, route)).status, route.operationId).toBe(429);
    } finally {
      await strict.stop();
    }
  });
});

describe("a server in trouble", () => {
  test.each([
    ["a fault of its own", 500, () => new Error("unforeseen")],
    ["a full disk", 503, () => Object.assign(new Error("disk full"), { code: "SQLITE_FULL" })],
  ])("answers %s with %d, whatever the operation", async (_, expected, error) => {
    const failing = await startQuietServer({ failure: error });
    try {
      for (const route of routes) {
        const documented = document.paths[route.path][route.method.toLowerCase()].responses[expected];
        if (!documented) continue;
        expect((await send(failing.url, failing.token, route)).status, route.operationId).toBe(expected);
      }
    } finally {
      await failing.stop();
    }
  });
});

describe("a server that stops", () => {
  test("refuses what takes long", async () => {
    const stopping = await startQuietServer({ shutdown: AbortSignal.abort() });
    try {
      for (const id of ["importFaults", "importSites", "exportFaults"]) {
        const route = routes.find(({ operationId }) => operationId === id) as Mounted;
        expect((await send(stopping.url, stopping.token, route)).status, id).toBe(503);
      }
    } finally {
      await stopping.stop();
    }
  });
});

describe("a server that cannot reach its identity provider", () => {
  test("answers 503 to tokens of the provider, whatever the operation", async () => {
    const unreachable = { url: "http://127.0.0.1:9/jwks.json", issuer: null, audience: null };
    const lonely = await startQuietServer({ issuer: unreachable });
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg: "RS256" })}.${part({ sub: "x" })}.${part("signature")}`;
    try {
      for (const route of routes.filter(({ scopes }) => scopes !== "public"))
        expect((await send(lonely.url, token, route)).status, route.operationId).toBe(503);
    } finally {
      await lonely.stop();
    }
  });
});

describe("the recorder notices", () => {
  const answerOf = (body: Json, changes: Partial<Answer> = {}): Answer => ({
    status: 200,
    headers: new Headers({ "Content-Type": "application/json", "X-Request-Id": "req_1" }),
    text: JSON.stringify(body),
    body,
    ...changes,
  });
  const healthy = { status: "ok", version: "1.0.0" };
  const refusal = { type: "x", code: "not_found", message: "x", doc_url: "x", request_id: "req_1" };

  test.each([
    ["nothing", answerOf(healthy), 0],
    ["a field that is not documented", answerOf({ ...healthy, uptime: 1 }), 1],
    ["a field of another type", answerOf({ ...healthy, version: 1 }), 1],
    ["a field that is missing", answerOf({ status: "ok" }), 1],
    ["a status that is not documented", answerOf(healthy, { status: 201 }), 1],
    ["a code that is not documented", answerOf(refusal, { status: 400 }), 1],
    [
      "a header that is missing",
      answerOf(healthy, { headers: new Headers({ "Content-Type": "application/json" }) }),
      1,
    ],
    [
      "another type",
      answerOf(healthy, { headers: new Headers({ "Content-Type": "text/html", "X-Request-Id": "req_1" }) }),
      1,
    ],
  ])("%s", async (_, answer, count) => {
    const other = recorderOf(document);
    await other.watch({ ...client, get: async () => answer }).get("/healthz");
    expect(other.problems).toHaveLength(count);
  });
});

// Looks back at the tests above, so it needs them all, and before it.
test("all that is documented was seen: each status of each operation, with each of its codes", () => {
  const outcomes = documentedOutcomes(document);
  expect(outcomes.filter((outcome) => !recorder.seen.has(outcome))).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(operations.length * 5);
});
