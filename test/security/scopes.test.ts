// Who may call what: every route that is mounted declares it, and each scope alone opens exactly the routes that
// name it. All of it follows from the running application's own list of routes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { signToken } from "../../src/http/caller/auth.ts";
import { SCOPES, type Scope } from "../../src/http/caller/principal.ts";
import { type Mounted, mountedOf } from "../../src/http/kernel/mounted.ts";
import { serverApp } from "../../src/http/kernel/server.ts";
import { apiOf } from "../../src/http/routes.ts";
import {
  documentAndRoutes,
  operationsOf,
  quietParts,
  startQuietServer,
} from "../http/openapi/quietServer.ts";
import { samplesOf } from "../http/openapi/variations.ts";
import { startTestServer, TEST_SECRET } from "../support/server.ts";
import { tokenOf } from "./quietToken.ts";

/** What anybody may see: whether the server is well, and what the API is. */
const PUBLIC = /^GET \/(healthz|readyz|openapi\.json|docs(\/.*)?)$/;

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

/** Routes that nobody has declared a scope for; those that anybody may call are listed above. */
function undeclared(routes: readonly Pick<Mounted, "method" | "path" | "scopes">[]): string[] {
  return routes
    .filter(
      (route) =>
        (route.scopes === "public" && !PUBLIC.test(nameOf(route))) ||
        route.scopes === undefined ||
        route.scopes.length === 0 ||
        (route.scopes !== "public" && route.scopes.some((scope) => !SCOPES.includes(scope))),
    )
    .map(nameOf);
}

const { routes } = documentAndRoutes();

describe("every mounted route", () => {
  test("is one of the list, with a scope", () => {
    const app = serverApp(quietParts(), apiOf);
    const listed = mountedOf(app);
    const mounted = app.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(mounted.toSorted()).toEqual(listed.map(nameOf).toSorted());
    expect(undeclared(listed)).toEqual([]);
    expect(mounted.length).toBeGreaterThan(55);
  });

  test("of a whole server is one of the list", async () => {
    const server = await startTestServer();
    try {
      const document = await (await fetch(`${server.url}/openapi.json`)).json();
      expect(operationsOf(document).map(nameOf).toSorted()).toEqual(routes.map(nameOf).toSorted());
    } finally {
      await server.stop();
    }
  });

  test.each<[string, Mounted["scopes"] | undefined]>([
    ["without scopes", undefined],
    ["with an empty list", []],
    ["open to everybody", "public"],
    ["with a scope that there is not", ["sla:reed" as Scope]],
  ])("%s would be found", (_, scopes) => {
    const added = { method: "POST", path: "/added", scopes } as Mounted;
    expect(undeclared([...routes, added])).toEqual(["POST /added"]);
  });
});

let server: Awaited<ReturnType<typeof startQuietServer>>;
beforeAll(async () => {
  server = await startQuietServer();
});
afterAll(() => server.stop());

const tokenWith = (scopes: readonly string[]) => tokenOf("acme", scopes);

/** Of an admin, signed with another server's secret. */
const foreignToken = () =>
  signToken(new TextEncoder().encode(TEST_SECRET), {
    subject: "tester",
    workspace: "acme",
    scopes: ["admin"],
    expiresAtS: Math.floor(Date.now() / 1000) + 3600,
  });

/** Sends a request that is right, but that its ids name nothing. */
async function statusOf(
  route: Mounted,
  token: string | null,
  method: string = route.method,
): Promise<number> {
  const path = route.path.replace("{code}", "not_found").replaceAll(/\{\w+\}/g, "nothing");
  const required = (route.query?.["required"] as string[] | undefined) ?? [];
  const query = required.map((name, index) => `${name}=2026-01-0${index + 1}`).join("&");
  const [type = "", stream = ""] = Object.entries(route.streams ?? {})[0] ?? [];
  const sample = route.body ? JSON.stringify(samplesOf(route.body)[0]) : route.streams ? stream : null;
  const body = method === route.method ? sample : null;
  const response = await fetch(`${server.url}${path}${query && `?${query}`}`, {
    method,
    body,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === null ? {} : { "Content-Type": route.body ? "application/json" : type }),
    },
  });
  await response.body?.cancel();
  return response.status;
}

describe("each scope alone opens exactly the routes that declare it", () => {
  test.each(SCOPES.map((scope) => [scope]))("%s", async (scope) => {
    const token = await tokenWith([scope]);
    const statuses = await Promise.all(
      routes.map(async (route) => [nameOf(route), await statusOf(route, token)] as const),
    );
    const opened = statuses.filter(([, status]) => status !== 401 && status !== 403).map(([name]) => name);
    const declared = routes.filter(
      ({ scopes }) => scopes === "public" || scope === "admin" || scopes.includes(scope),
    );
    expect(opened).toEqual(declared.map(nameOf));
    expect(statuses.filter(([, status]) => status >= 500)).toEqual([]);
  });

  test("none opens what is public, and nothing else", async () => {
    for (const [token, expected] of [
      [null, 401],
      [await tokenWith([]), 403],
      [await foreignToken(), 401],
    ] as const)
      for (const route of routes) {
        const status = await statusOf(route, token);
        if (route.scopes === "public") expect(status, nameOf(route)).toBeLessThan(400);
        else expect(status, nameOf(route)).toBe(expected);
      }
  });

  test("every scope but the declared ones together do not open a route", async () => {
    for (const route of routes) {
      if (route.scopes === "public") continue;
      const declared = route.scopes;
      const others = SCOPES.filter((scope) => scope !== "admin" && !declared.includes(scope));
      expect(await statusOf(route, await tokenWith(others)), nameOf(route)).toBe(403);
    }
  });
});

describe("there is no way around", () => {
  const guarded = routes.filter(({ scopes }) => scopes !== "public");

  test("by HEAD, OPTIONS or another method", async () => {
    for (const route of guarded)
      for (const method of ["HEAD", "OPTIONS", "TRACE", "PROPFIND"])
        expect(await statusOf(route, null, method), `${method} ${route.path}`).toBeWithin(400, 500);
  });

  test("by another spelling of a path", async () => {
    for (const { path, method } of guarded) {
      const bare = path.replaceAll(/\{\w+\}/g, "nothing");
      const spellings = [
        `/${bare}`,
        `${bare}/`,
        `${bare}//`,
        bare.toUpperCase(),
        bare.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
        `/docs/..${bare}`,
        `/healthz/..%2f${bare.slice(1)}`,
        `${bare};.css`,
        `${bare}%00`,
        `${bare}.json`,
      ];
      for (const spelling of spellings) {
        const { status } = await fetch(`${server.url}${spelling}`, { method });
        expect([401, 404, 405], `${method} ${spelling}`).toContain(status);
      }
    }
  });

  test("by saying another method in a header", async () => {
    for (const name of ["X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"]) {
      const headers = { [name]: "/healthz", Authorization: `Bearer ${await tokenWith(["sla:read"])}` };
      const { status } = await fetch(`${server.url}/sites`, { method: "POST", body: "{}", headers });
      expect(status).toBe(403);
    }
  });
});
