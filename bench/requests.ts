// Requests a second of the compiled program, POST …/run and the list of reports, against a bare Bun.serve that
// runs the same statements on a database with the same settings. The load comes from wrk.
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { signToken } from "../src/http/caller/auth.ts";
import { idMaker } from "../src/model/ids.ts";
import { settingsOf } from "../src/model/scheduleRules.ts";
import { databasePath, openDatabase } from "../src/store/database/open.ts";
import { type Store, storeOf } from "../src/store/store.ts";
import { type Figure, figureOf, printFigures, tell } from "./figures.ts";
import { compareLoads, load, ROUNDS, requireWrk, SECONDS } from "./load.ts";
import { buildNines, compileServer, SECRET, start, startNines } from "./programs.ts";
import { temporaryFolder } from "./sampleData.ts";

/** A workspace may have 1,000 runs waiting, and none of these runs is taken up: so there are many. */
const WORKSPACES = 500;
const COMPLETED = 60;
const CONNECTIONS = 32;

type Target = { workspace: string; scheduleId: string; token: string };

const settings = settingsOf({ name: "Bench", sla_target: 99.9, monthly: true, day_of_month: 1 });

/** A data folder with a schedule in each workspace, and a page of completed reports. Gives the schedules. */
function fillDataFolder(folder: string, areJobsHeld: boolean): { workspace: string; scheduleId: string }[] {
  mkdirSync(folder, { recursive: true });
  const db = openDatabase(databasePath(folder));
  db.run("PRAGMA synchronous = OFF");
  const store = storeOf(
    db,
    Date.now,
    idMaker(Date.now, (array) => crypto.getRandomValues(array)),
  );
  const schedules = db.transaction(() =>
    Array.from({ length: WORKSPACES }, (_, i) => {
      const workspace = `w${i}`;
      const { id: scheduleId } = store.schedules.create(workspace, settings);
      if (i % 10 === 0) addCompleted(store, workspace, scheduleId);
      return { workspace, scheduleId };
    }),
  )();
  if (areJobsHeld) holdJobs(db);
  db.close();
  return schedules;
}

function addCompleted(store: Store, workspace: string, scheduleId: string): void {
  const artefact = { bytes: 1, sha256: "" };
  for (let i = 0; i < COMPLETED; i++) {
    const snapshot = { settings, businessHours: null };
    const dates = { fromDate: "2026-03-01", toDate: "2026-03-31" };
    const run = {
      workspace,
      scheduleId,
      snapshot,
      trigger: "on_demand",
      ...dates,
      idempotency: null,
    } as const;
    const artefacts = { pdf: artefact, json: artefact, csv: artefact };
    const figures = { uptimePercentage: 99.95, siteCount: 10, breachedCount: 1 };
    store.reports.complete(store.runs.enqueue(run), { ...figures, artefacts });
  }
  store.context.db.run("UPDATE jobs SET state = 'succeeded', finished_at_ms = created_at_ms");
}

/** Runs that are asked for are due tomorrow, so that no report is made while requests are counted. */
function holdJobs(db: Database): void {
  db.run(
    `CREATE TRIGGER held AFTER INSERT ON jobs BEGIN
       UPDATE jobs SET run_at_ms = run_at_ms + 86400000 WHERE seq = NEW.seq;
     END`,
  );
}

async function targetsOf(schedules: { workspace: string; scheduleId: string }[]): Promise<Target[]> {
  const secret = new TextEncoder().encode(SECRET);
  const expiresAtS = Math.floor(Date.now() / 1000) + 86_400;
  return Promise.all(
    schedules.map(async ({ workspace, scheduleId }) => {
      const claims = { subject: "bench", workspace, scopes: ["sla:run", "sla:read"], expiresAtS };
      return { workspace, scheduleId, token: await signToken(secret, claims) };
    }),
  );
}

/** A script of wrk that sends each target's request in turn. */
async function scriptOf(
  folder: string,
  name: string,
  method: string,
  targets: readonly Target[],
): Promise<string> {
  const body = method === "POST" ? `'{"from_date":"2026-03-01","to_date":"2026-03-31"}'` : "nil";
  const path = (scheduleId: string) =>
    method === "POST" ? `/reports/sla/schedules/${scheduleId}/run` : "/reports/sla/reports";
  const requests = targets.map(
    ({ workspace, scheduleId, token }) =>
      `  wrk.format("${method}", "${path(scheduleId)}", {["Authorization"]="Bearer ${token}", ["X-Workspace"]="${workspace}", ["Content-Type"]="application/json"}, ${body}),`,
  );
  const file = join(folder, `${name}.lua`);
  const turn = "function request()\n  next = next % #requests + 1\n  return requests[next]\nend";
  await Bun.write(
    file,
    `local next = 0\nfunction init()\n  requests = {\n${requests.join("\n")}\n  }\nend\n${turn}\n`,
  );
  return file;
}

const compare = (what: string, atLeast: number, [ours, theirs]: [ours: string, theirs: string]) =>
  compareLoads({
    what,
    ours: { program: nines, script: ours },
    baseline: { name: "bare Bun.serve, same statements", program: bare, script: theirs },
    connections: CONNECTIONS,
    aim: { atLeast },
  });

/** How many runs are accepted and how many reports are made while the worker works. */
async function whileWorking(folder: string): Promise<Figure> {
  const dataFolder = join(folder, "working");
  const targets = await targetsOf(fillDataFolder(dataFolder, false));
  const script = await scriptOf(folder, "working", "POST", targets);
  const program = await startNines(dataFolder);
  await load(program, script, CONNECTIONS);
  const { perSecond } = await load(program, script, CONNECTIONS);
  await program.stop();
  const db = new Database(databasePath(dataFolder));
  const made = db.query<{ made: number }, []>("SELECT count(*) AS made FROM jobs WHERE attempts > 0").get();
  db.close();
  tell(`and ${((made?.made ?? 0) / (2 * SECONDS)).toFixed(0)} reports a second were made meanwhile`);
  return figureOf({
    what: "POST …/run while reports (without sites) are being made",
    unit: "/s",
    ours: { values: [perSecond] },
  });
}

requireWrk();
const folder = await temporaryFolder();
await buildNines();
const bareProgram = await compileServer("bareServer.ts", folder);
const ourTargets = await targetsOf(fillDataFolder(join(folder, "ours"), true));
const theirTargets = await targetsOf(fillDataFolder(join(folder, "theirs"), true));
const nines = await startNines(join(folder, "ours"));
const bare = await start([bareProgram], {
  BARE_DATABASE: databasePath(join(folder, "theirs")),
  BARE_SNAPSHOT: JSON.stringify({ settings, businessHours: null }),
});
const scripts = async (name: string, method: string, keep: (index: number) => boolean) =>
  [
    await scriptOf(
      folder,
      `${name}-ours`,
      method,
      ourTargets.filter((_, i) => keep(i)),
    ),
    await scriptOf(
      folder,
      `${name}-theirs`,
      method,
      theirTargets.filter((_, i) => keep(i)),
    ),
  ] as [string, string];
const figures = [
  await compare("GET the list, 50 of 60", 0.95, await scripts("list", "GET", (i) => i % 10 === 0)),
  await compare("POST …/run", 1.9, await scripts("run", "POST", () => true)),
];
await Promise.all([nines.stop(), bare.stop()]);
figures.push(await whileWorking(folder));
printFigures(`Requests a second, wrk with ${CONNECTIONS} connections, ${ROUNDS} rounds`, figures);
