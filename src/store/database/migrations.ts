// Brings a database file to the newest schema: numbered SQL files, embedded, each run once.
import type { Database } from "bun:sqlite";
import first from "./migrations/0001-first.sql" with { type: "text" };
import scheduler from "./migrations/0002-scheduler.sql" with { type: "text" };
import delivery from "./migrations/0003-delivery.sql" with { type: "text" };
import reportDetails from "./migrations/0004-report-details.sql" with { type: "text" };
import retention from "./migrations/0005-retention.sql" with { type: "text" };
import fairTurns from "./migrations/0006-fair-turns.sql" with { type: "text" };
import links from "./migrations/0007-links.sql" with { type: "text" };
import clock from "./migrations/0008-clock.sql" with { type: "text" };
import crashes from "./migrations/0009-crashes.sql" with { type: "text" };
import newestReports from "./migrations/0010-newest-reports.sql" with { type: "text" };
import keptReports from "./migrations/0011-kept-reports.sql" with { type: "text" };
import lastingFaults from "./migrations/0012-lasting-faults.sql" with { type: "text" };
import identities from "./migrations/0013-identities.sql" with { type: "text" };

/** What brings a database of version n to n + 1 is the n-th. */
export const MIGRATIONS: readonly string[] = [
  first,
  scheduler,
  delivery,
  reportDetails,
  retention,
  fairTurns,
  links,
  clock,
  crashes,
  newestReports,
  keptReports,
  lastingFaults,
  identities,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** How many migrations a database has had. */
export function versionOf(db: Database): number {
  return (db.query("PRAGMA user_version").get() as { user_version: number }).user_version;
}

/**
 * Runs the migrations that the file lacks, all in one transaction; `user_version` counts them.
 * Throws when the file was written by a newer Nines: it is left as it is.
 */
export function migrate(db: Database, migrations: readonly string[] = MIGRATIONS): void {
  const newest = migrations.length;
  const run = db.transaction(() => {
    const version = versionOf(db);
    if (version > newest) {
      throw new Error(
        `the database has schema version ${version}, this Nines knows up to ${newest}: use the newer Nines that wrote it`,
      );
    }
    for (const sql of migrations.slice(version)) db.run(sql);
    if (version < newest) db.run(`PRAGMA user_version = ${newest}`);
  });
  run.immediate();
}
