// Whose tokens are good: scopes, clock leeway, workspaces that never see each other.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { SCOPES, type Scope } from "../../../src/http/caller/principal.ts";
import { clientOf } from "../../support/server.ts";
import { goodBody, pathWith, ROUTES } from "../routes.ts";
import { aWorld, NOON, unknownId, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await aWorld();
});
afterAll(() => world.server.stop());

const NOW_S = NOON / 1000;
const statusAt = async (atMs: number, token: string) => {
  world.clock.nowMs = atMs;
  const { status } = await clientOf(world.server.url, token).get("/sites");
  world.clock.nowMs = NOON;
  return status;
};

async function request(method: string, path: string, json: unknown) {
  const answer = await fetch(`${world.server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${world.client.token}`, "Content-Type": "application/json" },
    body: json === undefined ? null : JSON.stringify(json),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

test("a token is good until a minute after it expires, also when it was used before", async () => {
  const token = await world.token({ expiresAtS: NOW_S + 100 });
  expect(await statusAt(NOON, token)).toBe(200);
  expect(await statusAt(NOON + 159_999, token)).toBe(200);
  expect(await statusAt(NOON + 160_000, token)).toBe(401);
  expect(await statusAt(NOON, token)).toBe(200);
});

test("the word Bearer may be written in any case, with more than one space", async () => {
  for (const word of ["Bearer ", "bearer ", "BEARER   "]) {
    const answer = await fetch(`${world.server.url}/sites`, {
      headers: { Authorization: `${word}${world.client.token}` },
    });
    expect(answer.status).toBe(200);
  }
});

test("unknown scopes in a token are passed over, known ones hold", async () => {
  const token = await world.token({ scopes: ["openid", "sla:read", "profile"] });
  const reader = clientOf(world.server.url, token);
  expect((await reader.get("/sites")).status).toBe(200);
  expect((await reader.post("/sites", { name: "a" })).status).toBe(403);
});

test("a refusal for a missing scope says which is needed and which there are", async () => {
  const token = await world.token({ scopes: ["sla:read", "fault:read"] });
  const { body } = await clientOf(world.server.url, token).post("/sites", { name: "a" });
  expect(body.message).toBe(
    "The token needs the scope 'sla:write' for this; it has 'sla:read', 'fault:read'.",
  );
});

test("every route says who may call it", () => {
  const undeclared = ROUTES.filter(
    ({ scopes }) =>
      scopes !== "public" && (scopes.length === 0 || scopes.some((scope) => !SCOPES.includes(scope))),
  );
  expect(undeclared.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect(ROUTES.length).toBeGreaterThan(40);
});

test("only health and documentation are open to everybody", () => {
  const open = ROUTES.filter(({ scopes }) => scopes === "public").map(
    ({ method, path }) => `${method} ${path}`,
  );
  expect(open.filter((route) => !/^GET \/(healthz|readyz|openapi\.json|docs.*)$/.test(route))).toEqual([]);
});

test("what changes something needs a scope that writes or runs", () => {
  const writers: readonly Scope[] = ["sla:write", "sla:run", "fault:write", "admin"];
  const lax = ROUTES.filter(
    ({ method, scopes, operationId }) =>
      method !== "GET" &&
      operationId !== "createSlaReportLink" &&
      !/preview/i.test(operationId) &&
      (scopes === "public" || scopes.some((scope) => !writers.includes(scope))),
  );
  expect(lax.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

test("each of the scopes of a route is enough by itself", async () => {
  for (const route of ROUTES) {
    if (route.scopes === "public" || route.method !== "GET") continue;
    for (const scope of [...route.scopes, "admin"]) {
      const caller = clientOf(world.server.url, await world.token({ scopes: [scope] }));
      const { status } = await caller.get(pathWith(route, { ...world.mine, queuedReport: unknownId("rpt") }));
      expect(`${route.path} ${scope} ${status}`).not.toMatch(/ (401|403|5\d\d)$/);
    }
  }
});

test("another workspace's object cannot be told from one that never was", async () => {
  const { mine, foreign, client } = world;
  for (const route of ROUTES) {
    if (route.scopes === "public" || !route.path.includes("{")) continue;
    const theirs = pathWith(route, foreign);
    const id = Object.values(foreign).find((one) => theirs.includes(one)) ?? "";
    const unknown = unknownId(id.slice(0, id.indexOf("_")));
    const json = goodBody(route);
    const answers = await Promise.all(
      [theirs, theirs.replace(id, unknown)].map((path) => request(route.method, path, json)),
    );
    const [a, b] = answers.map(({ status, headers, text }) => ({
      status,
      text: [id, unknown, headers.get("x-request-id") ?? ""].reduce(
        (rest, one) => rest.replaceAll(one, "ID"),
        text,
      ),
      headers: [...headers].map(([name, value]) =>
        ["date", "x-request-id"].includes(name) ? name : `${name}: ${value}`,
      ),
    }));
    expect(a).toEqual(b as NonNullable<typeof b>);
    expect(a?.status).toBe(404);
  }
  expect((await client.get(`/sites/${mine.site}`)).status).toBe(200);
});
