// From starting the program to its first answer, and how much memory it rests in: the compiled Nines against
// a compiled Bun.serve that says hello.
import { join } from "node:path";
import { signToken } from "../src/http/caller/auth.ts";
import { median, ms, printTable, type Row, tell, times } from "./figures.ts";
import { buildNines, compileServer, SECRET, start, startNines } from "./programs.ts";
import { temporaryFolder } from "./sampleData.ts";

const STARTS = 15;
const START_AIM_MS = 100;
const MEMORY_AIM_MB = 80;

const mb = (value: number) => `${value.toFixed(0)} MB`;

/** Sites with faults, and a report of them; waits until it is completed. */
async function makeReport(url: string): Promise<void> {
  const token = await signToken(new TextEncoder().encode(SECRET), {
    subject: "bench",
    workspace: "bench",
    scopes: ["admin"],
    expiresAtS: Math.floor(Date.now() / 1000) + 3600,
  });
  const call = async (
    method: string,
    path: string,
    body: string | null,
    contentType = "application/json",
  ) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": contentType };
    const answer = await fetch(`${url}${path}`, { method, headers, body });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const sites = Array.from({ length: 50 }, (_, i) =>
    JSON.stringify({ name: `Site ${i}`, external_id: `s${i}` }),
  );
  await call("POST", "/sites/import", sites.join("\n"), "application/x-ndjson");
  const { id } = await call(
    "POST",
    "/reports/sla/schedules",
    JSON.stringify({ name: "Month", sla_target: 99.9, monthly: true, day_of_month: 1 }),
  );
  const range = JSON.stringify({ from_date: "2026-03-01", to_date: "2026-03-31" });
  const { report_id } = await call("POST", `/reports/sla/schedules/${id}/run`, range);
  for (;;) {
    const { status } = await call("GET", `/reports/sla/reports/${report_id}`, null);
    if (status === "completed") return;
    if (status === "failed") throw new Error("the report failed");
    await Bun.sleep(100);
  }
}

const folder = await temporaryFolder();
await buildNines();
const hello = await compileServer("hello.ts", folder);
const dataFolder = join(folder, "data");
const [ours, theirs]: [number[], number[]] = [[], []];
for (let turn = 0; turn <= STARTS; turn++) {
  for (const [times, started] of [
    [ours, await startNines(dataFolder)],
    [theirs, await start([hello])],
  ] as const) {
    if (turn > 0) times.push(started.startMs);
    await started.stop();
  }
}

tell("memory at rest …");
const nines = await startNines(dataFolder);
const least = await start([hello]);
await Bun.sleep(5000);
const [rested, leastRested] = [nines.rssMb(), least.rssMb()];
await makeReport(nines.url);
const rendered = nines.rssMb();
await Bun.sleep(15_000);
const [after, afterPrivate, leastPrivate] = [nines.rssMb(), nines.privateMb(), least.privateMb()];
tell(`right after the report: ${mb(rendered)}`);
await Promise.all([nines.stop(), least.stop()]);

const memory = (what: string, value: number): Row => ({
  what,
  ours: mb(value),
  baseline: mb(leastRested),
  ratio: times(value / leastRested),
  aim: `≤ ${MEMORY_AIM_MB} MB`,
  met: value <= MEMORY_AIM_MB,
});
printTable(`Start and rest, compiled; the baseline is a Bun.serve that says hello; ${STARTS} starts`, [
  {
    what: "from start to the first answer, median",
    ours: ms(median(ours)),
    baseline: ms(median(theirs)),
    ratio: times(median(ours) / median(theirs)),
    aim: `≤ ${START_AIM_MS} ms`,
    met: median(ours) <= START_AIM_MS,
  },
  {
    what: "the same, the quickest",
    ours: ms(Math.min(...ours)),
    baseline: ms(Math.min(...theirs)),
    ratio: times(Math.min(...ours) / Math.min(...theirs)),
    aim: "–",
    met: null,
  },
  memory("memory (RSS) 5 s after the start", rested),
  memory("memory 15 s after a report of 50 sites", after),
  {
    what: "of that its own, without pages of the program's file",
    ours: mb(afterPrivate),
    baseline: mb(leastPrivate),
    ratio: times(afterPrivate / leastPrivate),
    aim: "–",
    met: null,
  },
]);
