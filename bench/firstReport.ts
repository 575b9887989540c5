// The first report after the start, and the first after an hour's idleness, against the same in the steady state: from
// asking for it to its finished files. Of 10 sites, by the compiled program.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { databasePath } from "../src/store/database/open.ts";
import { clientOf, makeReport, makeSchedule } from "./client.ts";
import { figureOf, median, printFigures, tell } from "./figures.ts";
import { buildNines, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder } from "./sampleData.ts";

const SITES = 10;
const FAULTS = 100;
const STARTS = 9;
/** A server that has just started warms its thread meanwhile. */
const SETTLED_MS = 2000;
/** Longer than a thread that does nothing is kept. */
const IDLE_MS = 15_000;
const STEADY = 10;

const folder = join(await temporaryFolder(), "data");
mkdirSync(folder);
await buildNines();
makeDatabase(databasePath(folder), {
  sites: SITES,
  faultsAMonth: FAULTS,
  months: monthsUntil("2026-03", 1),
}).close();
const [first, afterIdle, steady]: [number[], number[], number[]] = [[], [], []];
let scheduleId = "";
for (let start = 0; start < STARTS; start++) {
  const program = await startNines(folder);
  const client = await clientOf(program);
  scheduleId ||= await makeSchedule(client);
  await Bun.sleep(SETTLED_MS);
  const report = async () => (await makeReport(client, scheduleId, 1)).ms;
  first.push(await report());
  await report();
  await report();
  const usual: number[] = [];
  for (let i = 0; i < STEADY; i++) usual.push(await report());
  steady.push(median(usual));
  tell("idle …");
  await Bun.sleep(IDLE_MS);
  afterIdle.push(await report());
  await program.stop();
}
const figure = (what: string, values: number[]) =>
  figureOf({
    what,
    unit: "ms",
    ours: { values },
    baseline: { name: "the same in the steady state", values: steady },
    aim: { atMost: 2.5 },
  });
printFigures(`From asking for a report of ${SITES} sites to its files; ${STARTS} starts`, [
  figure("the first report after the start", first),
  figure(`the first after ${IDLE_MS / 1000} s of idleness`, afterIdle),
]);
