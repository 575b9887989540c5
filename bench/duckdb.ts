// DuckDB as a baseline. It is no dependency of Nines: it is installed aside, for the time of a benchmark.

import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tell } from "./figures.ts";
import { type Month, WORKSPACE } from "./sampleData.ts";

const FOLDER = join(tmpdir(), "nines-bench-duckdb");
const MODULE = join(FOLDER, "node_modules/@duckdb/node-api");

/** The little of DuckDB's client that is used here. */
type Connection = {
  run: (sql: string) => Promise<unknown>;
  runAndReadAll: (sql: string) => Promise<{ getColumns: () => unknown[][]; getRowsJS: () => unknown[][] }>;
  createAppender: (table: string) => Promise<Appender>;
};
type Appender = {
  appendInteger: (value: number) => void;
  appendBigInt: (value: bigint) => void;
  appendVarchar: (value: string) => void;
  appendNull: () => void;
  endRow: () => void;
  closeSync: () => void;
};
type Client = {
  DuckDBInstance: { create: (path: string) => Promise<{ connect: () => Promise<Connection> }> };
};

export type SiteFigures = { id: string; downtimeMs: number; serviceMs: number; incidents: number };

/** A connection to an empty DuckDB in memory; null when it cannot be installed here. */
export async function connectDuckdb(): Promise<{ connection: Connection; version: string } | null> {
  if (!existsSync(MODULE)) {
    tell("installing @duckdb/node-api …");
    const command = ["npm", "install", "--no-save", "--prefix", FOLDER, "@duckdb/node-api"];
    if (Bun.spawnSync(command, { stdout: "ignore", stderr: "inherit" }).exitCode !== 0) return null;
  }
  const { DuckDBInstance } = (await import(join(MODULE, "lib/index.js"))) as Client;
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const reader = await connection.runAndReadAll("SELECT version()");
  return { connection, version: String(reader.getRowsJS()[0]?.[0]) };
}

/** Copies sites and faults of a database of Nines into tables of DuckDB. */
export async function loadDuckdb(connection: Connection, db: Database): Promise<void> {
  await connection.run(
    "CREATE TABLE sites (seq INTEGER, id VARCHAR, name VARCHAR, monitored_since_ms BIGINT)",
  );
  await connection.run("CREATE TABLE faults (site_seq INTEGER, started_at_ms BIGINT, resolved_at_ms BIGINT)");
  const sites = await connection.createAppender("sites");
  const siteRows = db.prepare("SELECT seq, id, name, monitored_since_ms FROM sites WHERE workspace = ?");
  for (const [seq, id, name, since] of siteRows.values(WORKSPACE) as [
    number,
    string,
    string,
    number | null,
  ][]) {
    sites.appendInteger(seq);
    sites.appendVarchar(id);
    sites.appendVarchar(name);
    appendInstant(sites, since);
    sites.endRow();
  }
  sites.closeSync();
  const faults = await connection.createAppender("faults");
  const faultRows = db.prepare(
    "SELECT site_seq, started_at_ms, resolved_at_ms FROM faults WHERE counted = 1 ORDER BY seq",
  );
  for (const [site, startMs, endMs] of faultRows.values() as [number, number, number | null][]) {
    faults.appendInteger(site);
    appendInstant(faults, startMs);
    appendInstant(faults, endMs);
    faults.endRow();
  }
  faults.closeSync();
}

function appendInstant(appender: Appender, instantMs: number | null): void {
  if (instantMs === null) appender.appendNull();
  else appender.appendBigInt(BigInt(instantMs));
}

/** Downtime and incidents of every site, in the SQL that DuckDB and SQLite both speak. */
export function uptimeSql({ startMs, endMs }: Month, greatest: string, least: string): string {
  return `
    WITH served AS (
      SELECT seq, id, name, ${greatest}(coalesce(monitored_since_ms, ${startMs}), ${startMs}) AS from_ms FROM sites
    ), clipped AS (
      SELECT f.site_seq, ${greatest}(f.started_at_ms, s.from_ms) AS start_ms,
             ${least}(coalesce(f.resolved_at_ms, ${endMs}), ${endMs}) AS end_ms
      FROM faults f JOIN served s ON s.seq = f.site_seq
      WHERE f.started_at_ms < ${endMs} AND (f.resolved_at_ms > s.from_ms OR f.resolved_at_ms IS NULL)
    ), reached AS (
      SELECT site_seq, start_ms, end_ms,
             max(end_ms) OVER (PARTITION BY site_seq ORDER BY start_ms
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until_ms
      FROM clipped WHERE end_ms > start_ms
    ), down AS (
      SELECT site_seq,
             CAST(sum(${greatest}(0, end_ms - ${greatest}(start_ms, coalesce(until_ms, start_ms)))) AS BIGINT) AS downtime_ms,
             count(CASE WHEN until_ms IS NULL OR start_ms > until_ms THEN 1 END) AS incidents
      FROM reached GROUP BY site_seq
    )
    SELECT id, name, ${endMs} - from_ms AS service_ms, coalesce(downtime_ms, 0), coalesce(incidents, 0),
           1.0 - coalesce(downtime_ms, 0) / CAST(${endMs} - from_ms AS DOUBLE)
    FROM served LEFT JOIN down ON down.site_seq = served.seq`;
}

/** The figures of every site out of DuckDB. */
export async function duckdbUptime(connection: Connection, month: Month): Promise<SiteFigures[]> {
  const reader = await connection.runAndReadAll(uptimeSql(month, "greatest", "least"));
  const [ids = [], , services = [], downtimes = [], incidents = []] = reader.getColumns();
  return ids.map((id, i) => ({
    id: String(id),
    serviceMs: Number(services[i]),
    downtimeMs: Number(downtimes[i]),
    incidents: Number(incidents[i]),
  }));
}
