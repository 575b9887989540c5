// Uptime of 10,000 sites with 1,000,000 faults in a month: Nines out of its SQLite file, against the same
// figures by DuckDB out of its memory, or by SQLite's own window functions where there is no DuckDB.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { connectDuckdb, duckdbUptime, loadDuckdb, type SiteFigures, uptimeSql } from "./duckdb.ts";
import { figureOf, inTurns, printFigures, tell } from "./figures.ts";
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
const name = duckdb ? `DuckDB ${duckdb.version} in memory, two threads` : "SQLite's window functions";
printFigures("Uptime of a month, 10,000 sites, 1,000,000 faults", [
  figureOf({
    what: "uptime of 10,000 sites and 1,000,000 faults: selecting, reading, computing on one thread",
    unit: "ms",
    ours: nines,
    baseline: { name, ...theirs },
    aim: { atMost: duckdb ? 0.7 : 0.6 },
  }),
]);
db.close();
