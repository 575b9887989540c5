// The cost of a month grows with the month, not with the years stored: the same months with one year of
// history and with ten, first, middle and last.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { settingsOf } from "../src/model/scheduleRules.ts";
import { withSource } from "../src/render/makeReport.ts";
import { buildDocument } from "../src/report/build.ts";
import { LONG_SPANS_SQL, RECENT_SPANS_SQL } from "../src/store/faultSpans.ts";
import { REPORT_FAULTS_SQL } from "../src/store/reportFaults.ts";
import { type Figure, figureOf, inTurns, printFigures, tell } from "./figures.ts";
import { ninesUptime } from "./ninesUptime.ts";
import { type Month, makeDatabase, monthsUntil, temporaryFolder, WORKSPACE } from "./sampleData.ts";

const SITES = 500;
const FAULTS_A_MONTH = 10_000;
const TURNS = 31;
const AIM = 1.2;

type History = { db: Database; months: Month[] };

function historyOf(folder: string, years: number): History {
  tell(`writing ${years} years of ${FAULTS_A_MONTH} faults a month …`);
  const months = monthsUntil("2026-03", years * 12);
  const path = join(folder, `${years}.sqlite`);
  return { db: makeDatabase(path, { sites: SITES, faultsAMonth: FAULTS_A_MONTH, months }), months };
}

/** What the render thread does before it renders: read and compute the document of a report. */
function documentOf(db: Database, month: Month) {
  const date = (instantMs: number) => new Date(instantMs).toISOString().slice(0, 10);
  const settings = settingsOf({ name: "Month", sla_target: 99.9, monthly: true, day_of_month: 1 });
  return withSource(
    { db, version: "bench", now: Date.now },
    {
      reportId: null,
      workspace: WORKSPACE,
      scheduleId: "sla_bench",
      snapshot: { settings, businessHours: null },
      trigger: "on_demand",
      fromDate: date(month.startMs),
      toDate: date(month.endMs - 1),
    },
    buildDocument,
  );
}

function printPlans(db: Database): void {
  const statements = {
    "GET /uptime, recent": RECENT_SPANS_SQL,
    "GET /uptime, long": LONG_SPANS_SQL,
    report: REPORT_FAULTS_SQL,
  };
  for (const [name, sql] of Object.entries(statements)) {
    process.stdout.write(`\nEXPLAIN QUERY PLAN ${name}\n`);
    const plan = db.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    for (const { detail } of plan) process.stdout.write(`  ${detail}\n`);
  }
}

/** The first, a middle and the last month of the year, and the same places in the ten years. */
function monthsOf({ months }: History): [name: string, month: Month][] {
  const at = (index: number) => months[index] as Month;
  return [
    ["first", at(0)],
    ["middle", at(months.length / 2)],
    ["last", at(months.length - 1)],
  ];
}

async function compare(
  what: string,
  year: History,
  decade: History,
  work: (db: Database, month: Month) => unknown,
) {
  const figures: Figure[] = [];
  const row = async (name: string, ofYear: Month, ofDecade: Month) => {
    const { short, long } = await inTurns(TURNS, {
      short: () => work(year.db, ofYear),
      long: () => work(decade.db, ofDecade),
    });
    // Other programs on the machine do not show in processor time.
    figures.push(
      figureOf({
        what: `${what} (CPU): ${name}`,
        unit: "ms",
        ours: { values: long.cpuMs },
        baseline: { name: "1 year stored, not 10", values: short.cpuMs },
        aim: { atMost: AIM },
      }),
    );
  };
  for (const [name, month] of monthsOf(year)) await row(`the same month, the year's ${name}`, month, month);
  const places = monthsOf(year).map(([name, month], i) => [name, month, monthsOf(decade)[i]?.[1]] as const);
  for (const [name, ofYear, ofDecade] of places.slice(0, 2)) {
    await row(`each history's ${name} month`, ofYear, ofDecade as Month);
  }
  return figures;
}

const folder = await temporaryFolder();
const [year, decade] = [historyOf(folder, 1), historyOf(folder, 10)];
printPlans(decade.db);
printFigures(`A month of ${SITES} sites with ${FAULTS_A_MONTH} faults, by the years stored`, [
  ...(await compare("GET /uptime", year, decade, ninesUptime)),
  ...(await compare("report document", year, decade, documentOf)),
]);
