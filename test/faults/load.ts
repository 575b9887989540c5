// A mixed load on a server until it is killed: imports, edits, comments, deletions, runs, downloads. Each actor
// has faults of its own, so that what it was answered is what must be there.
import { createHash } from "node:crypto";
import type { Chance } from "../support/chance.ts";
import type { Client } from "../support/server.ts";
import { importRows, type Journal, knownFault } from "./journal.ts";

const ARTEFACTS = ["pdf", "json", "csv"];
const DAY_MS = 86_400_000;
/** Ends should the server never be killed. */
const MOST_OPERATIONS = 100_000;

export type World = {
  url: string;
  client: Client;
  chance: Chance;
  journal: Journal;
  scheduleId: string;
  problems: string[];
};

/** So many actors at once, until `signal` or until nobody answers any more. */
export async function mixedLoad(world: World, actors: number, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: actors }, () => actor(world, signal)));
}

async function actor(world: World, signal: AbortSignal): Promise<void> {
  const { chance, journal } = world;
  const mine: string[] = [];
  const acts = [makeFault, makeFault, editFault, editFault, comment, comment, deleteFault];
  const rarer = [importFaults, makeSite, run, run, run, download, download, download, deleteReport];
  for (let i = 0; i < MOST_OPERATIONS && !signal.aborted; i++) {
    const act = chance.happens(0.6) ? chance.oneOf(acts) : chance.oneOf(rarer);
    try {
      await act(world, mine);
    } catch (error) {
      if (!(error instanceof TypeError || (error instanceof Error && "code" in error))) throw error;
      journal.counts.unanswered++;
      return;
    }
  }
}

type Act = (world: World, mine: string[]) => Promise<void>;

/** A word that nothing else has. */
const aWord = ({ chance }: World) =>
  `w${chance.whole(2 ** 31).toString(36)}${chance.whole(2 ** 31).toString(36)}`;

function expectStatus(world: World, what: string, status: number, ...expected: number[]): boolean {
  if (status === expected[0]) {
    world.journal.counts.acknowledged++;
    return true;
  }
  world.journal.counts.refused++;
  if (!expected.includes(status)) world.problems.push(`${what} answers ${status}`);
  return false;
}

const makeSite: Act = async (world) => {
  const answer = await world.client.post("/sites", { name: aWord(world) });
  if (expectStatus(world, "POST /sites", answer.status, 201)) world.journal.sites.add(answer.body.id);
};

const makeFault: Act = async (world, mine) => {
  const { client, chance, journal } = world;
  const cause = aWord(world);
  const startMs = Date.UTC(2026, 3, 1) + chance.whole(170 * 24) * 3_600_000;
  const answer = await client.post("/fault", {
    site_id: chance.oneOf([...journal.sites]),
    cause,
    created_at: new Date(startMs).toISOString(),
    resolved_at: new Date(startMs + 600_000).toISOString(),
  });
  if (!expectStatus(world, "POST /fault", answer.status, 201)) return;
  journal.faults.set(answer.body.id, knownFault(cause));
  journal.touched.add(answer.body.id);
  mine.push(answer.body.id);
};

const editFault: Act = async (world, mine) => {
  const id = world.chance.oneOf(mine);
  const known = id && world.journal.faults.get(id);
  if (!known) return;
  const cause = aWord(world);
  known.causes.add(cause);
  world.journal.touched.add(id);
  const answer = await world.client.patch(`/fault/${id}`, { cause });
  if (expectStatus(world, "PATCH /fault", answer.status, 200)) known.causes = new Set([cause]);
};

const comment: Act = async (world, mine) => {
  const id = world.chance.oneOf(mine);
  const known = id && world.journal.faults.get(id);
  if (!known) return;
  const text = aWord(world);
  known.doubtfulComments.add(text);
  world.journal.touched.add(id);
  const answer = await world.client.post(`/fault/${id}/comments`, { text });
  if (!expectStatus(world, "POST comments", answer.status, 201)) return;
  known.comments.add(text);
  known.doubtfulComments.delete(text);
};

const deleteFault: Act = async (world, mine) => {
  const { client, journal } = world;
  const id = mine.shift();
  if (id === undefined) return;
  journal.doubtfulDeletions.add(id);
  journal.touched.add(id);
  const answer = await client.delete(`/fault/${id}`);
  if (!expectStatus(world, "DELETE /fault", answer.status, 204)) return;
  journal.doubtfulDeletions.delete(id);
  journal.faults.delete(id);
  journal.deletedFaults.add(id);
};

const importFaults: Act = async (world) => {
  const { client, chance, journal } = world;
  const [name, rows] = [aWord(world), 50 + chance.whole(1500)];
  journal.doubtfulImports.set(name, rows);
  const answer = await client.send("POST", "/fault/import", importRows(journal, name, rows), "text/csv");
  if (!expectStatus(world, "POST /fault/import", answer.status, 200)) return;
  if (answer.body.created !== rows) world.problems.push(`import ${name} made ${answer.body.created}`);
  journal.imports.set(name, rows);
  journal.doubtfulImports.delete(name);
};

const run: Act = async (world) => {
  const { client, chance, journal, scheduleId } = world;
  const key = aWord(world);
  const from = Date.UTC(2026, 8, 1) + chance.whole(10) * DAY_MS;
  const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const range = { from_date: dateOf(from), to_date: dateOf(from + (1 + chance.whole(3)) * DAY_MS) };
  journal.doubtfulRuns.set(key, { scheduleId, range });
  const answer = await client.post(`/reports/sla/schedules/${scheduleId}/run`, range, {
    "Idempotency-Key": key,
  });
  if (expectStatus(world, "POST run", answer.status, 202, 429)) journal.reports.add(answer.body.report_id);
  journal.doubtfulRuns.delete(key);
};

const download: Act = async (world) => {
  const { url, client, chance, journal } = world;
  const { body } = await client.get("/reports/sla/reports?per_page=20");
  if (!body || body.data.length === 0) return;
  const { id } = chance.oneOf(body.data as { id: string }[]);
  const artefact = chance.oneOf(ARTEFACTS);
  const response = await fetch(`${url}/reports/sla/reports/${id}/${artefact}`, {
    headers: { Authorization: `Bearer ${client.token}` },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!expectStatus(world, `GET ${artefact}`, response.status, 200, 404)) return;
  journal.counts.downloads++;
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (response.headers.get("etag") !== `"${hash}"`)
    world.problems.push(`${id}.${artefact} is not what its ETag says`);
  const before = journal.files.get(`${id}.${artefact}`);
  if (before !== undefined && before !== hash) world.problems.push(`${id}.${artefact} changed`);
  journal.files.set(`${id}.${artefact}`, hash);
};

const deleteReport: Act = async (world) => {
  const { client, chance, journal } = world;
  if (!chance.happens(0.3) || journal.reports.size === 0) return;
  const id = chance.oneOf([...journal.reports]);
  journal.doubtfulReportDeletions.add(id);
  const answer = await client.delete(`/reports/sla/reports/${id}`);
  if (expectStatus(world, "DELETE report", answer.status, 204, 404)) journal.deletedReports.add(id);
  journal.doubtfulReportDeletions.delete(id);
};
