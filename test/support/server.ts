// A real server for tests: a fresh data folder, any free port, a client that speaks HTTP to it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signToken } from "../../src/http/caller/auth.ts";
import type { ErrorBody } from "../../src/http/kernel/errors.ts";
import type { Report } from "../../src/model/report.ts";
import { type App, type AppOptions, startApp } from "../../src/server/app.ts";
import { readConfig } from "../../src/server/config.ts";

export const TEST_SECRET = "a secret of tests that is longer than 32 bytes";

export type TestServer = {
  url: string;
  dataFolder: string;
  app: App;
  token: (options?: { workspace?: string; scopes?: string[]; expiresAtS?: number }) => Promise<string>;
  /** A client with an admin token of this workspace. */
  client: (workspace?: string) => Promise<Client>;
  stop: () => Promise<void>;
};

export type Answer = { status: number; headers: Headers; text: string; body: Json };
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field by the tests themselves
export type Json = any;
export type Client = {
  token: string;
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  put: (path: string, body: unknown) => Promise<Answer>;
  patch: (path: string, body: unknown) => Promise<Answer>;
  delete: (path: string) => Promise<Answer>;
  /** Sends a body as it is, with a content type. */
  send: (
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
    contentType: string,
  ) => Promise<Answer>;
  /** Runs a schedule and waits for the report's end. */
  run: (scheduleId: string, from: string, to: string) => Promise<Report>;
};

export type TestServerOptions = {
  /** Gives epoch milliseconds, when the test is about time. */
  now?: () => number;
  /** Gives milliseconds that only grow, when it is about a clock that jumps; else the clock goes evenly. */
  monotonic?: () => number;
  /** Sees what is logged. */
  log?: AppOptions["log"];
  /** Limits of what is computed at once. */
  readerLimits?: AppOptions["readerLimits"];
  /** How long it waits for requests and jobs when it stops. */
  graceMs?: number;
  /** Where its data lies: a fresh folder, when left out. */
  dataFolder?: string;
  /** More settings NINES_*. */
  environment?: Record<string, string>;
};

/** Starts a server. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), "nines-test-"));
  const config = readConfig(
    { data: dataFolder, host: "127.0.0.1", port: "0" },
    { NINES_JWT_SECRET: TEST_SECRET, NINES_RATE_LIMIT: "0", ...options.environment },
  );
  const { log = () => {}, now = Date.now, readerLimits = {}, graceMs } = options;
  // Time that a test makes pass by setting its clock really passes.
  const monotonic = options.monotonic ?? options.now;
  const app = await startApp({
    ...{ config, log, now, readerLimits },
    ...(monotonic && { monotonic }),
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  const secret = new TextEncoder().encode(TEST_SECRET);
  const token: TestServer["token"] = ({ workspace = "acme", scopes = ["admin"], expiresAtS } = {}) =>
    signToken(secret, {
      subject: "tester",
      workspace,
      scopes,
      expiresAtS: expiresAtS ?? Math.floor((options.now?.() ?? Date.now()) / 1000) + 3600,
    });
  return {
    url: app.url,
    dataFolder,
    app,
    token,
    client: async (workspace = "acme") => clientOf(app.url, await token({ workspace })),
    stop: async () => {
      await app.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** A client of any Nines at this address. */
export function clientOf(url: string, token: string): Client {
  const call = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(init.headers as Record<string, string> | undefined),
    };
    const response = await fetch(`${url}${path}`, { ...init, method, headers });
    const text = await response.text();
    const isWhole = response.status !== 206; // a part of a JSON file is no JSON
    const isJson = isWhole && (response.headers.get("content-type")?.startsWith("application/json") ?? false);
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as Json) : null,
    };
  };
  const withJson = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(method, path, {
      headers: { "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const client: Client = {
    token,
    get: (path, headers) => call("GET", path, headers ? { headers } : {}),
    post: (path, body, headers) => withJson("POST", path, body, headers),
    put: (path, body) => withJson("PUT", path, body),
    patch: (path, body) => withJson("PATCH", path, body),
    delete: (path) => call("DELETE", path),
    send: (method, path, body, contentType) =>
      call(method, path, { body, headers: { "Content-Type": contentType } }),
    run: async (scheduleId, from, to) => {
      const accepted = await client.post(`/reports/sla/schedules/${scheduleId}/run`, {
        from_date: from,
        to_date: to,
      });
      if (accepted.status !== 202) throw new Error(`run refused: ${accepted.text}`);
      for (;;) {
        const { body } = await client.get(`/reports/sla/reports/${accepted.body.report_id}`);
        if (body.status === "completed" || body.status === "failed") return body as Report;
        await Bun.sleep(10);
      }
    },
  };
  return client;
}

/** The error in an answer. */
export function errorOf(answer: Answer): ErrorBody {
  return answer.body as ErrorBody;
}

/** A schedule's fields, good by default. */
export function aSchedule(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: "Monthly report", sla_target: 99.9, monthly: true, day_of_month: 1, ...changes };
}
