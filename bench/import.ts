// Import of 1,000,000 faults from CSV and NDJSON, against sqlite3's own .import of the same CSV: into a bare
// table, and into the same schema with its indexes. Every run is a process of its own with a fresh database.
//
//   bun bench/import.ts [rows] [turns]

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { importFaults } from "../src/ingest/importFaults.ts";
import { idMaker } from "../src/model/ids.ts";
import { openDatabase } from "../src/store/database/open.ts";
import { reportNews } from "../src/store/reportNews.ts";
import { siteStore } from "../src/store/sites.ts";
import { figureOf, median, printFigures, quantile, tell } from "./figures.ts";
import { randomOf, temporaryFolder, WORKSPACE } from "./sampleData.ts";

const SITES = 1_000;
const SQLITE = "/usr/bin/sqlite3";
const COLUMNS = [
  "site",
  "type",
  "severity",
  "cause",
  "message",
  "started_at",
  "resolved_at",
  "external_id",
] as const;
const CAUSES = ["HTTP 502", "Unreachable", "Power outage", "fiber cut", "DNS timeout"];
const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

type Run = { ms: number; cpuMs: number; peakMb: number; waitP99Ms: number; waitMaxMs: number };

/** Writes faults of a thousand sites in order of time, in each form. */
async function writeFiles(folder: string, rows: number): Promise<void> {
  const [ids, noIds, objects] = [
    writerOf(folder, "ids.csv"),
    writerOf(folder, "no-ids.csv"),
    writerOf(folder, "ids.ndjson"),
  ];
  ids.write(`${COLUMNS.join(",")}\n`);
  noIds.write(`${COLUMNS.slice(0, -1).join(",")}\n`);
  let number = 0;
  for (const row of faultRows(rows)) {
    ids.write(`${row.join(",")}\n`);
    noIds.write(`${row.slice(0, -1).join(",")}\n`);
    objects.write(`${JSON.stringify(Object.fromEntries(COLUMNS.map((name, i) => [name, row[i]])))}\n`);
    if (++number % 1_000 === 0) await Promise.all([ids.flush(), noIds.flush(), objects.flush()]);
  }
  await Promise.all([ids.end(), noIds.end(), objects.end()]);
}

function writerOf(folder: string, name: string) {
  return Bun.file(join(folder, name)).writer();
}

/** Cells of COLUMNS. A fault begins up to a minute after the one before and lasts up to two hours. */
function* faultRows(count: number): Generator<string[]> {
  const random = randomOf(1);
  const upTo = (most: number) => Math.ceil(random() * most);
  const one = (of: readonly string[]) => of[upTo(of.length) - 1] as string;
  const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  let startMs = Date.UTC(2024, 0, 1);
  for (let n = 0; n < count; n++) {
    startMs += upTo(60) * 1_000;
    const site = `Site ${upTo(SITES)}`;
    const endMs = startMs + upTo(7_200) * 1_000;
    yield [
      site,
      "site",
      one(SEVERITIES),
      one(CAUSES),
      `Site offline: ${site}`,
      second(startMs),
      second(endMs),
      `EXT-${n}`,
    ];
  }
}

/** An empty database with the sites that the files name. */
function makeDatabase(path: string) {
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
  const db = openDatabase(path);
  const newId = idMaker(Date.now, (array) => crypto.getRandomValues(array));
  const context = { db, now: Date.now, newId, news: reportNews() };
  const sites = siteStore(context);
  db.transaction(() => {
    for (let n = 1; n <= SITES; n++) sites.create(WORKSPACE, { name: `Site ${n}` });
  })();
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return context;
}

/** What a child process does: one import, as the server would do it; prints how long others waited. */
async function importOnce(database: string, file: string): Promise<void> {
  const context = makeDatabase(database);
  const waits: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const at = performance.now();
    waits.push(Math.max(0, at - last - 1));
    last = at;
  }, 1);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await importFaults({
    context,
    workspace: WORKSPACE,
    format: file.endsWith(".csv") ? "csv" : "ndjson",
    body: Bun.file(file).stream(),
  });
  const ms = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const cpuMs = (cpu.user + cpu.system) / 1000;
  clearInterval(timer);
  if (result.created !== result.rows) throw new Error(`not all rows are new: ${JSON.stringify(result)}`);
  const peakMb = peakMbIn(readFileSync("/proc/self/status", "utf8"));
  console.log(
    JSON.stringify({ ms, cpuMs, peakMb, waitP99Ms: quantile(waits, 0.99), waitMaxMs: quantile(waits, 1) }),
  );
}

async function ours(folder: string, file: string): Promise<Run> {
  const child = Bun.spawn(
    [process.execPath, import.meta.path, "once", join(folder, "ours.sqlite"), join(folder, file)],
    {
      stderr: "inherit",
    },
  );
  const figures = JSON.parse(await new Response(child.stdout).text());
  await child.exited;
  return figures;
}

/** Runs sqlite3 with a script; the database has what the script expects. */
async function sqlite3(database: string, script: string): Promise<Run> {
  const startedAt = performance.now();
  const child = Bun.spawn([SQLITE, "-bail", database], {
    stdin: new Blob([script, ".shell cat /proc/$PPID/status\n"]),
    stderr: "inherit",
  });
  const status = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("sqlite3 failed");
  const ms = performance.now() - startedAt;
  const cpuMs = Number(child.resourceUsage()?.cpuTime.total ?? Number.NaN) / 1000;
  return { ms, cpuMs, peakMb: peakMbIn(status), waitP99Ms: Number.NaN, waitMaxMs: Number.NaN };
}

/** The most memory that a process had, out of its /proc/…/status. */
function peakMbIn(status: string): number {
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) / 1000;
}

const DURABLE =
  "PRAGMA journal_mode = WAL;\nPRAGMA synchronous = FULL;\nPRAGMA foreign_keys = ON;\nPRAGMA cache_size = -16000;\n";

/** The whole schema: staged, then inserted in one transaction, with the same keys and identities. */
function indexed(folder: string, file: string): Promise<Run> {
  const database = join(folder, "indexed.sqlite");
  makeDatabase(database).db.close();
  const hasIds = !file.startsWith("no-");
  const columns = COLUMNS.slice(0, hasIds ? undefined : -1);
  const start = "(unixepoch(b.started_at) * 1000)";
  const identity = hasIds
    ? "'e:' || b.external_id"
    : `'t:' || ${start} || ':' || s.seq || '::' || c.seq || ':' || b.type`;
  const script = `${DURABLE}CREATE TEMP TABLE bare (${columns.join(" TEXT, ")} TEXT);
.import --csv --skip 1 --schema temp ${join(folder, file)} bare
BEGIN IMMEDIATE;
INSERT INTO causes (text) SELECT DISTINCT cause FROM bare;
INSERT INTO faults (id, workspace, site_seq, type, severity, cause_seq, message, started_at_ms, resolved_at_ms,
                    external_id, identity, updated_at_ms)
  SELECT printf('flt_%027d', b.rowid), '${WORKSPACE}', s.seq, b.type, b.severity, c.seq, b.message, ${start},
         unixepoch(b.resolved_at) * 1000, ${hasIds ? "b.external_id" : "NULL"}, ${identity}, 0
  FROM bare b CROSS JOIN sites s ON s.workspace = '${WORKSPACE}' AND s.name = b.site CROSS JOIN causes c ON c.text = b.cause;
COMMIT;
`;
  return sqlite3(database, script);
}

type Name = `${"CSV" | "NDJSON"}, ${Ids}` | `indexed, ${Ids}`;
type Ids = "external ids" | "no external ids";
type Runs = Map<Name, Run[]>;

/** Runs everything in turns, so that whatever else the machine does falls on all alike. */
async function measure(folder: string, rows: number, turns: number): Promise<Runs> {
  const works: [Name, () => Promise<Run>][] = [
    ["CSV, external ids", () => ours(folder, "ids.csv")],
    ["indexed, external ids", () => indexed(folder, "ids.csv")],
    ["NDJSON, external ids", () => ours(folder, "ids.ndjson")],
    ["CSV, no external ids", () => ours(folder, "no-ids.csv")],
    ["indexed, no external ids", () => indexed(folder, "no-ids.csv")],
  ];
  const runs: Runs = new Map();
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, work] of works) {
      const run = await work();
      tell(`${name}: ${perSecond(rows, run.ms)} rows/s`);
      runs.set(name, [...(runs.get(name) ?? []), run]);
    }
  }
  return runs;
}

function report(rows: number, runs: Runs): void {
  const of = (name: Name, key: keyof Run) => (runs.get(name) ?? []).map((run) => run[key]);
  const samples = (name: Name) => ({
    values: of(name, "ms").map((ms) => rows / (ms / 1000)),
    cpuMs: of(name, "cpuMs").map((ms) => (ms * 1000) / rows),
  });
  const figure = (name: Name, baseline: Name, atLeast: number) =>
    figureOf({
      what: `import, ${name} (CPU: of 1,000 rows)`,
      unit: "/s",
      ours: samples(name),
      baseline: { name: "sqlite3 .import into the same schema", ...samples(baseline) },
      aim: { atLeast },
    });
  printFigures(`Import of ${rows.toLocaleString("en")} faults of ${SITES.toLocaleString("en")} sites`, [
    figure("CSV, external ids", "indexed, external ids", 0.8),
    figure("NDJSON, external ids", "indexed, external ids", 0.8),
    figure("CSV, no external ids", "indexed, no external ids", 0.7),
  ]);
  console.log("");
  for (const name of runs.keys()) {
    const [p99, most] = [median(of(name, "waitP99Ms")), Math.max(...of(name, "waitMaxMs"))];
    const waits = Number.isNaN(most)
      ? ""
      : `; others wait ${p99.toFixed(0)} ms (p99), at most ${most.toFixed(0)} ms`;
    const cpu = `${((median(of(name, "cpuMs")) / rows) * 1000).toFixed(1)} µs of processor time a row`;
    console.log(`- ${name}: ${cpu}, peak memory ${median(of(name, "peakMb")).toFixed(0)} MB${waits}`);
  }
}

async function main(rows: number, turns: number): Promise<void> {
  if (!existsSync(SQLITE)) throw new Error(`${SQLITE} is the baseline: apt-get install sqlite3`);
  const folder = await temporaryFolder();
  tell(`writing ${rows} rows …`);
  await writeFiles(folder, rows);
  report(rows, await measure(folder, rows, turns));
}

function perSecond(rows: number, ms: number): string {
  return Math.round(rows / (ms / 1000)).toLocaleString("en");
}

const [first = "1000000", second = "3", third = ""] = process.argv.slice(2);
await (first === "once" ? importOnce(second, third) : main(Number(first), Number(second)));
