// What reports cost that are larger and larger: time and peak memory of the server, by sites and faults. The last one
// is the largest that is promised.
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { databasePath } from "../src/store/database/open.ts";
import { clientOf, makeReport, makeSchedule } from "./client.ts";
import { figureOf, printFigures, tell } from "./figures.ts";
import { buildNines, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder } from "./sampleData.ts";

const SIZES = [
  { sites: 100, faults: 400 },
  { sites: 1_000, faults: 10_500 },
  { sites: 10_000, faults: 105_000 },
  { sites: 10_000, faults: 1_000_000 },
];
const AIMS = { seconds: 20, peakMb: 600, aboveRestMb: 400 };

const folder = await temporaryFolder();
await buildNines();
const figures = [];
for (const [index, { sites, faults }] of SIZES.entries()) {
  const data = join(folder, String(index));
  mkdirSync(data);
  tell(`${sites} sites, ${faults} faults …`);
  const months = monthsUntil("2026-03", 1);
  makeDatabase(databasePath(data), { sites, faultsAMonth: faults, months }).close();
  const program = await startNines(data);
  const client = await clientOf(program);
  const scheduleId = await makeSchedule(client);
  await Bun.sleep(2000);
  const atRest = program.rssMb();
  const { id, ms } = await makeReport(client, scheduleId);
  const peak = program.peakMb();
  await program.stop();
  const size = (kind: string) =>
    statSync(join(data, "reports", new Date().toISOString().slice(0, 7).replace("-", "/"), `${id}.${kind}`))
      .size /
    2 ** 20;
  const what = `${sites.toLocaleString("en")} sites, ${faults.toLocaleString("en")} faults`;
  tell(`${what}: JSON ${size("json").toFixed(1)} MiB, PDF ${size("pdf").toFixed(1)} MiB`);
  const isLargest = index === SIZES.length - 1;
  figures.push(
    figureOf({
      what: `${what} (JSON ${size("json").toFixed(0)} MiB): time`,
      unit: "s",
      ours: { values: [ms / 1000] },
      ...(isLargest ? { aim: { atMost: AIMS.seconds } } : {}),
    }),
    figureOf({
      what: `${what}: peak memory`,
      unit: "MB",
      ours: { values: [peak] },
      ...(isLargest ? { aim: { atMost: AIMS.peakMb } } : {}),
    }),
    figureOf({
      what: `${what}: peak above rest`,
      unit: "MB",
      ours: { values: [peak - atRest] },
      aim: { atMost: AIMS.aboveRestMb },
    }),
  );
  rmSync(data, { recursive: true });
}
printFigures("Reports of a month through the server, one each", figures);
