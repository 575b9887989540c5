// How often one token may call, and how often one address may send wrong ones.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { networkOf } from "../../src/http/caller/rateLimit.ts";
import { allowanceOf, MOST_KEYS } from "../../src/model/allowance.ts";
import { readConfig } from "../../src/server/config.ts";
import { type Answer, clientOf, startTestServer, type TestServer } from "../support/server.ts";

describe("an allowance of 60 a minute, 10 at once", () => {
  const clock = { nowMs: 1_000_000 };
  const { take, charge } = allowanceOf({ perMinute: 60, burst: 10, now: () => clock.nowMs });
  const taken = (key: string, times: number) => Array.from({ length: times }, () => take(key));

  test("gives ten, then tells how long to wait, then one a second", () => {
    expect(taken("a", 12)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    clock.nowMs += 999;
    expect(take("a")).toBe(1);
    clock.nowMs += 1;
    expect(taken("a", 2)).toEqual([0, 1]);
  });

  test("never saves up more than ten", () => {
    clock.nowMs += 3_600_000;
    expect(taken("a", 11).at(-1)).toBe(1);
  });

  test("gives what is dearer than all of it, and lets time pay the debt first", () => {
    const start = clock.nowMs;
    expect(take("dear", 25)).toBe(0); // 10 - 25
    expect(take("dear")).toBe(16);
    clock.nowMs += 15_999;
    expect(take("dear")).toBe(1);
    clock.nowMs += 1;
    expect(taken("dear", 2)).toEqual([0, 1]);
    clock.nowMs = start;
  });

  test("is charged for what turns out later, whether it was refused or not", () => {
    expect(take("later")).toBe(0);
    charge("later", 12.5); // 10 - 1 - 12.5
    expect(take("later")).toBe(5);
    charge("unseen", 10);
    expect(take("unseen")).toBe(1);
  });

  test("is each key's own", () => expect(take("b")).toBe(0));

  test("neither grows nor locks anybody out when the clock steps back", () => {
    taken("c", 10);
    clock.nowMs -= 3_600_000;
    expect(take("c")).toBe(1);
    clock.nowMs += 1000;
    expect(taken("c", 2)).toEqual([0, 1]);
  });

  test("forgets whoever was quiet for longest when there are too many", () => {
    taken("busy", 10);
    taken("quiet", 10);
    for (let index = 0; index < MOST_KEYS - 1; index++) {
      if (index % 1000 === 0) take("busy");
      take(`other ${index}`);
    }
    expect(take("busy")).toBeGreaterThan(0);
    expect(take("quiet")).toBe(0);
  });
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["", ""],
])("the address %p counts as %p: whoever has an IPv6 address has its whole network", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("the limit is 3600 a minute unless it is set; 0 is none", () => {
  const limitOf = (text?: string) => readConfig({}, { NINES_RATE_LIMIT: text }).rateLimitPerMinute;
  expect([limitOf(), limitOf("60"), limitOf("0")]).toEqual([3600, 60, 0]);
  for (const wrong of ["-1", "1.5", "many", "10000000", "1e3"]) expect(() => limitOf(wrong)).toThrow(wrong);
});

describe("a server with a limit of 60 a minute", () => {
  const clock = { nowMs: Date.parse("2026-02-18T12:00:00Z") };
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ now: () => clock.nowMs, environment: { NINES_RATE_LIMIT: "60" } });
  });
  afterAll(() => server.stop());

  const statusesOf = async (times: number, token: string | null, path = "/tags") => {
    const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
    const asked = Array.from({ length: times }, () => fetch(`${server.url}${path}`, { headers }));
    return (await Promise.all(asked)).map(({ status }) => status).sort();
  };
  const times = (count: number, status: number) => Array.from({ length: count }, () => status);

  test("answers ten at once, refuses the rest, and says when to come again", async () => {
    const client = await server.client("one");
    expect(await statusesOf(12, client.token)).toEqual([...times(10, 200), 429, 429]);
    const { status, headers, body } = await client.get("/tags");
    expect({ status, code: body.code, type: body.type }).toEqual({
      status: 429,
      code: "rate_limited",
      type: "rate_limit_error",
    });
    expect(headers.get("retry-after")).toBe("1");
    expect(headers.get("ratelimit-policy")).toBe('"token";q=10;w=10');
    expect(headers.get("ratelimit")).toBe('"token";r=0;t=1');
    clock.nowMs += 1000;
    expect(await statusesOf(2, client.token)).toEqual([200, 429]);
  });

  test("counts another token of the same workspace by itself, however it is written", async () => {
    const first = await server.token({ workspace: "two", scopes: ["sla:read"] });
    const second = await server.token({ workspace: "two", scopes: ["sla:read", "fault:read"] });
    expect(await statusesOf(11, first)).toEqual([...times(10, 200), 429]);
    expect((await clientOf(server.url, second).get("/tags")).status).toBe(200);
    for (const spelled of [`Bearer  ${first}`, `bearer ${first} `, `BEARER    ${first}`])
      expect((await fetch(`${server.url}/tags`, { headers: { Authorization: spelled } })).status).toBe(429);
  });

  test("counts what is dear as several: much to compute, many bytes, many rows", async () => {
    const waitAfter = async (call: Promise<Answer>) => {
      expect((await call).status).toBe(200);
      return Number((await dear.get("/tags")).headers.get("retry-after"));
    };
    const dear = await server.client("dear");
    const times = { starts_at: "2010-01-01T00:00:00Z", ends_at: "2010-01-01T01:00:00Z", rrule: "FREQ=DAILY" };
    await dear.post("/sites", { name: "Bern" });
    for (let count = 0; count < 8; count++) await dear.post("/maintenance-windows", { name: "x", ...times });
    clock.nowMs += 60_000;
    const computed = await waitAfter(dear.get("/uptime?from=2010-01-01&to=2025-12-31"));
    clock.nowMs += 600_000;
    const rows = Array.from(
      { length: 12_000 },
      (_, i) => `Bern,${i},2026-01-01T00:00:00Z,2026-01-01T00:00:01Z`,
    );
    const csv = `site,external_id,started_at,resolved_at\n${rows.join("\n")}\n`;
    const imported = await waitAfter(dear.send("POST", "/fault/import", csv, "text/csv"));
    clock.nowMs += 600_000;
    const exported = await waitAfter(dear.get("/fault/export"));
    // Of each, what is more than the ten that may come at once.
    expect([computed, imported, exported]).toEqual([7, 2, 4]);
    clock.nowMs += 4000;
    expect((await dear.get("/tags")).status).toBe(200);
  });

  test("changes nothing for a request over the limit", async () => {
    const writer = await server.client("three");
    const made = await Promise.all(
      Array.from({ length: 15 }, (_, i) => writer.post("/sites", { name: `${i}` })),
    );
    clock.nowMs += 1000;
    expect((await writer.get("/sites")).body.meta.total).toBe(
      made.filter(({ status }) => status === 201).length,
    );
  });

  test("counts files of reports too, and not what needs no token", async () => {
    const { token } = await server.client("four");
    const path = `/reports/sla/reports/rpt_${"0".repeat(27)}/pdf`;
    expect(await statusesOf(12, token, path)).toEqual([...times(10, 404), 429, 429]);
    expect(await statusesOf(30, token, "/healthz")).toEqual(times(30, 200));
  });

  test("tells an address with sixty wrong tokens only to wait; good tokens from there still work", async () => {
    const good = await server.client("five");
    clock.nowMs += 60_000;
    const wrong = [...(await statusesOf(40, "no.good.token")), ...(await statusesOf(30, null))];
    expect(wrong.filter((status) => status === 401)).toHaveLength(60);
    expect(wrong.filter((status) => status === 429)).toHaveLength(10);
    expect((await good.get("/tags")).status).toBe(200);
    clock.nowMs += 1000;
    expect(await statusesOf(2, null)).toEqual([401, 429]);
  });
});

test("without a limit nobody is refused", async () => {
  const server = await startTestServer({ environment: { NINES_RATE_LIMIT: "0" } });
  try {
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`${server.url}/tags`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  } finally {
    await server.stop();
  }
});
