// Times the PDF of a report, each contender as a process of its own from start to file, against pdfkit used
// the usual way and against ReportLab. Contenders take turns; the median counts. Beside it are the best time and
// the least processor time, which other work on the machine changes little.
//
//   bun run bench/pdf.ts [RUNS]          prints a table, and writes it into bench/pdf.md
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

type Contender = { name: string; command: (input: string, output: string) => string[] };
type Run = { ms: number; cpuMs: number };
type Timing = { name: string; medianMs: number; bestMs: number; cpuMs: number; megabytes: number };

const HERE = import.meta.dir;
const ROOT = join(HERE, "..");
const RUNS = Number(process.argv[2] ?? 7);
const BINARY = "/tmp/nines-bench-pdf";

const CONTENDERS: Contender[] = [
  // What is shipped is a binary; it is "ours" where it has been built (see bench/pdf.md).
  ...(existsSync(BINARY)
    ? [{ name: "Nines, binary", command: (input: string, output: string) => [BINARY, input, output] }]
    : []),
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
  const child = Bun.spawn(command, { cwd: ROOT, stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`failed: ${command.join(" ")}`);
  const ms = performance.now() - started;
  return { ms, cpuMs: Number(child.resourceUsage()?.cpuTime.total ?? 0n) / 1000 };
}

async function timingsOf(input: string, folder: string): Promise<Timing[]> {
  const runs = CONTENDERS.map((): Run[] => []);
  const output = (index: number) => join(folder, `${index}.pdf`);
  for (let turn = 0; turn <= RUNS; turn++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const run = await timeOf(contender.command(input, output(index)));
      // The first run of each fills the file cache.
      if (turn > 0) runs[index]?.push(run);
    }
  }
  return CONTENDERS.map(({ name }, index) => {
    const own = runs[index] ?? [];
    const sorted = own.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      name,
      medianMs: sorted[sorted.length >> 1] ?? Number.NaN,
      bestMs: sorted[0] ?? Number.NaN,
      cpuMs: Math.min(...own.map(({ cpuMs }) => cpuMs)),
      megabytes: Bun.file(output(index)).size / 1e6,
    };
  });
}

function tableOf(title: string, timings: readonly Timing[]): string {
  const ours = timings[0] as Timing;
  const rows = timings.map((timing) => {
    const cells = [
      timing.name,
      `${timing.medianMs.toFixed(0)} ms`,
      `${(timing.medianMs / ours.medianMs).toFixed(2)}`,
      `${timing.bestMs.toFixed(0)} ms`,
      `${(timing.bestMs / ours.bestMs).toFixed(2)}`,
      `${timing.cpuMs.toFixed(0)} ms`,
      `${timing.megabytes.toFixed(1)} MB`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const head = [title, "median", "to ours", "best", "to ours", "least CPU", "file"];
  return [`| ${head.join(" | ")} |`, "|---|--:|--:|--:|--:|--:|--:|", ...rows].join("\n");
}

const folder = await mkdtemp(join(tmpdir(), "bench-pdf-"));
const tables: string[] = [];
for (const { sites, incidents } of SIZES) {
  const input = join(folder, `${sites}.json`);
  await timeOf([process.execPath, "run", "bench/pdfDocument.ts", String(sites), String(incidents), input]);
  const title = `${sites.toLocaleString("en")} sites, ${(sites * incidents).toLocaleString("en")} incidents`;
  const table = tableOf(title, await timingsOf(input, folder));
  console.log(`${table}\n`);
  tables.push(table);
}
await rm(folder, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Bun ${Bun.version}, ${RUNS} runs`;
const text = await Bun.file(join(HERE, "pdf.md")).text();
const [before = ""] = text.split("<!-- figures -->");
await Bun.write(join(HERE, "pdf.md"), `${before}<!-- figures -->\n${machine}\n\n${tables.join("\n\n")}\n`);
