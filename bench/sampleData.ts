// Sample sites and faults, written straight into a database of Nines: the same ones on every run.
import type { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseInstant } from "../src/model/formats.ts";
import { openDatabase } from "../src/store/database/open.ts";

export const WORKSPACE = "bench";
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

export type Amounts = {
  sites: number;
  faultsAMonth: number;
  months: readonly Month[];
  /** The sites are shared out among so many; one, when left out. */
  workspaces?: number;
};

/** The workspace of a site. The first is WORKSPACE. */
export const workspaceOf = (site: number, workspaces = 1) => `${WORKSPACE}${site % workspaces || ""}`;
export type Month = { startMs: number; endMs: number };

/** The calendar months from the one of `lastMonth` ("2026-03") back, oldest first. */
export function monthsUntil(lastMonth: string, count: number): Month[] {
  const [year = 0, month = 0] = lastMonth.split("-").map(Number);
  const startOf = (index: number) => Date.UTC(year, month - 1 + index, 1);
  return Array.from({ length: count }, (_, i) => i - count + 1).map((index) => ({
    startMs: startOf(index),
    endMs: startOf(index + 1),
  }));
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A folder that is removed when the process ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nines-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a database of Nines with sites and faults. The faults of a month depend on the month alone. */
export function makeDatabase(path: string, amounts: Amounts): Database {
  const db = openDatabase(path);
  db.run("PRAGMA synchronous = OFF");
  db.transaction(() => {
    addSites(db, amounts, amounts.months[0]?.startMs ?? 0);
    for (const month of amounts.months) addFaults(db, amounts, month);
  })();
  db.run("PRAGMA synchronous = FULL");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return db;
}

const REGIONS = ["North", "East", "South", "West"];

function addSites(db: Database, { sites, workspaces }: Amounts, createdAtMs: number): void {
  const insert = db.query(
    `INSERT INTO sites (seq, id, workspace, name, tags, monitored_since_ms, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let seq = 1; seq <= sites; seq++) {
    const tags = JSON.stringify({ Region: REGIONS[seq % REGIONS.length] });
    // One site in twenty is watched only since the middle of March 2026.
    const monitoredSinceMs = seq % 20 === 0 ? parseInstant("2026-03-16T09:30:00Z") : null;
    insert.run(
      seq,
      idOf("site", seq),
      workspaceOf(seq, workspaces),
      `Site ${seq}`,
      tags,
      monitoredSinceMs,
      createdAtMs,
      createdAtMs,
    );
  }
}

export const CAUSES = ["Power outage", "ISP failure", "Router reboot", "Fibre cut", "Planned work"];

/** Faults in the order of their start, as monitoring would send them. */
function addFaults(db: Database, { sites, faultsAMonth, workspaces }: Amounts, month: Month): void {
  const random = randomOf(month.startMs / DAY_MS);
  const addCause = db.query("INSERT OR IGNORE INTO causes (seq, text) VALUES (?, ?)");
  for (const [i, text] of CAUSES.entries()) addCause.run(i + 1, text);
  const insert = db.query(
    `INSERT INTO faults (id, workspace, site_seq, type, severity, cause_seq, started_at_ms, resolved_at_ms, updated_at_ms)
     VALUES (?, ?, ?, 'site', 'HIGH', ?, ?, ?, ?)`,
  );
  const stepMs = (month.endMs - month.startMs) / faultsAMonth;
  for (let i = 0; i < faultsAMonth; i++) {
    const startMs = Math.floor(month.startMs + (i + random()) * stepMs);
    const length = lengthMs(random());
    const endMs = length === null ? null : startMs + length;
    const site = 1 + Math.floor(random() * sites);
    const cause = 1 + Math.floor(random() * CAUSES.length);
    insert.run(
      idOf("flt", startMs * 1000 + (i % 1000)),
      workspaceOf(site, workspaces),
      site,
      cause,
      startMs,
      endMs,
      startMs,
    );
  }
}

/** Most outages last minutes, one in a hundred lasts days, one in ten thousand lasts months or is still open. */
function lengthMs(chance: number): number | null {
  if (chance < 0.00001) return null;
  if (chance < 0.0001) return Math.ceil(chance * 10_000 * 90 * DAY_MS) + 32 * DAY_MS;
  if (chance < 0.01) return Math.ceil(chance * 100 * 3 * DAY_MS) + MINUTE_MS;
  return Math.ceil(-Math.log(chance) * 20 * MINUTE_MS) + 1000;
}

/** An id as Nines writes them: a prefix and 27 characters that grow with the number. */
export function idOf(prefix: string, number: number): string {
  return `${prefix}_${number.toString(36).padStart(27, "0")}`;
}
