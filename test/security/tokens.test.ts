// Hostile tokens are refused, each the same way; beside them the good ones of every algorithm, up to the edge
// of the leeway. No header of a token makes the server ask anybody for anything.
import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { ERROR_CODES } from "../../src/model/errors.ts";
import { clientOf, startTestServer } from "../support/server.ts";
import {
  algorithmTricks,
  claimsAt,
  claimTricks,
  formTricks,
  type Hostile,
  type HostileSource,
  headerTricks,
  keyTricks,
  providerClaimsAt,
  scopeTricks,
} from "./hostileTokens.ts";
import { AUDIENCE, hmacToken, ISSUER, KEY_ALGORITHMS, signingKey, startProvider } from "./tokenParts.ts";

const NOON = Date.parse("2026-02-18T12:00:00Z");
const nowS = NOON / 1000;

const keys = await Promise.all(KEY_ALGORITHMS.map((algorithm) => signingKey(algorithm, `key-${algorithm}`)));
const strangers = await Promise.all(KEY_ALGORITHMS.map((algorithm) => signingKey(algorithm, "strange")));
const provider = startProvider(keys.map(({ publicJwk }) => publicJwk));
const attacker = startProvider(strangers.map(({ publicJwk }) => publicJwk));
const logged: string[] = [];
const options = {
  now: () => NOON,
  log: (_: string, event: string, facts: Record<string, unknown>) =>
    logged.push(`${event} ${JSON.stringify(facts)}`),
};
const server = await startTestServer({
  ...options,
  environment: { NINES_JWKS_URL: provider.url, NINES_JWT_ISSUER: ISSUER, NINES_JWT_AUDIENCE: AUDIENCE },
});
const localServer = await startTestServer(options);
afterAll(async () => {
  await Promise.all([server.stop(), localServer.stop(), provider.stop(), attacker.stop()]);
});

const source: HostileSource = { nowS, keys, strangers, attackerUrl: attacker.url };
const table: Hostile[] = [
  ...(await algorithmTricks(source)),
  ...(await keyTricks(source)),
  ...(await headerTricks(source)),
  ...(await claimTricks(source)),
  ...formTricks(source),
  ...scopeTricks(source),
];

const SHAPE = ["code", "doc_url", "message", "request_id", "type"];

async function expectRefusal(url: string, { token, authorization, code }: Hostile) {
  const answer = await fetch(`${url}/sites`, {
    headers: { Authorization: authorization ?? `Bearer ${token}` },
  });
  const text = await answer.text();
  const body = JSON.parse(text) as Record<string, string>;
  const { status, type } = ERROR_CODES[code];
  expect({ status: answer.status, code: body["code"], type: body["type"] }).toEqual({ status, code, type });
  expect(Object.keys(body).sort()).toEqual(SHAPE);
  expect(answer.headers.get("www-authenticate")).toBe(
    status === 401 ? 'Bearer realm="nines", error="invalid_token"' : null,
  );
  const signature = token?.split(".")[2] ?? "";
  if (signature !== "") expect(text).not.toContain(signature);
}

describe("refused, by a server with a provider and by one without", () => {
  for (const hostile of table) {
    test(hostile.title, async () => {
      await expectRefusal(server.url, hostile);
      await expectRefusal(localServer.url, hostile);
    });
  }

  test.each(keys.map((key) => [key.algorithm, key] as const))(
    "good ones with %s, without a provider",
    async (_, key) => {
      const token = await key.sign(providerClaimsAt(nowS));
      await expectRefusal(localServer.url, { title: "", token, code: "token_invalid" });
    },
  );

  test("so many different ones, and the attacker was never asked for a key", () => {
    const tokens = table.map(({ token, authorization }) => token ?? authorization);
    expect(tokens.filter((token, index) => tokens.indexOf(token) !== index)).toEqual([]);
    expect(table.length).toBeGreaterThan(200);
    expect(attacker.requests).toBe(0);
    // One at the start. Unknown keys lead to no second question within the cooldown.
    expect(provider.requests).toBe(1);
  });

  test("and the log holds no token", () => {
    const log = logged.join("\n");
    expect(log).toContain("request ");
    const signatures = table
      .map(({ token }) => token?.split(".")[2] ?? "")
      .filter(({ length }) => length > 20);
    expect(signatures.filter((signature) => log.includes(signature))).toEqual([]);
  });
});

describe("accepted", () => {
  const status = async (token: string, url = server.url) => (await clientOf(url, token).get("/sites")).status;
  const leeway: [string, Record<string, number>][] = [
    ["issued now", { iat: nowS }],
    ["issued a minute from now", { iat: nowS + 60 }],
    ["valid from a minute from now", { nbf: nowS + 60 }],
    ["expired not quite a minute ago", { exp: nowS - 59 }],
    ["with fractions of seconds", { exp: nowS + 0.5, iat: nowS - 0.5 }],
    ["for a hundred years", { exp: nowS + 100 * 365 * 86_400 }],
  ];

  test.each(leeway)("HS256, %s", async (_, times) => {
    const token = hmacToken({ alg: "HS256", typ: "JWT" }, { ...claimsAt(nowS), ...times });
    expect([await status(token), await status(token, localServer.url)]).toEqual([200, 200]);
  });

  for (const key of keys) {
    test.each(leeway)(`${key.algorithm}, %s`, async (_, times) => {
      expect(await status(await key.sign({ ...providerClaimsAt(nowS), ...times }))).toBe(200);
    });

    test(`${key.algorithm}, one of several audiences, as an access token, without kid`, async () => {
      const claims = providerClaimsAt(nowS);
      expect(await status(await key.sign({ ...claims, aud: ["grafana", AUDIENCE] }))).toBe(200);
      expect(await status(await key.sign(claims, { typ: "at+jwt" }))).toBe(200);
      expect(await status(await key.sign(claims, { typ: undefined, kid: undefined }))).toBe(200);
    });
  }

  test("a local token needs no issuer and no audience, and one of 8 KiB is not too long", async () => {
    const header = { alg: "HS256" };
    const bare = hmacToken(header, { ...claimsAt(nowS), padding: "" });
    const padding = "x".repeat(Math.floor((8192 - bare.length) / 4) * 3);
    const long = hmacToken(header, { ...claimsAt(nowS), padding });
    expect(long.length).toBeWithin(8180, 8193);
    expect(await status(long)).toBe(200);
  });

  test("the scheme in any case, with spaces behind it", async () => {
    const token = hmacToken({ alg: "HS256" }, claimsAt(nowS));
    for (const scheme of ["bearer ", "BEARER  "]) {
      const answer = await fetch(`${server.url}/sites`, { headers: { Authorization: `${scheme}${token} ` } });
      expect(answer.status).toBe(200);
    }
  });
});

/** The answer to a request that is sent as it stands. */
function answerTo(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(request));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("a good token in the wrong place", () => {
  const good = hmacToken({ alg: "HS256" }, claimsAt(nowS));
  const bad = hmacToken({ alg: "HS256" }, claimsAt(nowS), { secret: "another" });
  const raw = (...headers: string[]) =>
    answerTo(
      `GET /sites HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers.join("\r\n")}\r\n\r\n`,
    );

  test("in the query is no token", async () => {
    for (const name of ["access_token", "token", "jwt", "authorization"]) {
      const answer = await fetch(`${server.url}/sites?${name}=${good}`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="nines"');
    }
  });

  test("in a cookie or another header is no token", async () => {
    for (const headers of [
      { Cookie: `token=${good}` },
      { "X-Auth-Token": good },
      { "Proxy-Authorization": good },
    ])
      expect(
        (await fetch(`${server.url}/sites`, { headers: headers as Record<string, string> })).status,
      ).toBe(401);
  });

  test("beside another Authorization header is refused, whichever comes first", async () => {
    expect(await raw(`Authorization: Bearer ${good}`)).toStartWith("HTTP/1.1 200 ");
    for (const [first, second] of [
      [good, bad],
      [bad, good],
      [good, good],
    ])
      expect(await raw(`Authorization: Bearer ${first}`, `Authorization: Bearer ${second}`)).toStartWith(
        "HTTP/1.1 40",
      );
  });

  test("folded over two lines is refused", async () => {
    expect(await raw("Authorization: Bearer", ` ${good}`)).toStartWith("HTTP/1.1 40");
  });
});
