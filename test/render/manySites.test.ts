// A report of very many sites is made within a bound of memory that has nothing to do with how many they are, and all
// of them are in its files. In the long form it has 100,000.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { idMaker } from "../../src/model/ids.ts";
import { startRenderer } from "../../src/render/renderer.ts";
import { type Database, databasePath, openDatabase } from "../../src/store/database/open.ts";
import { artefactPath, sha256 } from "../../src/store/files/artefacts.ts";
import { readPieces } from "../../src/store/files/beside.ts";
import { storeOf } from "../../src/store/store.ts";
import { aRun } from "../store/aStore.ts";
import { isLong } from "../support/chance.ts";
import { tell } from "../support/figures.ts";

const SITES = isLong ? 100_000 : 300;
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), "nines-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every tenth site is down for two hours, which breaches the target; the others for a minute. */
function addSites(db: Database): void {
  const startMs = Date.parse("2026-01-10T00:00:00Z");
  const site = db.query(
    "INSERT INTO sites (seq, id, workspace, name, tags, created_at_ms, updated_at_ms) VALUES (?, ?, 'acme', ?, '{}', 0, 0)",
  );
  const fault = db.query(
    `INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, resolved_at_ms, updated_at_ms)
     VALUES (?, 'acme', ?, 'site', 'HIGH', ?, ?, 0)`,
  );
  db.transaction(() => {
    for (let seq = 1; seq <= SITES; seq++) {
      const number = String(seq).padStart(27, "0");
      site.run(seq, `site_${number}`, `Site ${number}`);
      const lengthMs = seq % 10 === 0 ? 2 * HOUR_MS : HOUR_MS / 60;
      fault.run(`flt_${number}`, seq, startMs + seq, startMs + seq + lengthMs);
    }
  })();
}

test("a report of very many sites is made within 400 MB, and all of them are in its JSON and CSV", async () => {
  const db = openDatabase(databasePath(folder));
  addSites(db);
  const nowMs = Date.parse("2026-02-18T12:00:00Z");
  const now = () => nowMs;
  const store = storeOf(
    db,
    now,
    idMaker(now, (array) => crypto.getRandomValues(array)),
  );
  const id = store.runs.enqueue(aRun());
  const renderer = startRenderer(
    {
      dataFolder: folder,
      version: "0",
      pdf: { pageSize: "A4", brand: { color: "#000000", name: null, logo: null } },
    },
    { limits: { timeMs: 3_600_000, memoryBytes: 400 * MIB } },
  );
  const startedAtMs = performance.now();
  const result = await renderer.make(id, () => {}).finally(renderer.stop);
  tell("report of many sites", {
    sites: SITES,
    seconds: Math.round((performance.now() - startedAtMs) / 100) / 10,
    json: result.artefacts.json.bytes,
    pdf: result.artefacts.pdf.bytes,
  });
  db.close();
  expect(result).toMatchObject({ siteCount: SITES, breachedCount: Math.floor(SITES / 10) });
  const path = (artefact: "json" | "csv" | "pdf") => artefactPath(folder, id, nowMs, artefact);
  const lines = (file: string, line: RegExp) => {
    let count = 0;
    let rest = "";
    for (const piece of readPieces(file)) {
      const text = rest + new TextDecoder().decode(piece);
      const cut = text.lastIndexOf("\n");
      count += text.slice(0, cut).match(line)?.length ?? 0;
      rest = text.slice(cut);
    }
    return count;
  };
  expect(lines(path("json"), /\n {3}"site_id": /g)).toBe(SITES);
  expect(lines(path("csv"), /\n"site_/g)).toBe(SITES);
  for (const artefact of ["json", "csv", "pdf"] as const)
    expect(sha256(readFileSync(path(artefact)))).toBe(result.artefacts[artefact].sha256);
});
