// Uptime of 10,000 sites with 1,000,000 faults in a month: Nines out of its SQLite file, against the same
// figures by DuckDB out of its memory, or by SQLite's own window functions where there is no DuckDB.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { connectDuckdb, duckdbUptime, loadDuckdb, type SiteFigures, uptimeSql } from "./duckdb.ts";
import { inTurns, median, ms, printTable, ratioOf, tell, times } from "./figures.ts";
import { ninesUptime } from "./ninesUptime.ts";
import { type Month, makeDatabase, monthsUntil, temporaryFolder } from "./sampleData.ts";

const SITES = 10_000;
const FAULTS = 1_000_000;
const TURNS = 15;

const [month] = monthsUntil("2026-03", 1) as [Month];

function sqliteUptime(db: Database): SiteFigures[] {
  const rows = db.prepare(uptimeSql(month, "max", "min")).values() as [
    string,
    string,
    number,
    number,
    number,
  ][];
  return rows.map(([id, , serviceMs, downtimeMs, incidents]) => ({ id, serviceMs, downtimeMs, incidents }));
}

function refuseDifferences(ours: ReturnType<typeof ninesUptime>, theirs: readonly SiteFigures[]): void {
  const known = new Map(theirs.map((site) => [site.id, site]));
  for (const site of ours.sites) {
    const other = known.get(site.site_id);
    const same =
      other !== undefined &&
      Math.round(site.service_seconds * 1000) === other.serviceMs &&
      Math.round(site.downtime_seconds * 1000) === other.downtimeMs &&
      site.incidents === other.incidents;
    if (!same) throw new Error(`the results differ: ${JSON.stringify({ site, other })}`);
  }
  if (known.size !== ours.sites.length) throw new Error("the results have different sites");
  tell(`results are equal: ${ours.sites.length} sites, ${ours.overall.incidents} incidents`);
}

const folder = await temporaryFolder();
tell(`writing ${FAULTS} faults of ${SITES} sites …`);
const db = makeDatabase(join(folder, "nines.sqlite"), {
  sites: SITES,
  faultsAMonth: FAULTS,
  months: [month],
});
const duckdb = await connectDuckdb();
if (duckdb) await loadDuckdb(duckdb.connection, db);
const baseline = duckdb ? () => duckdbUptime(duckdb.connection, month) : () => sqliteUptime(db);
refuseDifferences(ninesUptime(db, month), await baseline());

const { nines, theirs } = await inTurns(TURNS, { nines: () => ninesUptime(db, month), theirs: baseline });
const name = duckdb ? `DuckDB ${duckdb.version}, in memory` : "SQLite's window functions";
const ratio = ratioOf(nines.wall, theirs.wall);
const aim = duckdb ? 1 : 0.6;
printTable("Uptime of a month, 10,000 sites, 1,000,000 faults", [
  {
    what: "selecting, reading, computing: by the clock",
    ours: ms(median(nines.wall)),
    baseline: `${ms(median(theirs.wall))} (${name})`,
    ratio: times(ratio),
    aim: `< ${aim}`,
    met: ratio < aim,
  },
  {
    what: "the same, the quickest turn",
    ours: ms(Math.min(...nines.wall)),
    baseline: ms(Math.min(...theirs.wall)),
    ratio: times(Math.min(...nines.wall) / Math.min(...theirs.wall)),
    aim: "–",
    met: null,
  },
  {
    what: "the same, processor time of all threads",
    ours: ms(median(nines.cpu)),
    baseline: ms(median(theirs.cpu)),
    ratio: times(ratioOf(nines.cpu, theirs.cpu)),
    aim: "–",
    met: null,
  },
]);
db.close();
