// All benchmarks, one after the other: `npm run bench`, or `npm run bench -- uptime pdf` for some. Each compares
// Nines with a named baseline in turns of the same run. Their figures are written into bench/figures.json, and as
// tables into bench/README.md. What they compare with, and the machine lacks, is installed with apt where that can be.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { BUN, bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { fail, ROOT, removeAtExit, run, tell } from "./process.mjs";

const FOLDER = join(ROOT, "bench");
const FIGURES = join(FOLDER, "figures.json");
const README = join(FOLDER, "README.md");
const [START, END] = ["<!-- figures -->", "<!-- end of figures -->"];
/** Programs of others, by their packages. */
const NEEDED = { wrk: "wrk", sqlite3: "sqlite3" };

await bootstrap();
const problem = await build();
if (problem !== null) fail("the program could not be built", problem);
install();
const asked = process.argv.slice(2);
const scripts = benchmarks().filter((name) => asked.length === 0 || asked.includes(name));
if (scripts.length === 0) fail(`there is no such benchmark; there are ${benchmarks().join(", ")}`);
const kept = join(removedLater(mkdtempSync(join(tmpdir(), "nines-bench-"))), "tables");
const env = { ...process.env, NODE_ENV: "production", NINES_BENCH_FIGURES: kept };
const failed = [];
for (const name of scripts) {
  tell(`bench/${name}.ts, with ${loadavg()[0].toFixed(1)} programs at work …`);
  const { code } = await run(BUN, [join(FOLDER, `${name}.ts`)], { env, show: true });
  if (code !== 0) failed.push(name);
}
publish(readTables());
if (failed.length > 0) fail(`these ended early: ${failed.join(", ")}`);

/** The scripts that print figures; the others are what they share. */
function benchmarks() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
  const isOne = (name) => readFileSync(join(FOLDER, name), "utf8").includes("\nprintFigures(");
  return names.filter(isOne).map((name) => name.replace(/\.ts$/, ""));
}

function install() {
  const missing = Object.entries(NEEDED).filter(([program]) => spawnSync("which", [program]).status !== 0);
  if (!hasReportLab()) missing.push(["reportlab", "python3-reportlab"]);
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  tell(`installing ${packages.join(", ")} …`);
  const isRoot = process.getuid?.() === 0;
  const apt = isRoot
    ? spawnSync("apt-get", ["install", "-y", "-qq", ...packages], { stdio: "ignore" })
    : null;
  if (apt?.status !== 0) tell(`not installed: ${packages.join(", ")}; what needs them is left out`);
}

function hasReportLab() {
  return spawnSync("/usr/bin/python3", ["-c", "import reportlab"]).status === 0;
}

function removedLater(folder) {
  removeAtExit(folder);
  return folder;
}

function readTables() {
  if (!existsSync(kept)) return [];
  const lines = readFileSync(kept, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Tables of this run take the place of those with their names; the others stay, with the machine they were made on. */
function publish(tables) {
  const [processor] = cpus();
  const machine = `${cpus().length} × ${processor.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  const known = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, "utf8")) : [];
  const all = new Map(known.map((table) => [table.title, table]));
  for (const table of tables) all.set(table.title, { ...table, machine, date });
  const list = [...all.values()];
  writeFileSync(FIGURES, `${JSON.stringify(list, null, 1)}\n`);
  const text = readFileSync(README, "utf8");
  const [before, rest] = text.split(START);
  const after = rest.split(END)[1];
  const markdown = list.map(
    ({ title, table, machine, date }) => `### ${title}\n\n${machine}, ${date}\n\n${table}`,
  );
  writeFileSync(README, `${before}${START}\n\n${markdown.join("\n\n")}\n\n${END}${after}`);
}
