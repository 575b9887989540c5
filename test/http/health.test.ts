// What needs no workspace: health, readiness, metrics, documentation, and the headers of every answer.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ERROR_CODES } from "../../src/model/errors.ts";
import { type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
});
afterAll(() => server.stop());

const load = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);

test.each([
  ["/healthz", "ok"],
  ["/readyz", "ready"],
])("%s answers without a token", async (path, status) => {
  const answer = await load(path);
  expect(answer.status).toBe(200);
  const { details, ...rest } = (await answer.json()) as Record<string, unknown>;
  expect(rest).toEqual({ status, version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
});

test("only readiness has details", async () => {
  expect((await client.get("/healthz")).body.details).toBeUndefined();
});

test("readiness says that the clock is believed", async () => {
  expect((await client.get("/readyz")).body.details).toEqual({ clock: "believed" });
});

test("metrics need an admin, and count requests by route, not by path", async () => {
  await client.get("/sites/x");
  await client.get("/nothing/here");
  const { status, headers, text } = await client.get("/metrics");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toStartWith("text/plain");
  expect(text).toMatch(/^nines_http_requests_total\{method="GET",route="\/sites\/\{id\}",status="404"\} 1$/m);
  expect(text).toMatch(/^nines_http_requests_total\{method="GET",route="none",status="404"\} \d+$/m);
  expect(text).toMatch(/^nines_jobs\{state="queued"\} 0$/m);
  expect(text).not.toContain("/nothing/here");
});

test.each([
  "/docs",
  "/docs/errors",
  "/docs/swagger-ui.css",
  "/docs/swagger-ui.js",
  "/docs/start.js",
  "/openapi.json",
])("%s answers without a token", async (path) => {
  const answer = await load(path);
  expect(answer.status).toBe(200);
  expect((await answer.text()).length).toBeGreaterThan(50);
});

test.each(Object.keys(ERROR_CODES))("the code %s has a page", async (code) => {
  const answer = await load(`/docs/errors/${code}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await answer.text()).toContain(code);
});

test("HEAD answers as GET does, without a body", async () => {
  const headers = { Authorization: `Bearer ${client.token}` };
  for (const path of ["/healthz", "/sites", "/tags"]) {
    const [head, get] = [await load(path, { method: "HEAD", headers }), await load(path, { headers })];
    expect([head.status, await head.text()]).toEqual([get.status, ""]);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
  }
});

test("every answer can be named in the log, and is not sniffed, framed or kept", async () => {
  const answers = [await load("/healthz"), await load("/nothing"), await load("/sites", { method: "PUT" })];
  for (const { headers } of answers) {
    expect(headers.get("x-request-id")).toMatch(/^req_[0-9A-Za-z]{27}$/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  }
  expect(new Set(answers.map(({ headers }) => headers.get("x-request-id"))).size).toBe(3);
});

test("paths take a slash at their end", async () => {
  expect((await client.get("/sites/")).status).toBe(200);
});
