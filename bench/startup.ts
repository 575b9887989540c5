// From starting the program to its first answer, and how much memory it rests in: the compiled Nines against
// a compiled Bun.serve that says hello.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { databasePath } from "../src/store/database/open.ts";
import { clientOf, makeReport, makeSchedule } from "./client.ts";
import { type Aim, figureOf, printFigures, tell } from "./figures.ts";
import { buildNines, compileServer, start, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder } from "./sampleData.ts";

const STARTS = 15;
const REST_MS = 5000;
const HELLO = "compiled Bun.serve that says hello";

const folder = await temporaryFolder();
await buildNines();
const hello = await compileServer("hello.ts", folder);
const dataFolder = join(folder, "data");
mkdirSync(dataFolder);
makeDatabase(databasePath(dataFolder), {
  sites: 50,
  faultsAMonth: 500,
  months: monthsUntil("2026-03", 1),
}).close();
const [ours, theirs] = [
  { values: [] as number[], cpuMs: [] as number[] },
  { values: [] as number[], cpuMs: [] as number[] },
];
for (let turn = 0; turn <= STARTS; turn++) {
  for (const [samples, started] of [
    [ours, await startNines(dataFolder)],
    [theirs, await start([hello])],
  ] as const) {
    if (turn > 0) samples.values.push(started.startMs);
    if (turn > 0) samples.cpuMs.push(started.cpuMs());
    await started.stop();
  }
}

tell("memory at rest …");
const nines = await startNines(dataFolder);
const least = await start([hello]);
await Bun.sleep(REST_MS);
const [rested, leastRested] = [nines.rssMb(), least.rssMb()];
const client = await clientOf(nines);
const scheduleId = await makeSchedule(client);
const after: number[] = [];
for (const reports of [1, 99]) {
  tell(`memory after ${reports === 1 ? "a report" : "100 reports"} …`);
  for (let i = 0; i < reports; i++) await makeReport(client, scheduleId);
  await Bun.sleep(3 * REST_MS);
  after.push(nines.rssMb());
}
const [afterPrivate, leastPrivate] = [nines.privateMb(), least.privateMb()];
await Promise.all([nines.stop(), least.stop()]);

const memory = (what: string, value: number, aim?: Aim) =>
  figureOf({
    what,
    unit: "MB",
    ours: { values: [value] },
    baseline: { name: HELLO, values: [leastRested] },
    ...(aim ? { aim, isAimOfOurs: true } : {}),
  });
printFigures(`Start and rest, compiled; ${STARTS} starts`, [
  figureOf({
    what: "from start to the first answer",
    unit: "ms",
    ours,
    baseline: { name: HELLO, ...theirs },
    aim: { atMost: 55 },
    isAimOfOurs: true,
  }),
  memory("memory (RSS) at rest", rested, { atMost: 70 }),
  memory("memory (RSS) after a report", after[0] as number),
  memory("memory (RSS) after 100 reports", after[1] as number, { atMost: 80 }),
  figureOf({
    what: "of that its own, without pages of the program's file",
    unit: "MB",
    ours: { values: [afterPrivate] },
    baseline: { name: HELLO, values: [leastPrivate] },
  }),
]);
