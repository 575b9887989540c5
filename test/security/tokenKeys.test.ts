// Keys of an identity provider over time: rotation, outages, cooldown, what verified tokens are worth meanwhile.
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { JWK } from "jose";
import { KEYS_COOLDOWN_MS, KEYS_FRESH_MS, KEYS_KEPT_MS } from "../../src/http/caller/tokenKeys.ts";
import { clientOf, errorOf, startTestServer, type TestServer } from "../support/server.ts";
import { type Provider, type SigningKey, signingKey, startProvider } from "./tokenParts.ts";

const NOON = Date.parse("2026-02-18T12:00:00Z");
const YEAR_S = 365 * 86_400;

const first = await signingKey("ES256", "first");
const second = await signingKey("ES256", "second");
const claims = { sub: "ada", workspace: "acme", scope: "sla:read", exp: NOON / 1000 + YEAR_S };

let nowMs: number;
let provider: Provider;
let server: TestServer;
let logged: [event: string, facts: Record<string, unknown>][];
beforeEach(async () => {
  nowMs = NOON;
  logged = [];
  provider = startProvider([first.publicJwk]);
  server = await startTestServer({
    now: () => nowMs,
    log: (_, event, facts) => logged.push([event, facts]),
    environment: { NINES_JWKS_URL: provider.url },
  });
});
afterEach(async () => {
  await server.stop();
  await provider.stop();
});

const ask = async (key: SigningKey, changes: Record<string, unknown> = {}) =>
  clientOf(server.url, await key.sign({ ...claims, ...changes })).get("/sites");
const statusOf = async (key: SigningKey, changes = {}) => (await ask(key, changes)).status;

test("keys are fetched once for many tokens", async () => {
  const asked = Array.from({ length: 20 }, (_, index) => statusOf(first, { sub: `user ${index}` }));
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
  expect(provider.requests).toBe(1);
});

test("a new key is fetched when a token names it, at most once in the cooldown", async () => {
  expect(await statusOf(first)).toBe(200);
  provider.keys = [first.publicJwk, second.publicJwk];
  expect(await statusOf(second)).toBe(401);
  nowMs += KEYS_COOLDOWN_MS;
  expect(await statusOf(second)).toBe(200);
  expect(provider.requests).toBe(2);
});

test("a thousand tokens with made-up keys are a single question to the provider", async () => {
  await statusOf(first);
  nowMs += KEYS_COOLDOWN_MS;
  for (let index = 0; index < 1000; index += 50) {
    const made = Array.from({ length: 50 }, async (_, offset) =>
      clientOf(server.url, await first.sign(claims, { kid: `no-${index + offset}` })).get("/sites"),
    );
    for (const { status } of await Promise.all(made)) expect(status).toBe(401);
  }
  expect(provider.requests).toBe(2);
});

test("a key that was taken back works for five minutes at most, also for a token that was verified before", async () => {
  const token = await first.sign(claims);
  const client = clientOf(server.url, token);
  expect((await client.get("/sites")).status).toBe(200);
  provider.keys = [second.publicJwk];
  nowMs += KEYS_FRESH_MS - 1;
  expect((await client.get("/sites")).status).toBe(200);
  expect(await statusOf(first, { sub: "late" })).toBe(200);
  nowMs += 1;
  expect((await client.get("/sites")).status).toBe(401);
  expect(await statusOf(first, { sub: "later" })).toBe(401);
  expect(await statusOf(second)).toBe(200);
});

test("a token that was verified before ends with its exp", async () => {
  const exp = NOON / 1000 + 100;
  expect(await statusOf(first, { exp })).toBe(200);
  nowMs = NOON + 159_999;
  expect(await statusOf(first, { exp })).toBe(200);
  nowMs = NOON + 160_000;
  const answer = await ask(first, { exp });
  expect(errorOf(answer).code).toBe("token_expired");
});

test("known keys go on working for a day while the provider does not answer, and no longer", async () => {
  expect(await statusOf(first)).toBe(200);
  await provider.stop();
  for (const hours of [1, 12, 23]) {
    nowMs = NOON + hours * 3_600_000;
    expect(await statusOf(first, { sub: `at ${hours}` })).toBe(200);
  }
  nowMs = NOON + KEYS_KEPT_MS;
  const answer = await ask(first);
  expect(errorOf(answer)).toMatchObject({ type: "api_error", code: "token_keys_unavailable" });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
  expect(answer.headers.get("www-authenticate")).toBe(null);
});

test("nobody waits for a provider that failed to answer before", async () => {
  expect(await statusOf(first)).toBe(200);
  await provider.stop();
  nowMs += KEYS_FRESH_MS;
  expect(await statusOf(first)).toBe(200);
  provider.isStuck = true;
  provider.start();
  nowMs += KEYS_COOLDOWN_MS;
  const answered = Promise.all(["a", "b", "c"].map((sub) => statusOf(first, { sub })));
  expect(await Promise.race([answered, Bun.sleep(4000)])).toEqual([200, 200, 200]);
  // The one request that nobody waited for is still on its way.
  while (provider.requests < 2) await Bun.sleep(1);
  expect(provider.requests).toBe(2);
});

test("while the provider answers nonsense, known keys go on working and others are 503", async () => {
  expect(await statusOf(first)).toBe(200);
  const nonsense: [number, unknown][] = [
    [500, []],
    [200, "keys"],
    [200, [null]],
    [200, [{ kty: "RSA", n: "x".repeat(1024 * 1024) }]],
  ];
  for (const [status, keys] of nonsense) {
    provider.status = status;
    provider.keys = keys as JWK[];
    nowMs += KEYS_FRESH_MS;
    expect(await statusOf(first, { sub: `${status}` })).toBe(200);
    expect(await statusOf(second)).toBe(503);
  }
});

test("a provider that was away at the start is asked again", async () => {
  await provider.stop();
  const late = await startTestServer({
    now: () => nowMs,
    environment: { NINES_JWKS_URL: provider.url },
  });
  try {
    const status = async () => (await clientOf(late.url, await first.sign(claims)).get("/sites")).status;
    expect(await status()).toBe(503);
    provider.start();
    expect(await status()).toBe(503);
    nowMs += KEYS_COOLDOWN_MS;
    expect(await status()).toBe(200);
    const local = await late.client();
    expect((await local.get("/sites")).status).toBe(200);
  } finally {
    await late.stop();
  }
});

test("tokens of the local secret need no provider", async () => {
  await provider.stop();
  nowMs += KEYS_KEPT_MS;
  expect((await (await server.client()).get("/sites")).status).toBe(200);
});

test("a redirect to other keys is not followed", async () => {
  const attacker = startProvider([second.publicJwk]);
  const redirecting = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.redirect(attacker.url, 302),
  });
  const misled = await startTestServer({
    environment: { NINES_JWKS_URL: `http://127.0.0.1:${redirecting.port}/jwks.json` },
  });
  try {
    const answer = await clientOf(misled.url, await second.sign(claims)).get("/sites");
    expect(answer.status).toBe(503);
    expect(attacker.requests).toBe(0);
  } finally {
    await misled.stop();
    await redirecting.stop(true);
    await attacker.stop();
  }
});

test("the log says when keys change and when they cannot be had, and names no token", async () => {
  const token = await first.sign(claims);
  await clientOf(server.url, token).get("/sites");
  await provider.stop();
  nowMs += KEYS_FRESH_MS;
  await clientOf(server.url, token).get("/sites");
  const events = logged.map(([event]) => event).filter((event) => event.startsWith("token_keys"));
  expect(events).toEqual(["token_keys.changed", "token_keys.unavailable"]);
  expect(JSON.stringify(logged)).not.toContain(token.split(".")[2] as string);
});
