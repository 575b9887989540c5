// How long a GET of others takes while `/uptime` over ten million faults is computed, against the same at rest.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { databasePath } from "../src/store/database/open.ts";
import { clientOf } from "./client.ts";
import { figureOf, printFigures, quantile, tell } from "./figures.ts";
import { buildNines, startNines } from "./programs.ts";
import { makeDatabase, monthsUntil, temporaryFolder } from "./sampleData.ts";

const SITES = 10_000;
const FAULTS = 10_000_000;
const PACE_MS = 5;
const TURNS = 5;

const folder = join(await temporaryFolder(), "data");
mkdirSync(folder);
await buildNines();
tell(`writing ${FAULTS} faults …`);
makeDatabase(databasePath(folder), {
  sites: SITES,
  faultsAMonth: FAULTS,
  months: monthsUntil("2026-03", 1),
}).close();
const program = await startNines(folder);
const client = await clientOf(program);
const { id } = await client.post("/sites", { name: "Asked" });

async function ask(isOver: () => boolean): Promise<number[]> {
  const took: number[] = [];
  while (!isOver()) {
    const startedAt = performance.now();
    await client.get(`/sites/${id}`);
    took.push(performance.now() - startedAt);
    await Bun.sleep(PACE_MS);
  }
  return took;
}

const [busy, idle, lengths]: [number[], number[], number[]] = [[], [], []];
for (let turn = 0; turn <= TURNS; turn++) {
  const startedAt = performance.now();
  let isOver = false;
  const computing = client.get("/uptime?from=2026-03-01&to=2026-03-31").finally(() => {
    isOver = true;
  });
  const meanwhile = await ask(() => isOver);
  await computing;
  const tookMs = performance.now() - startedAt;
  const until = performance.now() + tookMs;
  const atRest = await ask(() => performance.now() > until);
  if (turn === 0) continue;
  lengths.push(tookMs);
  busy.push(...meanwhile);
  idle.push(...atRest);
}
await program.stop();
tell(
  `one computation took ${(Math.min(...lengths) / 1000).toFixed(1)} s at best; ${busy.length} requests meanwhile`,
);
printFigures(
  "Others, while uptime over ten million faults is computed",
  [0.5, 0.99].map((share) =>
    figureOf({
      what: `GET a site, p${share * 100}`,
      unit: "ms",
      ours: { values: [quantile(busy, share)] },
      baseline: { name: "at rest", values: [quantile(idle, share)] },
      aim: { atMost: 2 },
    }),
  ),
);
