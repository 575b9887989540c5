// Who is refused: without a token, with a bad one, without the scope; and whoever asks for another workspace's.
import { createHmac } from "node:crypto";
import { SCOPES } from "../../src/http/caller/principal.ts";
import { TEST_SECRET } from "../support/server.ts";
import { type Refused, testRefusals } from "./refused.ts";
import { goodBody, pathWith, ROUTES } from "./routes.ts";
import { aWorld, NOON } from "./world.ts";

const world = await aWorld();
const { mine, foreign } = world;
const NOW_S = NOON / 1000;

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = { sub: "tester", workspace: "acme", scope: "admin", exp: NOW_S + 3600 };
/** A token made by hand. */
const madeToken = (payload: unknown, { alg = "HS256", secret = TEST_SECRET } = {}) => {
  const head = `${base64({ alg, typ: "JWT" })}.${base64(payload)}`;
  const digest = alg === "HS512" ? "sha512" : "sha256";
  return `${head}.${alg === "none" ? "" : createHmac(digest, secret).update(head).digest("base64url")}`;
};
const without = (claim: keyof typeof claims) => {
  const { [claim]: _left, ...rest } = claims;
  return rest;
};
const good = madeToken(claims);

const caller = (title: string, authorization: string | null, more: Partial<Refused> = {}): Refused => ({
  title,
  method: "GET",
  path: "/sites",
  token: null,
  ...(authorization === null ? {} : { headers: { Authorization: authorization } }),
  code: "token_invalid",
  answers: { "www-authenticate": /^Bearer realm="nines", error="invalid_token"$/ },
  ...more,
});
const withToken = (title: string, token: string, more: Partial<Refused> = {}) =>
  caller(title, `Bearer ${token}`, more);
const missing: Partial<Refused> = {
  code: "token_missing",
  answers: { "www-authenticate": /^Bearer realm="nines"$/ },
};

const tokens: Refused[] = [
  caller("no token", null, missing),
  caller("no token and a bad query", null, { ...missing, path: "/sites?page=0" }),
  caller("no token and a bad body", null, { ...missing, method: "POST", json: { name: 5 } }),
  caller("no token and no JSON", null, { ...missing, method: "POST", raw: "{" }),
  caller("no token and a body of 2 MiB", null, { ...missing, method: "POST", raw: "x".repeat(2 ** 21) }),
  caller("no token and an id that names nothing", null, { ...missing, path: "/sites/x" }),
  caller("no token, a link's file", null, {
    ...missing,
    path: `/reports/sla/reports/${mine.queuedReport}/pdf`,
  }),
  caller("no token, the metrics", null, { ...missing, path: "/metrics" }),
  caller("no token, events", null, { ...missing, path: `/reports/sla/reports/${mine.queuedReport}/events` }),
  caller("no token, an import", null, {
    ...missing,
    method: "POST",
    path: "/fault/import",
    raw: "a,b\n1,2\n",
    headers: { "Content-Type": "text/csv" },
  }),
  caller("a token as a query parameter", null, { ...missing, path: `/sites?access_token=${good}` }),
  caller("Basic", "Basic dXNlcjpwYXNz"),
  caller("Bearer and nothing", "Bearer"),
  caller("a token without Bearer", good),
  caller("two tokens", `Bearer ${good} ${good}`),
  withToken("no JWT", "secret"),
  withToken("two parts", good.split(".").slice(0, 2).join(".")),
  withToken("dots", ".."),
  withToken("9,000 letters", "a".repeat(9000)),
  withToken("another secret", madeToken(claims, { secret: "another secret, that is as long as 32 bytes" })),
  withToken("no signature and alg none", madeToken(claims, { alg: "none" })),
  withToken("alg None", madeToken(claims, { alg: "None" })),
  withToken("alg HS512 with the right secret", madeToken(claims, { alg: "HS512" })),
  withToken("alg RS256 signed as HS256", madeToken(claims, { alg: "RS256" })),
  withToken(
    "a payload that was altered",
    good.replace(/\.[^.]+\./, `.${base64({ ...claims, workspace: "other" })}.`),
  ),
  withToken("a signature cut short", good.slice(0, -2)),
  withToken("claims that are no object", madeToken("admin")),
  withToken("no sub", madeToken(without("sub"))),
  withToken("no workspace", madeToken(without("workspace"))),
  withToken("no scope", madeToken(without("scope"))),
  withToken("no exp", madeToken(without("exp"))),
  withToken("an empty sub", madeToken({ ...claims, sub: "" })),
  withToken("a sub that is a number", madeToken({ ...claims, sub: 5 })),
  withToken("an empty workspace", madeToken({ ...claims, workspace: "" })),
  withToken("a workspace that is a path", madeToken({ ...claims, workspace: "../other" })),
  withToken("a workspace that is a list", madeToken({ ...claims, workspace: ["acme"] })),
  withToken("scopes as a list", madeToken({ ...claims, scope: ["admin"] })),
  withToken("exp as text", madeToken({ ...claims, exp: String(NOW_S + 3600) })),
  withToken("not yet valid", madeToken({ ...claims, nbf: NOW_S + 3600 })),
  withToken("expired an hour ago", madeToken({ ...claims, exp: NOW_S - 3600 }), { code: "token_expired" }),
  withToken("expired a minute ago", madeToken({ ...claims, exp: NOW_S - 60 }), { code: "token_expired" }),
  withToken("good now, used an hour and a minute later", madeToken({ ...claims, exp: NOW_S + 3600 }), {
    atMs: NOON + 3_660_000,
    code: "token_expired",
  }),
  withToken("expired, and a bad body", madeToken({ ...claims, exp: 1 }), {
    method: "POST",
    json: { name: 5 },
    code: "token_expired",
  }),
];

/** Every route that needs a scope, with all scopes but those, and with none. */
const scopes: Refused[] = await Promise.all(
  ROUTES.flatMap((route) => {
    if (route.scopes === "public") return [];
    const needed: readonly string[] = route.scopes;
    const others = SCOPES.filter((scope) => scope !== "admin" && !needed.includes(scope));
    return [others, ["Admin", "sla:*", "root"]].map(async (held): Promise<Refused> => {
      const json = goodBody(route);
      return {
        title: `${route.method} ${route.path} with the scopes ${held.join(" ")}`,
        method: route.method,
        path: pathWith(route, mine),
        token: await world.token({ scopes: held }),
        ...(json === undefined ? {} : { json }),
        code: "scope_missing",
      };
    });
  }),
);

/** Every route with an id, with what another workspace has. */
const otherWorkspace: Refused[] = ROUTES.filter(
  (route) => route.scopes !== "public" && route.path.includes("{"),
).map((route) => {
  const json = goodBody(route);
  return {
    title: `${route.method} ${route.path} of another workspace`,
    method: route.method,
    path: pathWith(route, foreign),
    ...(json === undefined ? {} : { json }),
    code: "not_found",
  };
});

testRefusals(world, "callers", 120, [...tokens, ...scopes, ...otherWorkspace]);
