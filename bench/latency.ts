// How long GET of a report's metadata and of the list take, at rest and while a report of 1,000 sites with
// 10,000 incidents is being made. Asked at a steady pace by one client, on the compiled program.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { databasePath } from "../src/store/database/open.ts";
import { type Client, clientOf, makeReport } from "./client.ts";
import { figureOf, printFigures, quantile, tell } from "./figures.ts";
import { buildNines, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder } from "./sampleData.ts";

const SITES = 1_000;
/** They merge into about 10,000 incidents. */
const FAULTS = 10_500;
const REPORTS = 12;
/** Milliseconds from one request to the next. */
const PACE_MS = 5;
const AIM = 2;

type Latencies = Record<"metadata" | "list", number[]>;

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

const folder = join(await temporaryFolder(), "data");
mkdirSync(folder);
await buildNines();
const months = monthsUntil("2026-03", 1);
makeDatabase(databasePath(folder), { sites: SITES, faultsAMonth: FAULTS, months }).close();
const program = await startNines(folder);
const client = await clientOf(program);
const settings = { name: "Month", sla_target: 99.9, monthly: true, day_of_month: 1 };
const { id: scheduleId = "" } = await client.post("/reports/sla/schedules", settings);
const { id: reportId, ms } = await makeReport(client, scheduleId);
const seconds = ms / 1000;
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
const figures = (["metadata", "list"] as const).flatMap((kind) =>
  [0.5, 0.99].map((share) =>
    figureOf({
      what: `GET ${kind === "list" ? "the list" : "a report"}, p${share * 100}, while a report of ${SITES} sites is made`,
      unit: "ms",
      ours: { values: [quantile(busy[kind], share)] },
      baseline: { name: "at rest", values: [quantile(idle[kind], share)] },
      aim: { atMost: AIM },
    }),
  ),
);
printFigures(
  `Latency at ${1000 / PACE_MS} requests a second, ${busy.list.length} of each while rendering`,
  figures,
);
