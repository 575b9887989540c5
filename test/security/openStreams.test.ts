// What one token may have under way at a time: streams of events, and large answers that it does not read.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openStreamsOf } from "../../src/http/caller/openStreams.ts";
import { unreadAnswersOf } from "../../src/http/caller/unreadAnswers.ts";
import { NinesError } from "../../src/model/errors.ts";
import { startQuietServer } from "../http/openapi/quietServer.ts";
import { aSchedule, clientOf } from "../support/server.ts";

const MOST_STREAMS = 50;

const withToken = (payload: string, signature = "s") =>
  new Request("http://x/", { headers: { Authorization: `Bearer h.${payload}.${signature}` } });

function codeOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof NinesError) return error.reason;
    throw error;
  }
}

describe("streams of events", () => {
  let server: Awaited<ReturnType<typeof startQuietServer>>;
  let path: string;
  beforeAll(async () => {
    server = await startQuietServer();
    const client = clientOf(server.url, server.token);
    const schedule = (await client.post("/reports/sla/schedules", aSchedule())).body;
    const range = { from_date: "2026-01-01", to_date: "2026-01-31" };
    const run = await client.post(`/reports/sla/schedules/${schedule.id}/run`, range);
    path = `/reports/sla/reports/${run.body.report_id}/events`;
  });
  afterAll(() => server.stop());

  test("are fifty for a token, and one more when one was closed", async () => {
    const open = (method = "GET") => {
      const leaving = new AbortController();
      const headers = { Authorization: `Bearer ${server.token}` };
      const answer = fetch(`${server.url}${path}`, { method, headers, signal: leaving.signal });
      return { answer, leave: () => leaving.abort() };
    };
    for (let count = 0; count < 60; count++) await open("HEAD").answer; // these are over at once
    const streams = Array.from({ length: MOST_STREAMS }, () => open());
    for (const { answer } of streams) expect((await answer).status).toBe(200);
    const refused = await open().answer;
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "10"]);
    expect(await refused.json()).toMatchObject({ code: "too_many_streams" });
    streams[0]?.leave();
    let status = 429;
    while (status === 429) ({ status } = await open().answer);
    expect(status).toBe(200);
    for (const { leave } of streams.slice(1)) leave();
  });
});

describe("the count of streams", () => {
  test("is one for each spelling of a token's signature, and another for another token", () => {
    const open = openStreamsOf({ what: "streams", ofToken: 2, inAll: 10 });
    open(withToken("a", "s"));
    open(withToken("a", "t"));
    expect(codeOf(() => open(withToken("a", "u")))).toBe("too_many_streams");
    expect(codeOf(() => open(withToken("b")))).toBeNull();
  });

  test("has an end for all tokens together, and closing twice counts once", () => {
    const open = openStreamsOf({ what: "streams", ofToken: 2, inAll: 3 });
    const close = open(withToken("a"));
    for (const token of ["b", "c"]) open(withToken(token));
    expect(codeOf(() => open(withToken("d")))).toBe("too_many_streams");
    close();
    close();
    expect(codeOf(() => open(withToken("d")))).toBeNull();
    expect(codeOf(() => open(withToken("e")))).toBe("too_many_streams");
  });
});

describe("unread answers", () => {
  const bytes = (count: number) => new Uint8Array(count).fill(65);

  test("count until the last part was taken, and a token that has some left gets any one more", async () => {
    const unread = unreadAnswersOf({ ofTokenBytes: 1000, inAllBytes: 1_000_000 });
    unread.bodyOf(withToken("a"), bytes(999));
    expect(codeOf(() => unread.admit(withToken("a")))).toBeNull();
    const reader = unread.bodyOf(withToken("a"), bytes(500_000)).getReader();
    expect(codeOf(() => unread.admit(withToken("a", "t")))).toBe("too_many_unread_answers");
    expect(codeOf(() => unread.admit(withToken("b")))).toBeNull();
    let taken = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      expect(codeOf(() => unread.admit(withToken("a")))).toBe("too_many_unread_answers");
      taken += part.value.byteLength;
    }
    expect([taken, codeOf(() => unread.admit(withToken("a")))]).toEqual([500_000, null]);
  });

  test("of all tokens together are everybody's limit, until their readers go", async () => {
    const unread = unreadAnswersOf({ ofTokenBytes: 1000, inAllBytes: 1500 });
    const bodies = ["a", "b"].map((token) => unread.bodyOf(withToken(token), bytes(900)));
    expect(codeOf(() => unread.admit(withToken("c")))).toBe("server_busy");
    await bodies[0]?.cancel();
    expect(codeOf(() => unread.admit(withToken("c")))).toBeNull();
  });
});

describe("uptime, which is written as JSON where it is computed", () => {
  test("counts like any other large answer, and comes whole", async () => {
    const text = JSON.stringify({ sites: "x".repeat(200_000) });
    const limits = unreadAnswersOf({ ofTokenBytes: 1, inAllBytes: 1 });
    const counted: number[] = [];
    const bodyOf: typeof limits.bodyOf = (request, bytes) => {
      counted.push(bytes.byteLength);
      return limits.bodyOf(request, bytes);
    };
    const server = await startQuietServer({
      limits: { unread: { ...limits, bodyOf } },
      read: async () => new TextEncoder().encode(text),
    });
    try {
      const answer = await fetch(`${server.url}/uptime?from=2026-01-01&to=2026-01-31`, {
        headers: { Authorization: `Bearer ${server.token}` },
      });
      expect([answer.status, await answer.text(), counted]).toEqual([200, text, [text.length]]);
      expect(answer.headers.get("content-type")).toBe("application/json;charset=utf-8");
    } finally {
      await server.stop();
    }
  });
});

describe("what needs no token", () => {
  test("is the same with a header that is no token, however often it lies unread", async () => {
    const none = unreadAnswersOf({ ofTokenBytes: 0, inAllBytes: 0 });
    const server = await startQuietServer({ limits: { unread: none } });
    try {
      const load = (headers: Record<string, string>) => fetch(`${server.url}/openapi.json`, { headers });
      const unread = await Promise.all(
        Array.from({ length: 50 }, () => load({ Authorization: "Basic eDp5" })),
      );
      expect(unread.map(({ status }) => status)).toEqual(unread.map(() => 200));
      const text = await (await load({})).text();
      expect(text.length).toBeGreaterThan(64 * 1024);
      expect(await unread[0]?.text()).toBe(text);
    } finally {
      await server.stop();
    }
  });
});
