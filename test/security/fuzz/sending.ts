// Sends fuzzed requests one after the other, and says of each answer what is wrong with it.
import type { Database } from "bun:sqlite";
import { recorderOf } from "../../http/openapi/recorder.ts";
import type { Answer, Json } from "../../support/server.ts";
import type { Fuzzed } from "./requests.ts";

/** So long an answer may take; far longer than any should, on a machine that is busy with other things. */
const TIMEOUT_MS = 20_000;
const MOST_IDS = 200;

export type Tokens = Record<Fuzzed["caller"], string | null>;
export type Target = { url: string; document: Json; tokens: Tokens; db: Database };

/** What requests were answered with, by status; and what was wrong, with the request. */
export type Findings = { statuses: Map<number, number>; problems: string[]; slowestMs: number };

/** A sender that remembers the ids it sees, so that later requests are about something that is there. */
export function senderTo({ url, document, tokens, db }: Target) {
  const recorder = recorderOf(document);
  const known = new Map<string, string[]>();
  const findings: Findings = { statuses: new Map(), problems: [], slowestMs: 0 };
  const rows = rowCounterOf(db);
  let rowsBefore = rows.counts();

  const withIds = (text: string) =>
    text.replaceAll(/@id:([a-z]+_):(\d+)/g, (_, prefix: string, number: string) => {
      const ids = known.get(prefix) ?? [];
      return ids[Number(number) % (ids.length + 1)] ?? `${prefix}${"0".repeat(27)}`;
    });

  const remember = (text: string) => {
    for (const [id, prefix = ""] of text.matchAll(/\b([a-z]+_)[0-9A-Za-z]{27}\b/g)) {
      const ids = known.get(prefix) ?? [];
      if (ids.includes(id)) continue;
      known.set(prefix, [...ids, id].slice(-MOST_IDS));
    }
  };

  const send = async (fuzzed: Fuzzed): Promise<void> => {
    const { method } = fuzzed.route;
    const search = new URLSearchParams(
      fuzzed.query.map(([name, value]): [string, string] => [name, withIds(value)]),
    ).toString();
    const path = withIds(fuzzed.path) + (search === "" ? "" : `?${search}`);
    const body = fuzzed.body === null ? null : withIds(fuzzed.body);
    const token = tokens[fuzzed.caller];
    const headers: Record<string, string> =
      token === null ? fuzzed.headers : { ...fuzzed.headers, Authorization: `Bearer ${token}` };
    const started = performance.now();
    const answer = await answerOf(`${url}${path}`, { method, headers, body }).catch((error: unknown) =>
      String(error),
    );
    findings.slowestMs = Math.max(findings.slowestMs, performance.now() - started);
    const problems = typeof answer === "string" ? [answer] : problemsOf(method, path, answer);
    if (problems.length === 0) return;
    const request = JSON.stringify({ method, path, headers: fuzzed.headers, body: body?.slice(0, 600) });
    findings.problems.push(`${problems.join("; ")}\n  ${request.slice(0, 1500)}`);
  };

  const problemsOf = (method: string, path: string, answer: Answer): string[] => {
    const { status, text } = answer;
    findings.statuses.set(status, (findings.statuses.get(status) ?? 0) + 1);
    if (status >= 400 && answer.body === null)
      return [`answered ${status} without an error: ${text.slice(0, 300)}`];
    recorder.record(method, path, answer);
    const problems = recorder.problems.splice(0);
    if (status >= 500 && status !== 503) problems.push(`answered ${status}: ${text.slice(0, 300)}`);
    if (status < 400) remember(text);
    if (rows.isChanged()) {
      const now = rows.counts();
      if (status >= 400 && now !== rowsBefore)
        problems.push(`refused with ${status}, but ${rowsBefore} became ${now}`);
      rowsBefore = now;
    }
    return problems;
  };

  return { send, findings };
}

async function answerOf(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  const isJson =
    response.status !== 206 && response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as Json) : null,
  };
}

/** What the worker and the scheduler write by themselves, whatever is asked. */
const BACKGROUND = new Set(["jobs", "deliveries", "report_sites"]);

/** How many rows the tables have, in which nothing changes but by requests. */
function rowCounterOf(db: Database) {
  const tables = db
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all()
    .filter(({ name }) => !BACKGROUND.has(name));
  const counts = db.query<Record<string, number>, []>(
    `SELECT ${tables.map(({ name }) => `(SELECT count(*) FROM ${name}) AS ${name}`).join(", ")}`,
  );
  const version = db.query<{ data_version: number }, []>("PRAGMA data_version");
  let seen = version.get()?.data_version;
  return {
    counts: () => JSON.stringify(counts.get()),
    /** Whether anything was committed since the last time. */
    isChanged: () => {
      const now = version.get()?.data_version;
      const isOther = now !== seen;
      seen = now;
      return isOther;
    },
  };
}
