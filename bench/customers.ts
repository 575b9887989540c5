// The first hour of a month: every customer's monthly report is due at once. From the start of the server to the last
// finished report, by the compiled program, one workspace a customer.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { idMaker } from "../src/model/ids.ts";
import { settingsOf } from "../src/model/scheduleRules.ts";
import { databasePath } from "../src/store/database/open.ts";
import { storeOf } from "../src/store/store.ts";
import { figureOf, printFigures, tell } from "./figures.ts";
import { buildNines, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder, workspaceOf } from "./sampleData.ts";

const CUSTOMERS = 500;
const SITES_EACH = 100;
const FAULTS_EACH = 400;
const LOOK_MS = 250;

const folder = join(await temporaryFolder(), "data");
mkdirSync(folder);
await buildNines();
const lastMonth = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 7);
tell(`writing ${CUSTOMERS} customers …`);
const db = makeDatabase(databasePath(folder), {
  sites: CUSTOMERS * SITES_EACH,
  faultsAMonth: CUSTOMERS * FAULTS_EACH,
  months: monthsUntil(lastMonth, 1),
  workspaces: CUSTOMERS,
});
const store = storeOf(
  db,
  Date.now,
  idMaker(Date.now, (array) => crypto.getRandomValues(array)),
);
const settings = settingsOf({ name: "Month", sla_target: 99.9, monthly: true, day_of_month: 1 });
db.run("PRAGMA synchronous = OFF");
for (let customer = 0; customer < CUSTOMERS; customer++)
  store.schedules.create(workspaceOf(customer, CUSTOMERS), settings);
// As a server finds them that was off since before the month began.
const now = new Date();
const monthBeganMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
db.run("UPDATE schedules SET next_run_at_ms = ?1, created_at_ms = ?2, updated_at_ms = ?2", [
  monthBeganMs,
  monthBeganMs - 62 * 86_400_000,
]);
const done = db.query<{ made: number }, []>(
  "SELECT count(*) AS made FROM reports WHERE status = 'completed'",
);
const startedAt = performance.now();
const program = await startNines(folder);
let first = Number.NaN;
for (let made = 0; made < CUSTOMERS; made = done.get()?.made ?? 0) {
  if (made > 0 && Number.isNaN(first)) first = performance.now() - startedAt;
  await Bun.sleep(LOOK_MS);
}
const seconds = (performance.now() - startedAt) / 1000;
const [cpuMs, peak] = [program.cpuMs(), program.peakMb()];
await program.stop();
db.close();
tell(
  `${((seconds / CUSTOMERS) * 1000).toFixed(0)} ms a report; the first was there after ${(first / 1000).toFixed(1)} s`,
);
const what = `${CUSTOMERS} customers of ${SITES_EACH} sites and ${FAULTS_EACH} faults each`;
printFigures("The first hour of a month: every customer's report is due at once", [
  figureOf({ what: `${what}: all reports`, unit: "s", ours: { values: [seconds], cpuMs: [cpuMs] } }),
  figureOf({ what: `${what}: peak memory`, unit: "MB", ours: { values: [peak] } }),
]);
