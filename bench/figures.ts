// What all benchmarks share: measuring two things in turns, medians, and the table they print.

export type Row = {
  what: string;
  ours: string;
  baseline: string;
  /** Ours divided by the baseline, or what the aim is about. */
  ratio: string;
  aim: string;
  met: boolean | null;
};

/** The value that a share of the sorted values does not pass: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** Milliseconds of turns: by the clock, and of processor time, in which other programs do not show. */
export type Turns = { wall: number[]; cpu: number[] };

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Runs several pieces of work in turns, so that whatever else the machine does falls on all alike. The first
 * turn warms up and is not counted.
 */
export async function inTurns<Name extends string>(
  turns: number,
  works: Record<Name, () => unknown>,
): Promise<Record<Name, Turns>> {
  const names = Object.keys(works) as Name[];
  const measured = {} as Record<Name, Turns>;
  for (const name of names) measured[name] = { wall: [], cpu: [] };
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of names) {
      Bun.gc(true);
      const [wall, cpu] = [performance.now(), processorMs()];
      await works[name]();
      if (turn === 0) continue;
      measured[name].wall.push(performance.now() - wall);
      measured[name].cpu.push(processorMs() - cpu);
    }
  }
  return measured;
}

/** The median of the quotients of turns that ran one after the other. */
export function ratioOf(ours: readonly number[], baseline: readonly number[]): number {
  return median(ours.map((value, turn) => value / (baseline[turn] as number)));
}

/** Prints the rows as a table of Markdown, as it stands in README.md. */
export function printTable(title: string, rows: readonly Row[]): void {
  const cells = rows.map(({ what, ours, baseline, ratio, aim, met }) => [
    what,
    ours,
    baseline,
    ratio,
    aim,
    met === null ? "–" : met ? "yes" : "no",
  ]);
  const lines = [
    ["what", "ours", "baseline", "ratio", "aim", "met?"],
    ["---", "---", "---", "---", "---", "---"],
    ...cells,
  ].map((line) => `| ${line.join(" | ")} |`);
  process.stdout.write(`\n${title}\n\n${lines.join("\n")}\n`);
}

/** Says what is going on while the figures are being made; the table alone goes to standard output. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
export const times = (value: number) => value.toFixed(2);
