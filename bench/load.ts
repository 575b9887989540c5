// Load by wrk on two programs in turns.
import { type Aim, type Figure, figureOf, tell } from "./figures.ts";
import type { Program } from "./programs.ts";

export const ROUNDS = 7;
export const SECONDS = 3;

type Load = { perSecond: number; cpuMs: number; refused: number };
type Side = { program: Program; script: string };
type Comparison = {
  what: string;
  ours: Side;
  baseline: Side & { name: string };
  connections: number;
  aim: Aim;
};

/** Ends the benchmark with a word where there is no wrk. */
export function requireWrk(): void {
  if (Bun.which("wrk") !== null) return;
  tell("wrk is not installed (apt-get install wrk)");
  process.exit(0);
}

/** Sends what a script of wrk says for some seconds. `cpuMs` is processor time of the program, a request. */
export async function load(program: Program, script: string, connections: number): Promise<Load> {
  const cpu = program.cpuMs();
  const words = ["wrk", "-t1", `-c${connections}`, `-d${SECONDS}s`, "-s", script, program.url];
  const child = Bun.spawn(words, { stdout: "pipe", stderr: "inherit" });
  const printed = await new Response(child.stdout).text();
  const requests = Number(/(\d+) requests in/.exec(printed)?.[1] ?? "0");
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(printed)?.[1]),
    cpuMs: (program.cpuMs() - cpu) / requests,
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(printed)?.[1] ?? "0"),
  };
}

/** Both programs in turns; who begins changes from round to round, and the first round warms up. */
export async function compareLoads({ what, ours, baseline, connections, aim }: Comparison): Promise<Figure> {
  const measured = { ours: [] as Load[], baseline: [] as Load[] };
  const sides = [["ours", ours] as const, ["baseline", baseline] as const];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, { program, script }] of round % 2 === 0 ? sides : sides.toReversed()) {
      const result = await load(program, script, connections);
      if (result.refused > 0) throw new Error(`${what}: requests were refused`);
      if (round > 0) measured[name].push(result);
    }
  }
  const samples = (loads: Load[]) => ({
    values: loads.map(({ perSecond }) => perSecond),
    cpuMs: loads.map(({ cpuMs }) => cpuMs),
  });
  return figureOf({
    what,
    unit: "/s",
    ours: samples(measured.ours),
    baseline: { name: baseline.name, ...samples(measured.baseline) },
    aim,
  });
}
