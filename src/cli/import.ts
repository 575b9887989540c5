// nines import
import { statSync } from "node:fs";
import { extname } from "node:path";
import { SingleBar } from "cli-progress";
import { Argument, Command } from "commander";
import { importFaults } from "../ingest/importFaults.ts";
import { importSites } from "../ingest/importSites.ts";
import type { ImportResult } from "../model/fault.ts";
import { SetupError } from "../model/setupError.ts";
import {
  configOf,
  dataOption,
  jsonOption,
  openStore,
  prepareDataFolder,
  workspaceOption,
} from "./options.ts";
import { printJson, printLines } from "./print.ts";

type ImportFlags = { data?: string; workspace: string; json?: boolean };

/** Reads sites or faults out of a file into the data folder; a server may run meanwhile. */
export function importCommand(): Command {
  return new Command("import")
    .description("import sites or faults from an NDJSON or CSV file")
    .addArgument(new Argument("<what>", "what the rows are").choices(["sites", "faults"]))
    .argument("<file>", "a .ndjson, .jsonl or .csv file")
    .addOption(dataOption())
    .addOption(workspaceOption())
    .addOption(jsonOption())
    .action(async (what: "sites" | "faults", file: string, flags: ImportFlags) => {
      const format = formatOf(file);
      const size = sizeOf(file);
      const config = configOf(flags);
      prepareDataFolder(config);
      const { store, close } = openStore(config);
      const bar = new SingleBar({
        format: "{bar} {percentage}% | {rows} rows",
        hideCursor: true,
        stream: process.stderr,
      });
      if (process.stderr.isTTY) bar.start(size, 0, { rows: 0 });
      try {
        const run = what === "sites" ? importSites : importFaults;
        const result = await run({
          context: store.context,
          workspace: flags.workspace,
          format,
          body: Bun.file(file).stream(),
          lend: withGaps,
          onProgress: (bytes, rows) => bar.update(bytes, { rows }),
        });
        bar.stop();
        if (flags.json) printJson(result);
        else printLines(summary(what, result));
        if (result.refused > 0) process.exitCode = 1;
      } finally {
        bar.stop();
        close();
      }
    });
}

/** A server may run meanwhile, and looks every few milliseconds whether it can write. */
const GAP_MS = 10;

async function withGaps<T>(transaction: () => Promise<T>): Promise<T> {
  const stored = await transaction();
  await Bun.sleep(GAP_MS);
  return stored;
}

function formatOf(file: string): "csv" | "ndjson" {
  const extension = extname(file).toLowerCase();
  if (extension === ".csv") return "csv";
  if ([".ndjson", ".jsonl", ".json"].includes(extension)) return "ndjson";
  throw new SetupError(`${file} must end in .csv, .ndjson or .jsonl`);
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    throw new SetupError(`${file} cannot be read`);
  }
}

function summary(what: string, result: ImportResult): string[] {
  const { rows, created, updated, unchanged, refused, errors } = result;
  const lines = errors.map(
    ({ line, param, reason }) => `  line ${line}${param ? `, ${param}` : ""}: ${reason}`,
  );
  if (refused > errors.length) lines.push(`  … and ${refused - errors.length} more`);
  return [
    `${rows} ${what}: ${created} new, ${updated} changed, ${unchanged} unchanged, ${refused} refused`,
    ...lines,
  ];
}
