// What all benchmarks share: measuring two things in turns, figures with their baselines, and the table they print.
import { appendFileSync } from "node:fs";
import { loadavg } from "node:os";

/** Values of turns, with the processor milliseconds of each where they are known. */
export type Samples = { values: readonly number[]; cpuMs?: readonly number[] };
export type Unit = "ms" | "MB" | "/s" | "s";
export type Aim = { atMost: number } | { atLeast: number };

/** What a side of a comparison came to. */
type Side = { best: number; median: number; cpuMs: number | null };
export type Figure = {
  what: string;
  unit: Unit;
  ours: Side;
  /** Null where an aim is of ours alone. */
  baseline: (Side & { name: string }) | null;
  /** Ours by the baseline: the median of the quotients of turns that ran one after the other. */
  ratio: number | null;
  cpuRatio: number | null;
  /** Of the ratio; of ours where there is no baseline, or where it says so. */
  aim: Aim | null;
  isAimOfOurs: boolean;
  met: boolean | null;
  /** How many programs wanted a core meanwhile, those measured among them: the mean of a minute. */
  load: number;
};

/** The value that a share of the sorted values does not pass: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** Milliseconds of turns: by the clock, and of processor time, in which other programs do not show. */
export type Turns = { values: number[]; cpuMs: number[] };

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Runs several pieces of work in turns, so that whatever else the machine does falls on all alike. The first
 * turn warms up and is not counted; who begins changes from turn to turn.
 */
export async function inTurns<Name extends string>(
  turns: number,
  works: Record<Name, () => unknown>,
): Promise<Record<Name, Turns>> {
  const names = Object.keys(works) as Name[];
  const measured = {} as Record<Name, Turns>;
  for (const name of names) measured[name] = { values: [], cpuMs: [] };
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      Bun.gc(true);
      const [wall, cpu] = [performance.now(), processorMs()];
      await works[name]();
      if (turn === 0) continue;
      measured[name].values.push(performance.now() - wall);
      measured[name].cpuMs.push(processorMs() - cpu);
    }
  }
  return measured;
}

/** The median of the quotients of turns that ran one after the other. */
export function ratioOf(ours: readonly number[], baseline: readonly number[]): number {
  return median(ours.map((value, turn) => value / (baseline[turn] as number)));
}

type Compared = {
  what: string;
  unit: Unit;
  ours: Samples;
  baseline?: Samples & { name: string };
  aim?: Aim;
  isAimOfOurs?: boolean;
};

/** A figure out of what was measured. */
export function figureOf({ what, unit, ours, baseline, aim, isAimOfOurs = !baseline }: Compared): Figure {
  const ratio = baseline ? ratioOf(ours.values, baseline.values) : null;
  const side = sideOf(ours, unit);
  return {
    what,
    unit,
    ours: side,
    baseline: baseline ? { name: baseline.name, ...sideOf(baseline, unit) } : null,
    ratio,
    cpuRatio: ours.cpuMs && baseline?.cpuMs ? ratioOf(ours.cpuMs, baseline.cpuMs) : null,
    aim: aim ?? null,
    isAimOfOurs,
    met: aim ? isMet(isAimOfOurs ? side.median : (ratio ?? Number.NaN), aim) : null,
    load: loadavg()[0] ?? Number.NaN,
  };
}

function sideOf({ values, cpuMs }: Samples, unit: Unit): Side {
  return {
    best: unit === "/s" ? Math.max(...values) : Math.min(...values),
    median: median(values),
    cpuMs: cpuMs ? median(cpuMs) : null,
  };
}

function isMet(value: number, aim: Aim): boolean {
  return "atMost" in aim ? value <= aim.atMost : value >= aim.atLeast;
}

/** Prints figures as a table of Markdown; keeps them too, where `npm run bench` asks for that. */
export function printFigures(title: string, figures: readonly Figure[]): void {
  const table = tableOf(figures);
  process.stdout.write(`\n${title}\n\n${table}\n`);
  const kept = process.env["NINES_BENCH_FIGURES"];
  if (kept) appendFileSync(kept, `${JSON.stringify({ title, figures, table })}\n`);
}

/** A table of Markdown, as it stands in README.md. */
export function tableOf(figures: readonly Figure[]): string {
  const cells = figures.map(
    ({ what, unit, ours, baseline, ratio, cpuRatio, aim, isAimOfOurs, met, load }) => [
      what,
      sideText(ours, unit),
      baseline ? `${sideText(baseline, unit)}: ${baseline.name}` : "–",
      ratio === null ? "–" : ratio.toFixed(2),
      cpuRatio === null ? "–" : cpuRatio.toFixed(2),
      aim ? aimText(aim, isAimOfOurs ? unit : null) : "–",
      met === null ? "–" : met ? "yes" : "no",
      load.toFixed(1),
    ],
  );
  return [
    ["what", "ours: median (best; CPU)", "baseline", "ratio", "CPU", "aim", "met?", "load"],
    ["---", "---", "---", "--:", "--:", "---", "---", "--:"],
    ...cells,
  ]
    .map((line) => `| ${line.join(" | ")} |`)
    .join("\n");
}

function sideText({ median, best, cpuMs }: Side, unit: Unit): string {
  const cpu = cpuMs === null ? "" : `; ${amount(cpuMs, "ms")}`;
  return `${amount(median, unit)} (${amount(best, unit)}${cpu})`;
}

function aimText(aim: Aim, unit: Unit | null): string {
  const value = "atMost" in aim ? aim.atMost : aim.atLeast;
  return `${"atMost" in aim ? "≤" : "≥"} ${unit ? amount(value, unit) : value}`;
}

/** A value with its unit: "12.5 ms", "4,556/s". */
export function amount(value: number, unit: Unit): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  const text = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === "/s" ? `${text}/s` : `${text} ${unit}`;
}

/** Says what is going on while the figures are being made; the tables alone go to standard output. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
