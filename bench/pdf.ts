// Times the PDF of a report, each contender as a process of its own from start to file, against pdfkit used
// the usual way and against ReportLab. Contenders take turns; ratios are those of the same turn, and their median
// counts. What else the machine does falls on all of them, and less on processor time than on the clock.
//
//   bun run bench/pdf.ts [RUNS]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, figureOf, printFigures } from "./figures.ts";

type Contender = { name: string; command: (input: string, output: string) => string[] };
type Run = { ms: number; cpuMs: number };

const HERE = import.meta.dir;
const ROOT = join(HERE, "..");
const RUNS = Number(process.argv[2] ?? 9);
const folder = await mkdtemp(join(tmpdir(), "bench-pdf-"));
const BINARY = join(folder, "pdf-nines");

// The last is what the others are held against.
const CONTENDERS: Contender[] = [
  { name: "Nines, binary", command: (input, output) => [BINARY, input, output] },
  {
    name: "Nines, bun run",
    command: (input, output) => [process.execPath, "run", "bench/pdf-nines.ts", input, output],
  },
  {
    name: "pdfkit, doc.text()",
    command: (input, output) => [process.execPath, "run", "bench/pdf-naive.ts", input, output],
  },
  {
    name: "ReportLab, canvas",
    command: (input, output) => ["/usr/bin/python3", "bench/pdf_reportlab.py", input, output],
  },
];

/** With the aims, by the clock and in processor time. */
const SIZES = [
  { sites: 200, incidents: 10, aims: [0.65, 1] },
  { sites: 1000, incidents: 10, aims: [0.5, 1] },
] as const;

async function timeOf(command: string[]): Promise<Run> {
  const started = performance.now();
  const env = { ...process.env, NODE_ENV: "production" };
  const child = Bun.spawn(command, { cwd: ROOT, env, stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`failed: ${command.join(" ")}`);
  const ms = performance.now() - started;
  return { ms, cpuMs: Number(child.resourceUsage()?.cpuTime.total ?? 0n) / 1000 };
}

/** Every run of every contender, in turns that begin with another one each time. */
async function runsOf(input: string, outputOf: (index: number) => string): Promise<Run[][]> {
  const runs = CONTENDERS.map((): Run[] => []);
  for (let turn = 0; turn <= RUNS; turn++) {
    for (let step = 0; step < CONTENDERS.length; step++) {
      const index = (turn + step) % CONTENDERS.length;
      const run = await timeOf((CONTENDERS[index] as Contender).command(input, outputOf(index)));
      // The first run of each fills the file cache.
      if (turn > 0) runs[index]?.push(run);
    }
  }
  return runs;
}

function figuresOf(size: string, runs: readonly Run[][], aims: readonly [number, number]): Figure[] {
  const samples = (own: readonly Run[], key: keyof Run) => ({ values: own.map((run) => run[key]) });
  const baseline = runs.at(-1) as Run[];
  const name = CONTENDERS.at(-1)?.name ?? "";
  return (["ms", "cpuMs"] as const).map((key, index) =>
    figureOf({
      what: `PDF of ${size}, process start to file: ${key === "ms" ? "by the clock" : "processor time"}`,
      unit: "ms",
      ours: samples(runs[0] as Run[], key),
      baseline: { name, ...samples(baseline, key) },
      aim: { atMost: aims[index] as number },
    }),
  );
}

await timeOf([process.execPath, "tools/compile.ts", BINARY, "bench", "bench/pdf-nines.ts"]);
const figures: Figure[] = [];
for (const { sites, incidents, aims } of SIZES) {
  const input = join(folder, `${sites}.json`);
  await timeOf([process.execPath, "run", "bench/pdfDocument.ts", String(sites), String(incidents), input]);
  const outputOf = (index: number) => join(folder, `${index}.pdf`);
  const size = `${sites.toLocaleString("en")} sites, ${(sites * incidents).toLocaleString("en")} incidents`;
  figures.push(...figuresOf(size, await runsOf(input, outputOf), aims));
}
await rm(folder, { recursive: true });
printFigures("The PDF, as a process from its start to its file", figures);
