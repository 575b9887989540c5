// One token is one token, however its signature is spelt: ES256 has two good signatures for whatever one is of.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { clientOf, errorOf, startTestServer, type TestServer } from "../support/server.ts";
import { type Provider, signingKey, startProvider } from "./tokenParts.ts";

/** The order of the curve P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const NOON = Date.parse("2026-02-18T12:00:00Z");

const key = await signingKey("ES256", "only");
const claims = { sub: "ada", workspace: "acme", scope: "sla:read", exp: NOON / 1000 + 86_400 };

let provider: Provider;
let server: TestServer;
beforeAll(async () => {
  provider = startProvider([key.publicJwk]);
  const environment = { NINES_JWKS_URL: provider.url, NINES_RATE_LIMIT: "6" };
  server = await startTestServer({ now: () => NOON, environment });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

/** The same token with n − s in place of s: anybody can compute it, and it is as good. */
function otherSpelling(token: string): string {
  const [head, body, signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = BigInt(`0x${bytes.toString("hex", 32)}`);
  const other = Buffer.from((ORDER - s).toString(16).padStart(64, "0"), "hex");
  return `${head}.${body}.${Buffer.concat([bytes.subarray(0, 32), other]).toString("base64url")}`;
}

/** The same token with a signature that is wrong in one bit. */
function damaged(token: string): string {
  const at = token.lastIndexOf(".");
  const bytes = Buffer.from(token.slice(at + 1), "base64url");
  bytes[5] = (bytes[5] as number) ^ 1;
  return `${token.slice(0, at)}.${bytes.toString("base64url")}`;
}

const ask = (token: string) => clientOf(server.url, token).get("/sites");

test("both spellings of a signature are good, and take from one allowance", async () => {
  const token = await key.sign({ ...claims, sub: "twice" });
  expect(otherSpelling(otherSpelling(token))).toBe(token);
  expect((await ask(token)).status).toBe(200);
  const second = await ask(otherSpelling(token));
  expect([second.status, errorOf(second).code]).toEqual([429, "rate_limited"]);
});

test("the second spelling alone is good", async () => {
  expect((await ask(otherSpelling(await key.sign({ ...claims, sub: "alone" })))).status).toBe(200);
});

test("a signature that is wrong is refused, however well known what it stands under is", async () => {
  const token = await key.sign({ ...claims, sub: "known" });
  expect((await ask(token)).status).toBe(200);
  for (const wrong of [damaged(token), damaged(otherSpelling(token)), `${token}A`, token.slice(0, -4)])
    expect((await ask(wrong)).status).toBe(401);
});
