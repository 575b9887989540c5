// Every answer, good or bad, tells browsers to do nothing with it that it is not for.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { startQuietServer } from "../http/openapi/quietServer.ts";
import { ROUTES } from "../http/routes.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
let report: string;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  const schedule = (await client.post("/reports/sla/schedules", aSchedule({ name: "Monthly" }))).body.id;
  report = `/reports/sla/reports/${(await client.run(schedule, "2026-01-01", "2026-01-31")).id}`;
});
afterAll(() => server.stop());

const PAGES = ["/docs", "/docs/errors", "/docs/errors/not_found"];
const NO_SCRIPTS = "default-src 'none'; frame-ancestors 'none'";

/** What any answer must have; a page's policy is looked at by itself. */
function expectSafe(headers: Headers, what: string, isPage = false): void {
  expect(headers.get("x-content-type-options"), what).toBe("nosniff");
  expect(headers.get("referrer-policy"), what).toBe("no-referrer");
  expect(headers.get("x-frame-options"), what).toBe("DENY");
  expect(headers.get("cross-origin-resource-policy"), what).toBe("same-origin");
  expect(headers.get("cache-control"), what).not.toBe(null);
  expect(headers.get("x-request-id"), what).toMatch(/^req_[0-9A-Za-z]{27}$/);
  if (!isPage) expect(headers.get("content-security-policy"), what).toBe(NO_SCRIPTS);
  const names = [...headers.keys()];
  expect(
    names.filter((name) => /server|powered|version|via|^access-control|^set-cookie$/.test(name)),
  ).toEqual([]);
}

async function load(path: string, init: RequestInit = {}, url = server.url) {
  const response = await fetch(url + path, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const withToken = (headers: Record<string, string> = {}) => ({
  headers: { Authorization: `Bearer ${client.token}`, ...headers },
});

test("answers of every route, with a token and without", async () => {
  for (const { method, path } of ROUTES) {
    const place = path.replace("{code}", "x").replace(/\{\w+\}/, "x");
    const isPage = (status: number) => status === 200 && PAGES.includes(place);
    for (const init of [{}, withToken({ "Content-Type": "application/json" })]) {
      const { status, headers } = await load(place, { method, ...init });
      expectSafe(headers, `${method} ${place} ${status}`, isPage(status));
    }
  }
});

test("refusals of paths, methods, and what is no path", async () => {
  const odd = ["/", "/nothing", "//nothing", "/docs/x", "/%00", "/favicon.ico", "/.well-known/security.txt"];
  for (const path of odd) expectSafe((await load(path)).headers, path);
  for (const method of ["OPTIONS", "TRACE", "PROPFIND", "QUERY", "DELETE"]) {
    const { status, headers } = await load("/tags", { method });
    expect([method, status]).toEqual([method, 405]);
    expectSafe(headers, method);
  }
});

test("no other site's page may read an answer: there is no CORS", async () => {
  const preflight = { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" };
  const answers = [
    await load("/sites", { method: "OPTIONS", headers: preflight }),
    await load("/tags", withToken({ Origin: "https://evil.example" })),
  ];
  expect(answers.map(({ status }) => status)).toEqual([405, 200]);
  for (const { headers } of answers) expectSafe(headers, "with an Origin");
});

describe("files of reports", () => {
  test.each([
    ["whole", 200, {}],
    ["in part", 206, { Range: "bytes=0-9" }],
    ["with a wrong range", 416, { Range: "bytes=99999999-" }],
  ])("%s: %d", async (_, expected, headers: Record<string, string>) => {
    for (const artefact of ["pdf", "json", "csv"]) {
      const answer = await load(`${report}/${artefact}`, withToken(headers));
      expect(answer.status).toBe(expected);
      expectSafe(answer.headers, artefact);
      if (expected === 416) continue;
      expect(answer.headers.get("content-disposition")).toStartWith("attachment; ");
    }
  });

  test("not modified: 304, and progress as events", async () => {
    const etag = (await load(`${report}/pdf`, withToken())).headers.get("etag") ?? "";
    const unchanged = await load(`${report}/pdf`, withToken({ "If-None-Match": etag }));
    expect(unchanged.status).toBe(304);
    expectSafe(unchanged.headers, "304");
    expectSafe((await load(`${report}/events`, withToken())).headers, "events");
  });

  test("from a signed link are kept by no shared cache, and the link is in no Referer", async () => {
    const link = (await client.post(`${report}/links`, { artefact: "pdf", expires_in: 60 })).body
      .url as string;
    const { status, headers } = await load("", {}, link);
    expect(status).toBe(200);
    expectSafe(headers, "link");
    expect(headers.get("cache-control")).toStartWith("private");
  });
});

test("a fault of ours tells nothing of itself", async () => {
  const failing = await startQuietServer({ failure: () => new Error("SELECT secret FROM inside") });
  try {
    const { status, headers, text } = await load("/healthz", {}, failing.url);
    expect(status).toBe(500);
    expectSafe(headers, "500");
    expect(text).not.toMatch(/SELECT|secret|at .*\.ts|stack/i);
  } finally {
    await failing.stop();
  }
});

describe("pages", () => {
  test.each(PAGES)(
    "%s has no script, style or handler of its own besides the one that its policy names",
    async (path) => {
      const { headers, text } = await load(path);
      expectSafe(headers, path, true);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toStartWith("default-src 'none'; ");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      for (const closed of ["base-uri", "form-action", "frame-ancestors"])
        expect(policy).toContain(`${closed} 'none'`);
      const styles = [...text.matchAll(/<style>([^<]*)<\/style>/g)].map(([, style = ""]) => style);
      const hashes = styles.map((style) => new Bun.CryptoHasher("sha256").update(style).digest("base64"));
      expect(hashes).toHaveLength(1);
      expect(policy).toContain(`'sha256-${hashes[0]}'`);
      expect(text).not.toMatch(/<script(?! src="\/docs\/[\w.-]+"><\/script>)|\son\w+=|\sstyle=|javascript:/i);
      expect(policy.includes("script-src")).toBe(path === "/docs");
      expect(headers.get("permissions-policy")).toContain("geolocation=()");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    },
  );

  test("an address is never repeated as markup", async () => {
    for (const path of ["/docs/errors/<script>alert(1)</script>", "/docs/<img src=x onerror=alert(1)>"]) {
      const { status, headers } = await load(path);
      expect(status).toBe(404);
      expect(headers.get("content-type")).toStartWith("application/json");
    }
  });
});

test("what is no HTTP is answered by the runtime, which does not say what it is", async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () =>
      socket.write("NONSENSE\r\n\r\n"),
    );
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
  expect(answer).toStartWith("HTTP/1.1 400 ");
  expect(answer).not.toMatch(/server:|powered|bun/i);
});
