// Times the PDF of a report, each contender as a process of its own from start to file, against pdfkit used
// the usual way and against ReportLab. Contenders take turns; ratios are those of the same turn, and their median
// counts. What else the machine does falls on all of them, and less on processor time than on the clock.
//
//   bun run bench/pdf.ts [RUNS]          prints a table, and writes it into bench/pdf.md
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

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

const SIZES = [
  { sites: 200, incidents: 10 },
  { sites: 1000, incidents: 10 },
];

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

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function tableOf(title: string, runs: readonly Run[][], outputOf: (index: number) => string): string {
  const baseline = runs.at(-1) as Run[];
  const rows = CONTENDERS.map(({ name }, index) => {
    const own = runs[index] as Run[];
    const columns = (["ms", "cpuMs"] as const).flatMap((key) => {
      const values = own.map((run) => run[key]);
      const ratios = values.map((value, turn) => value / (baseline[turn] as Run)[key]);
      return [
        `${Math.min(...values).toFixed(0)} ms`,
        `${median(values).toFixed(0)} ms`,
        median(ratios).toFixed(2),
      ];
    });
    return `| ${[name, ...columns, `${(Bun.file(outputOf(index)).size / 1e6).toFixed(2)} MB`].join(" | ")} |`;
  });
  const head = [title, "least", "median", "ratio", "least CPU", "median CPU", "ratio", "file"];
  return [`| ${head.join(" | ")} |`, "|---|--:|--:|--:|--:|--:|--:|--:|", ...rows].join("\n");
}

await timeOf([process.execPath, "tools/compile.ts", BINARY, "bench", "bench/pdf-nines.ts"]);
const tables: string[] = [];
for (const { sites, incidents } of SIZES) {
  const input = join(folder, `${sites}.json`);
  await timeOf([process.execPath, "run", "bench/pdfDocument.ts", String(sites), String(incidents), input]);
  const outputOf = (index: number) => join(folder, `${index}.pdf`);
  const title = `${sites.toLocaleString("en")} sites, ${(sites * incidents).toLocaleString("en")} incidents`;
  const table = tableOf(title, await runsOf(input, outputOf), outputOf);
  console.log(`${table}\n`);
  tables.push(table);
}
await rm(folder, { recursive: true });
const load = loadavg().map((value) => value.toFixed(1));
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Bun ${Bun.version}, ${RUNS} runs, load ${load.join(", ")}`;
const text = await Bun.file(join(HERE, "pdf.md")).text();
const [before = ""] = text.split("<!-- figures -->");
await Bun.write(join(HERE, "pdf.md"), `${before}<!-- figures -->\n${machine}\n\n${tables.join("\n\n")}\n`);
