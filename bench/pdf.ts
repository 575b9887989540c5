// Times the PDF of a report, each contender as a process of its own from start to file, against pdfkit used
// the usual way and against ReportLab. Contenders take turns; the median counts, the best is shown beside it.
//
//   bun run bench/pdf.ts [RUNS]          prints a table, and writes it into bench/pdf.md
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

type Contender = { name: string; command: (input: string, output: string) => string[] };
type Timing = { name: string; medianMs: number; bestMs: number; megabytes: number };

const HERE = import.meta.dir;
const ROOT = join(HERE, "..");
const RUNS = Number(process.argv[2] ?? 7);
const BINARY = "/tmp/nines-bench-pdf";

const CONTENDERS: Contender[] = [
  {
    name: "Nines, bun run",
    command: (input, output) => [process.execPath, "run", "bench/pdf-nines.ts", input, output],
  },
  ...(existsSync(BINARY)
    ? [{ name: "Nines, binary", command: (input: string, output: string) => [BINARY, input, output] }]
    : []),
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

async function timeOf(command: string[]): Promise<number> {
  const started = performance.now();
  const child = Bun.spawn(command, { cwd: ROOT, stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`failed: ${command.join(" ")}`);
  return performance.now() - started;
}

async function timingsOf(input: string, folder: string): Promise<Timing[]> {
  const times = CONTENDERS.map((): number[] => []);
  const output = (index: number) => join(folder, `${index}.pdf`);
  for (let run = 0; run <= RUNS; run++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const ms = await timeOf(contender.command(input, output(index)));
      // The first run of each fills the file cache.
      if (run > 0) times[index]?.push(ms);
    }
  }
  return CONTENDERS.map(({ name }, index) => {
    const sorted = (times[index] ?? []).toSorted((a, b) => a - b);
    return {
      name,
      medianMs: sorted[sorted.length >> 1] ?? Number.NaN,
      bestMs: sorted[0] ?? Number.NaN,
      megabytes: Bun.file(output(index)).size / 1e6,
    };
  });
}

function tableOf(title: string, timings: readonly Timing[]): string {
  const ours = timings[0] as Timing;
  const rows = timings.map(({ name, medianMs, bestMs, megabytes }) =>
    [
      `| ${name} `,
      ` ${medianMs.toFixed(0)} ms `,
      ` ${bestMs.toFixed(0)} ms `,
      ` ${(medianMs / ours.medianMs).toFixed(2)} `,
      ` ${megabytes.toFixed(1)} MB |`,
    ].join("|"),
  );
  return [`| ${title} | median | best | to ours | file |`, "|---|--:|--:|--:|--:|", ...rows].join("\n");
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
