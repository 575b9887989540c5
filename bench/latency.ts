// How long GET of a report's metadata and of the list take, at rest and while a report of 1,000 sites with
// 10,000 incidents is being made. Asked at a steady pace by one client, on the compiled program.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { signToken } from "../src/http/caller/auth.ts";
import { databasePath } from "../src/store/database/open.ts";
import { ms, printTable, quantile, type Row, tell, times } from "./figures.ts";
import { buildNines, type Program, SECRET, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder, WORKSPACE } from "./sampleData.ts";

const SITES = 1_000;
/** They merge into about 10,000 incidents. */
const FAULTS = 10_500;
const REPORTS = 12;
/** Milliseconds from one request to the next. */
const PACE_MS = 5;
const AIM = 2;

type Latencies = Record<"metadata" | "list", number[]>;

function clientOf(program: Program, token: string) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const call = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${program.url}${path}`, { method, headers, ...init });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  return {
    get: (path: string) => call("GET", path),
    post: (path: string, body: unknown) => call("POST", path, body),
  };
}

type Client = ReturnType<typeof clientOf>;

/** Asks for metadata and list in turn, at a steady pace, until told to stop. */
async function ask(client: Client, reportId: string, into: Latencies, isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    const kind = turn % 2 === 0 ? "metadata" : "list";
    const path = kind === "metadata" ? `/reports/sla/reports/${reportId}` : "/reports/sla/reports";
    const startedAt = performance.now();
    await client.get(path);
    const tookMs = performance.now() - startedAt;
    into[kind].push(tookMs);
    await Bun.sleep(Math.max(0, PACE_MS - tookMs));
  }
}

async function makeReport(client: Client, scheduleId: string): Promise<{ id: string; seconds: number }> {
  const startedAt = performance.now();
  const range = { from_date: "2026-03-01", to_date: "2026-03-31" };
  const { report_id: id = "" } = await client.post(`/reports/sla/schedules/${scheduleId}/run`, range);
  for (;;) {
    const { status, error } = await client.get(`/reports/sla/reports/${id}`);
    if (status === "failed") throw new Error(`the report failed: ${error}`);
    if (status === "completed") return { id, seconds: (performance.now() - startedAt) / 1000 };
    await Bun.sleep(50);
  }
}

const folder = join(await temporaryFolder(), "data");
mkdirSync(folder);
await buildNines();
const months = monthsUntil("2026-03", 1);
makeDatabase(databasePath(folder), { sites: SITES, faultsAMonth: FAULTS, months }).close();
const program = await startNines(folder);
const token = await signToken(new TextEncoder().encode(SECRET), {
  subject: "bench",
  workspace: WORKSPACE,
  scopes: ["admin"],
  expiresAtS: Math.floor(Date.now() / 1000) + 3600,
});
const client = clientOf(program, token);
const settings = { name: "Month", sla_target: 99.9, monthly: true, day_of_month: 1 };
const { id: scheduleId = "" } = await client.post("/reports/sla/schedules", settings);
const { id: reportId, seconds } = await makeReport(client, scheduleId);
tell(`one report takes ${seconds.toFixed(1)} s`);
const idle: Latencies = { metadata: [], list: [] };
const busy: Latencies = { metadata: [], list: [] };
for (let report = 0; report < REPORTS; report++) {
  const until = performance.now() + seconds * 1000;
  await ask(client, reportId, idle, () => performance.now() > until);
  let isMade = false;
  const making = makeReport(client, scheduleId).then(() => {
    isMade = true;
  });
  await ask(client, reportId, busy, () => isMade);
  await making;
}
await program.stop();
const rows = (["metadata", "list"] as const).flatMap((kind) =>
  [0.5, 0.99].map((share): Row => {
    const [whileBusy, atRest] = [quantile(busy[kind], share), quantile(idle[kind], share)];
    return {
      what: `GET ${kind === "list" ? "the list" : "a report's metadata"}, p${share * 100}`,
      ours: `${ms(whileBusy)} (while rendering)`,
      baseline: `${ms(atRest)} (at rest)`,
      ratio: times(whileBusy / atRest),
      aim: `≤ ${AIM}`,
      met: whileBusy <= AIM * atRest,
    };
  }),
);
printTable(
  `Latency at ${1000 / PACE_MS} requests a second, ${busy.list.length} of each while rendering`,
  rows,
);
