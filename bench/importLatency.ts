// How long others wait while a large CSV of faults is imported through the compiled program: GET of the list of
// reports, and POST of a fault, asked at a steady pace by one client, beside the same at rest. In every second turn
// nobody writes but the import.
//
//   bun bench/importLatency.ts [rows] [turns]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { signToken } from "../src/http/caller/auth.ts";
import { figureOf, printFigures, quantile, tell } from "./figures.ts";
import { buildNines, SECRET, startNines } from "./programs.ts";
import { randomOf, temporaryFolder, WORKSPACE } from "./sampleData.ts";

const SITES = 1_000;
const PACE_MS = 5;
const AIM_MS = 10;

type Waits = { get: number[]; post: number[] };

const [rows = 300_000, turns = 2] = process.argv.slice(2).map(Number);
const random = randomOf(1);
const upTo = (most: number) => Math.ceil(random() * most);
const second = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

/** A file of faults that no other file has. */
function csvOf(turn: number): Blob {
  let startMs = Date.UTC(2024, 0, 1);
  const lines = Array.from({ length: rows }, (_, n) => {
    startMs += upTo(60) * 1_000;
    return `Site ${upTo(SITES)},site,LOW,HTTP 502,offline,${second(startMs)},${second(startMs + upTo(7_200) * 1_000)},${turn}-${n}\n`;
  });
  return new Blob(["site,type,severity,cause,message,started_at,resolved_at,external_id\n", ...lines]);
}

async function callerOf(url: string) {
  const token = await signToken(new TextEncoder().encode(SECRET), {
    subject: "bench",
    workspace: WORKSPACE,
    scopes: ["admin"],
    expiresAtS: Math.floor(Date.now() / 1000) + 3600,
  });
  return async (method: string, path: string, body?: string | Blob, type = "application/json") => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": type };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as { data?: { id: string }[]; created?: number };
  };
}

const folder = join(await temporaryFolder(), "data");
mkdirSync(folder);
if (process.env["BENCH_PROGRAM"] === undefined) await buildNines();
const program = await startNines(folder);
const call = await callerOf(program.url);
const sites = Array.from({ length: SITES }, (_, n) => `${JSON.stringify({ name: `Site ${n + 1}` })}\n`);
await call("POST", "/sites/import", sites.join(""), "application/x-ndjson");
const site_id = (await call("GET", "/sites?per_page=1")).data?.[0]?.id;

/** Asks one after the other at a steady pace. */
async function ask(kind: keyof Waits, into: Waits, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const startedAt = performance.now();
    if (kind === "post") await call("POST", "/fault", JSON.stringify({ site_id }));
    else await call("GET", "/reports/sla/reports");
    const tookMs = performance.now() - startedAt;
    into[kind].push(tookMs);
    await Bun.sleep(Math.max(0, PACE_MS - tookMs));
  }
}

const [idle, busy]: [Waits, Waits] = [
  { get: [], post: [] },
  { get: [], post: [] },
];
for (let turn = 0; turn < turns; turn++) {
  const file = csvOf(turn);
  const kind = turn % 2 === 0 ? "get" : "post";
  const until = performance.now() + 3_000;
  await ask(kind, idle, () => performance.now() > until);
  let isOver = false;
  const startedAt = performance.now();
  const importing = call("POST", "/fault/import", file, "text/csv").then(({ created }) => {
    isOver = true;
    const perSecond = Math.round(rows / ((performance.now() - startedAt) / 1000));
    tell(`${created} rows, ${perSecond} a second, while others ${kind}`);
  });
  await ask(kind, busy, () => isOver);
  await importing;
}
await program.stop();
const figures = (["get", "post"] as const).flatMap((kind) =>
  [0.5, 0.99].map((share) =>
    figureOf({
      what: `${kind === "get" ? "GET the list" : "POST a fault"} while an import runs, p${share * 100}`,
      unit: "ms",
      ours: { values: [quantile(busy[kind], share)] },
      baseline: { name: "at rest", values: [quantile(idle[kind], share)] },
      ...(kind === "get" ? { aim: { atMost: AIM_MS }, isAimOfOurs: true } : {}),
    }),
  ),
);
printFigures(`Latency while ${rows.toLocaleString("en")} rows are imported`, figures);
