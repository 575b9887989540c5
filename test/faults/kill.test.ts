// The server under a mixed load is killed again and again, at any instant, also while it starts, and goes on where it
// was or, over a copy of its folder, at another place, as the second machine of two would: what it had acknowledged is
// there, every run is one report, and no file is half.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BINARY, binaryMissing, emptyFolder, nines, type Running, tokenOf } from "../support/binary.ts";
import { type Chance, chanceOf, isLong, SEED } from "../support/chance.ts";
import { tell } from "../support/figures.ts";
import { aSchedule, type Client, clientOf, type Json } from "../support/server.ts";
import { emptyJournal, faultProblem, settleDoubts } from "./journal.ts";
import { mixedLoad, type World } from "./load.ts";
import { serve } from "./serving.ts";

const KILLS = isLong ? Number(process.env["NINES_KILLS"] ?? 1000) : 3;
const ACTORS = 8;
const DAY_MS = 86_400_000;
const STALLED_MS = 60_000;
const LONGEST_MS = 6 * 3_600_000;

type Place = { path: string; data: string; token: string };

/** Starts the server and kills it before it says that it listens, now and then. */
async function killedStart({ path }: Place, chance: Chance): Promise<void> {
  const child = Bun.spawn([BINARY, "serve", "--port", "0"], {
    cwd: path,
    stdio: ["ignore", "ignore", "ignore"],
  });
  await Bun.sleep(chance.whole(150));
  child.kill("SIGKILL");
  await child.exited;
}

/** Sets the clock of the daily schedule back by days, as a machine with a wrong clock does: no period comes twice. */
function rewindSchedule({ data }: Place, scheduleId: string, days: number): void {
  const db = new Database(join(data, "nines.sqlite"));
  const created = Date.now() - 60 * DAY_MS;
  db.query("UPDATE schedules SET next_run_at_ms = ?, created_at_ms = ?, updated_at_ms = ? WHERE id = ?").run(
    Date.now() - days * DAY_MS,
    created,
    created,
    scheduleId,
  );
  db.close();
}

/** Moves to a second machine: all that the first one's disk has, and nothing that was only in its memory. */
function moveAway(place: Place): void {
  const [from, to] = [place.path, `${place.path}-`];
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
  rmSync(from, { recursive: true });
  Object.assign(place, { path: to, data: join(to, "data") });
}

async function listed(client: Client, status: string): Promise<{ ids: string[]; total: number }> {
  const ids: string[] = [];
  for (let page = 1; ; page++) {
    const { body } = await client.get(`/reports/sla/reports?status=${status}&per_page=100&page=${page}`);
    ids.push(...body.data.map(({ id }: Json) => id as string));
    if (page >= body.meta.last_page) return { ids, total: body.meta.total };
  }
}

/** Waits until no report waits; as long as it takes, unless none ends for a long while. */
async function untilQuiet(client: Client): Promise<void> {
  let [fewest, endMs] = [Number.POSITIVE_INFINITY, 0];
  for (;;) {
    const waiting = (await listed(client, "queued")).total + (await listed(client, "running")).total;
    if (waiting === 0) return;
    if (waiting < fewest) [fewest, endMs] = [waiting, Date.now() + STALLED_MS];
    if (Date.now() > endMs) throw new Error(`${waiting} reports still wait`);
    await Bun.sleep(100);
  }
}

/** Everything that the journal says of single faults, and that doubts end. */
async function auditFaults(world: World, ids: Iterable<string>): Promise<void> {
  for (const id of ids) {
    const problem = faultProblem(world.journal, id, await world.client.get(`/fault/${id}`));
    if (problem) world.problems.push(problem);
  }
  world.journal.touched.clear();
  world.problems.push(...(await settleDoubts(world.journal, world.client)));
}

/** Every accepted run is one report that ended, or was deleted; the files are those of completed reports. */
async function auditReports(world: World, place: Place): Promise<{ completed: number; failed: number }> {
  const { journal, client, problems } = world;
  await untilQuiet(client);
  const completed = await listed(client, "completed");
  const failed = await listed(client, "failed");
  const all = new Set([...completed.ids, ...failed.ids]);
  if (all.size !== completed.total + failed.total) problems.push("a report is listed twice");
  const expected = new Set([...journal.reports].filter((id) => !journal.deletedReports.has(id)));
  for (const id of expected) if (!all.has(id)) problems.push(`run ${id} is lost`);
  for (const id of journal.deletedReports) if (all.has(id)) problems.push(`report ${id} came back`);
  const { body } = await client.get("/reports/sla/reports?per_page=1");
  expect(body.meta.total).toBe(completed.total);
  const db = new Database(join(place.data, "nines.sqlite"), { readonly: true });
  const onDemand = db.query("SELECT id FROM reports WHERE trigger = 'on_demand'").all() as { id: string }[];
  for (const { id } of onDemand) if (!expected.has(id)) problems.push(`report ${id} was never asked for`);
  const periods = db.query(
    "SELECT from_date, count(*) AS n FROM reports WHERE trigger = 'daily' GROUP BY 1 HAVING n > 1",
  );
  problems.push(...periods.all().map((row) => `a period twice: ${JSON.stringify(row)}`));
  const sites = db.query("SELECT id FROM sites").values().flat();
  for (const id of journal.sites) if (!sites.includes(id)) problems.push(`site ${id} is lost`);
  const imported = db.query<{ n: number }, [string, string]>(
    "SELECT count(*) AS n FROM faults WHERE external_id > ? AND external_id < ?",
  );
  for (const [name, rows] of journal.imports) {
    const { n } = imported.get(`${name}-`, `${name}.`) ?? { n: 0 };
    if (n !== rows) problems.push(`import ${name} has ${n} of ${rows} rows`);
  }
  problems.push(
    ...db
      .query("PRAGMA integrity_check")
      .values()
      .flat()
      .filter((line) => line !== "ok")
      .map(String),
  );
  db.close();
  return { completed: completed.total, failed: failed.total };
}

function filesOf(data: string): string[] {
  return readdirSync(join(data, "reports"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

async function prepared(folder: string): Promise<{ place: Place; world: World }> {
  const server = await serve(folder);
  const token = await tokenOf(folder);
  const client = clientOf(server.url, token);
  const journal = emptyJournal();
  for (const name of ["Bern", "Basel", "Zug"])
    journal.sites.add((await client.post("/sites", { name })).body.id);
  const { body } = await client.post("/reports/sla/schedules", aSchedule({ daily: true, monthly: false }));
  await server.stop("SIGKILL");
  const place = { path: folder, data: join(folder, "data"), token };
  return {
    place,
    world: { url: "", client, chance: chanceOf(SEED), journal, scheduleId: body.id, problems: [] },
  };
}

/** One life of the server: started, audited, loaded, and killed. */
async function life({ place, world }: { place: Place; world: World }, round: number): Promise<void> {
  const { chance } = world;
  if (round === 1 || chance.happens(0.1)) {
    moveAway(place);
    world.journal.counts.moves++;
  }
  if (chance.happens(0.2)) await killedStart(place, chance);
  if (chance.happens(0.3)) rewindSchedule(place, world.scheduleId, 1 + chance.whole(10));
  const server: Running = await serve(place.path);
  world.url = server.url;
  world.client = clientOf(server.url, place.token);
  await auditFaults(world, world.journal.touched);
  if (round % 25 === 24) await auditReports(world, place);
  const stop = new AbortController();
  const { acknowledged } = world.journal.counts;
  const load = mixedLoad(world, ACTORS, stop.signal);
  await Bun.sleep(20 + chance.whole(isLong ? 900 : 300));
  // A busy machine takes longer to answer anything at all.
  while (world.journal.counts.acknowledged === acknowledged && server.process.exitCode === null)
    await Bun.sleep(5);
  expect(await server.stop("SIGKILL")).not.toBe(0);
  stop.abort();
  await load;
}

/** What is wrong, by what that means for a client. */
function tellOf({ world, rounds, reports }: Told): void {
  const { problems, journal } = world;
  const count = (pattern: RegExp) => problems.filter((problem) => pattern.test(problem)).length;
  const [lost, doubled] = [
    / is lost$| lost the comments | rows$/,
    /twice|came back|never asked for|from nowhere/,
  ];
  tell("killed at any instant", {
    kills: rounds,
    seed: SEED,
    ...journal.counts,
    completed: reports?.completed ?? null,
    givenUp: reports?.failed ?? null,
    lost: count(lost),
    doubled: count(doubled),
    otherwiseWrong: problems.length - count(lost) - count(doubled),
    problems: problems.slice(0, 5),
  });
}
type Told = { world: World; rounds: number; reports: { completed: number; failed: number } | null };

/** After the last kill: all that was acknowledged, every file, and what the program itself says of the folder. */
async function finalAudit(place: Place, world: World): Promise<{ completed: number; failed: number }> {
  const server = await serve(place.path);
  world.url = server.url;
  world.client = clientOf(server.url, place.token);
  await auditFaults(world, [...world.journal.faults.keys(), ...world.journal.doubtfulDeletions]);
  const reports = await auditReports(world, place);
  expect(await server.stop()).toBe(0);
  return reports;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "killed at any instant [needs dist/nines]" : "killed at any instant",
  () => {
    test(
      `${KILLS} kills lose nothing that was acknowledged, and leave no half file`,
      async () => {
        const folder = emptyFolder();
        const first = join(folder.path, "machine");
        mkdirSync(first);
        const { place, world } = await prepared(first);
        const told: Told = { world, rounds: 0, reports: null };
        try {
          for (; told.rounds < KILLS; told.rounds++) {
            await life({ place, world }, told.rounds);
            expect(world.problems).toEqual([]);
          }
          told.reports = await finalAudit(place, world);
        } finally {
          tellOf(told);
        }
        const { completed, failed } = told.reports;
        expect(world.problems).toEqual([]);
        expect(failed).toBe(0);

        expect(filesOf(place.data).filter((name) => name.endsWith(".part"))).toEqual([]);
        expect(filesOf(place.data)).toHaveLength(3 * completed);
        const check = await nines(place.path, ["check", "--json"]);
        expect(JSON.parse(check.out)).toEqual({ ok: true, reports: completed, problems: [] });
        const { counts } = world.journal;
        expect(counts.acknowledged).toBeGreaterThanOrEqual(KILLS);
        expect(counts.moves).toBeGreaterThan(0);
        expect(counts.unanswered).toBeGreaterThan(KILLS);
        folder.remove();
      },
      LONGEST_MS,
    );
  },
);
