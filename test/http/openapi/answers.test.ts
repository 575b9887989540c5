// What the server answers is what the document says it answers: every operation, every status, every error
// code, over real HTTP, with no field, header or content type that is not documented.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { openStreamsOf } from "../../../src/http/caller/openStreams.ts";
import { unreadAnswersOf } from "../../../src/http/caller/unreadAnswers.ts";
import type { Mounted } from "../../../src/http/kernel/mounted.ts";
import { MOST_WINDOWS } from "../../../src/store/maintenanceWindows.ts";
import { MESSAGES_PER_HOUR } from "../../../src/store/messagesByHand.ts";
import {
  aSchedule,
  type Client,
  clientOf,
  type Json,
  startTestServer,
  type TestServer,
} from "../../support/server.ts";
import {
  completeReport,
  deliveries,
  fillDeliveries,
  fillRuns,
  firstRun,
  JANUARY,
} from "./deliverySession.ts";
import { manySites, nameAllSites } from "./manySites.ts";
import { documentAndRoutes, operationsOf, startQuietServer } from "./quietServer.ts";
import { documentedOutcomes, recorderOf } from "./recorder.ts";
import { bodyOf, pathOf, queryOf } from "./rightRequests.ts";
import * as session from "./session.ts";

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

describe("every object with an ETag", () => {
  test("is not sent to whoever has it, and not changed for whoever has an older one", async () => {
    const paths = await session.objects(client);
    const tagged = routes.filter(({ path }) => path in paths);
    expect(tagged.length).toBeGreaterThan(20);
    for (const route of tagged) {
      const path = paths[route.path] as string;
      const headers: Record<string, string> = { Authorization: `Bearer ${client.token}` };
      const known = route.method === "GET";
      if (known) headers["If-None-Match"] = (await client.get(path)).headers.get("etag") ?? "";
      else headers["If-Match"] = '"older"';
      const body = known || route.method === "DELETE" ? {} : session.bodyOf(route.operationId);
      if ("body" in body) headers["Content-Type"] = "application/json";
      const { status } = await recorder.request(server.url, route.method, path, { ...body, headers });
      expect(status, route.operationId).toBe(known ? 304 : 412);
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
      fillRuns(quiet.store);
      expect((await waiting.post(run, range)).status).toBe(429);
    } finally {
      await quiet.stop();
    }
  });
});

describe("more than there may be", () => {
  test("is refused: a thousand and one maintenance windows, and computations that none waits for", async () => {
    const quiet = await startQuietServer();
    try {
      const times = { starts_at: "2026-01-01T00:00:00Z", ends_at: "2026-01-01T01:00:00Z" };
      const { db } = quiet.store.context;
      db.transaction(() => {
        for (let count = 0; count < MOST_WINDOWS; count++)
          quiet.store.maintenanceWindows.create("acme", { name: `${count}`, ...times });
      })();
      const full = recorder.watch(clientOf(quiet.url, quiet.token));
      expect((await full.post("/maintenance-windows", { name: "x", ...times })).status).toBe(409);
      const windows = (await full.get("/maintenance-windows?per_page=11")).body.data;
      const sites = manySites(quiet.store, 10_000);
      for (const { id } of windows.slice(1)) nameAllSites(quiet.store, id);
      const path = `/maintenance-windows/${windows[0].id}`;
      expect((await full.patch(path, { site_ids: sites.slice(0, 1) })).status).toBe(409);
      const fewer = { site_ids: sites.slice(1) };
      expect((await full.patch(`/maintenance-windows/${windows[1].id}`, fewer)).status).toBe(200);
      expect((await full.patch(path, { site_ids: sites.slice(0, 1) })).status).toBe(200);
    } finally {
      await quiet.stop();
    }
  });

  test.each([
    [429, { waitingOfOne: 0 }],
    [503, { timeMs: 0 }],
  ])("is refused by %d: what threads compute, when no more is computed", async (status, readerLimits) => {
    const busy = await startTestServer({ readerLimits });
    try {
      const client = recorder.watch(await busy.client());
      // More than are looked at without a thread.
      const rows = Array.from({ length: 201 }, (_, index) => JSON.stringify({ name: `${index}` })).join("\n");
      await client.send("POST", "/sites/import", rows, "application/x-ndjson");
      for (const answer of [
        await client.get("/uptime?from=2026-01-01&to=2026-01-02"),
        await client.get("/tags"),
        await client.get("/sites?tag=a:b"),
        await client.post("/reports/sla/schedules/preview", aSchedule()),
      ])
        expect([answer.status, answer.headers.has("retry-after")]).toEqual([status, true]);
    } finally {
      await busy.stop();
    }
  });
});

describe("too much under way", () => {
  test("more messages than may be asked for, or may wait: tests, sending again and runs that name somebody are refused", async () => {
    const quiet = await startQuietServer();
    try {
      const waiting = recorder.watch(clientOf(quiet.url, quiet.token));
      const emails = Array.from({ length: 50 }, (_, index) => `u${index}@example.com`);
      const group = (await waiting.post("/notification-groups", { name: "x", emails })).body;
      const { run, report } = await firstRun(waiting, { notification_group: group.id });
      completeReport(quiet.store, report);
      for (let asked = 50; asked < MESSAGES_PER_HOUR; asked += 50) await waiting.post(run, JANUARY);
      const refusals = async () => {
        const paths = [
          run,
          `/reports/sla/reports/${report}/deliveries`,
          `/notification-groups/${group.id}/test`,
        ];
        const answers = paths.map((path) => waiting.post(path, path === run ? JANUARY : undefined));
        return (await Promise.all(answers)).map(({ status, body }) => `${status} ${body.code}`);
      };
      expect(await refusals()).toEqual(Array(3).fill("429 too_many_messages"));
      fillDeliveries(quiet.store);
      expect(await refusals()).toEqual(Array(3).fill("429 too_many_queued_deliveries"));
    } finally {
      await quiet.stop();
    }
  });

  test("no streams are left: neither events nor an export begin", async () => {
    const none = openStreamsOf({ what: "streams", ofToken: 0, inAll: 0 });
    const quiet = await startQuietServer({ limits: { eventStreams: none, exports: none } });
    try {
      const full = recorder.watch(clientOf(quiet.url, quiet.token));
      const { report } = await firstRun(full);
      expect((await full.get(`/reports/sla/reports/${report}/events`)).status).toBe(429);
      expect((await full.get("/fault/export")).status).toBe(429);
    } finally {
      await quiet.stop();
    }
  });

  test.each([
    ["of this token", 429, { ofTokenBytes: 0, inAllBytes: 1 }],
    ["of all", 503, { ofTokenBytes: 1, inAllBytes: 0 }],
  ])("answers %s that nobody reads: %d, whatever the operation", async (_, expected, bytes) => {
    const full = await startQuietServer({ limits: { unread: unreadAnswersOf(bytes) } });
    try {
      for (const route of routes.filter(({ scopes }) => scopes !== "public"))
        expect((await send(full.url, full.token, route)).status, route.operationId).toBe(expected);
    } finally {
      await full.stop();
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

// Looks back at the tests above, so it needs them all, and before it.
test("all that is documented was seen: each status of each operation, with each of its codes", () => {
  const outcomes = documentedOutcomes(document);
  expect(outcomes.filter((outcome) => !recorder.seen.has(outcome))).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(operations.length * 5);
});
