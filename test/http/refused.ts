// Refused requests as data: how one is sent, and what must hold of every refusal.
import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { ERROR_CODES, type ErrorCode } from "../../src/model/errors.ts";
import { databasePath } from "../../src/store/database/open.ts";
import type { World } from "./world.ts";

export type Refused = {
  title: string;
  method: string;
  path: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  raw?: RequestInit["body"];
  headers?: Record<string, string>;
  /** Null: no token. Left out: an admin's of the workspace. */
  token?: string | null;
  /** The server's clock, epoch milliseconds. */
  atMs?: number;
  code: ErrorCode;
  param?: string;
  /** Headers that the answer must have. */
  answers?: Record<string, string | RegExp>;
};

/** A body that is wrong in one field: what is sent, and which param is named (the field, when left out). */
export type WrongField = [field: string, value: unknown, param?: string, code?: ErrorCode];

const SHAPE = ["code", "doc_url", "message", "param", "request_id", "type"];

/** A request for each wrong value of a field of `base`. */
export function wrongFields(
  method: string,
  path: string,
  base: Record<string, unknown>,
  wrong: readonly WrongField[],
): Refused[] {
  return wrong.map(([field, value, param = field, code = "parameter_invalid"]) => ({
    title: `${method} ${withoutIds(path)} with ${field}: ${shortened(value)}`,
    method,
    path,
    json: { ...base, [field]: value },
    code,
    param,
  }));
}

/** A GET for each query that is refused. */
export function wrongQueries(
  path: string,
  wrong: readonly [query: string, param: string, code?: ErrorCode][],
): Refused[] {
  return wrong.map(([query, param, code = "parameter_invalid"]) => ({
    title: `GET ${withoutIds(path)}?${query.slice(0, 60)}`,
    method: "GET",
    path: `${path}?${query}`,
    code,
    param,
  }));
}

/** A request for each id that names nothing: malformed, of another kind, unknown, of another workspace. */
export function nothingThere(
  method: string,
  path: (id: string) => string,
  ids: { unknown: string; foreign: string },
  json?: unknown,
): Refused[] {
  const named = {
    "a malformed id": "x",
    "an id that is too long": `${ids.unknown}0`,
    "an id of another kind": `cmt_${"0".repeat(27)}`,
    "an escaped slash for an id": "a%2F..%2Fb",
    "an unknown id": ids.unknown,
    "another workspace's id": ids.foreign,
  };
  return Object.entries(named).map(([title, id]) => ({
    title: `${method} ${path("{id}")} with ${title}`,
    method,
    path: path(id),
    ...(json === undefined ? {} : { json }),
    code: "not_found",
  }));
}

function withoutIds(path: string): string {
  return path.replaceAll(/[a-z]+_[0-9A-Za-z]{27}/g, "{id}");
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text;
}

/** One test a request. At the end: there were so many different ones, and no row of any table changed. */
export function testRefusals(world: World, subject: string, atLeast: number, table: readonly Refused[]) {
  const db = new Database(databasePath(world.server.dataFolder), { readonly: true });
  const before = rowsHash(db);
  const pages = new Set<string>();

  describe(`refused: ${subject}`, () => {
    afterAll(async () => {
      db.close();
      await world.server.stop();
    });
    for (const request of table) {
      test(request.title, async () => {
        world.clock.nowMs = request.atMs ?? world.nowMs;
        const version = commitsSeen(db);
        const answer = await send(world, request);
        expectRefusal(world, request, answer);
        await expectPage(pages, answer.body["doc_url"]);
        expect(commitsSeen(db)).toBe(version);
      });
    }
    test("so many different requests, and nothing changed", () => {
      const requests = table.map(({ method, path, json, raw, headers, token, atMs, title }) =>
        JSON.stringify([
          method,
          path,
          json,
          raw instanceof ReadableStream ? title : raw,
          headers,
          token,
          atMs,
        ]),
      );
      expect(new Set(requests).size).toBe(table.length);
      expect(table.length).toBeGreaterThanOrEqual(atLeast);
      expect(rowsHash(db)).toBe(before);
    });
  });
}

type Refusal = { status: number; headers: Headers; body: Record<string, string> };

/** Sends a request of the table. */
async function send({ server, client }: World, request: Refused): Promise<Refusal> {
  const { method, path, json, raw, headers = {}, token = client.token } = request;
  const response = await fetch(`${server.url}${path}`, {
    method,
    body: json === undefined ? (raw ?? null) : JSON.stringify(json),
    headers: {
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

function expectRefusal({ server }: World, { code, param, answers = {} }: Refused, answer: Refusal): void {
  const { body, headers } = answer;
  const { status, type } = ERROR_CODES[code];
  expect(body).toMatchObject({ type, code, doc_url: `${server.url}/docs/errors/${code}` });
  expect(answer.status).toBe(status);
  expect(body["param"]).toBe(param as string);
  expect(Object.keys(body).sort()).toEqual(SHAPE.filter((key) => key !== "param" || param !== undefined));
  expect(body["message"]).toMatch(/^.{10,600}[.:]$/s);
  expect(body["message"]).toContain(param ?? "");
  expect(headers.get("content-type")).toBe("application/json;charset=utf-8");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-request-id")).toBe(body["request_id"] as string);
  expect(headers.get("www-authenticate") !== null).toBe(status === 401);
  for (const [name, value] of Object.entries(answers)) expect(headers.get(name)).toMatch(value);
}

async function expectPage(known: Set<string>, url: string | undefined): Promise<void> {
  if (url === undefined || known.has(url)) return;
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await page.text()).toContain(url.slice(url.lastIndexOf("/") + 1));
  known.add(url);
}

/** A number that changes when another connection commits a change. */
function commitsSeen(db: Database): number {
  return (db.query("PRAGMA data_version").get() as { data_version: number }).data_version;
}

/** A hash of all rows of all tables. */
export function rowsHash(db: Database): string {
  const hash = new Bun.CryptoHasher("sha256");
  const tables = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all();
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    const columns = db.query<{ name: string }, []>(`PRAGMA table_info(${name})`).all();
    const order = columns.map((_, index) => index + 1).join(", ");
    hash.update(`${name} ${JSON.stringify(db.query(`SELECT * FROM ${name} ORDER BY ${order}`).values())}\n`);
  }
  return hash.digest("hex");
}
