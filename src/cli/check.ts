// nines check
import { Command } from "commander";
import { loadFonts } from "../render/fonts.ts";
import { damagedFiles, type PublishedReport, repairArtefacts } from "../render/repairArtefacts.ts";
import { readBrand } from "../server/brand.ts";
import type { Config } from "../server/config.ts";
import { databaseProblems } from "../store/database/integrity.ts";
import { logFlawOf, mendLog } from "../store/database/logFlaw.ts";
import { databasePath } from "../store/database/open.ts";
import { lockDataFolder } from "../store/files/dataFolder.ts";
import { storeOf } from "../store/store.ts";
import { configOf, dataOption, jsonOption, openExisting } from "./options.ts";
import { printJson, printLines } from "./print.ts";

type CheckFlags = { data?: string; json?: boolean; repair?: boolean };

/** Checks the database and every artefact of a data folder; exits 1 when something is wrong. */
export function checkCommand(): Command {
  return new Command("check")
    .description("check the database and the files of all reports")
    .addOption(dataOption())
    .option(
      "--repair",
      "rebuild damaged PDF and CSV files from the report's JSON, to the byte; cut a damaged log of the database",
    )
    .addOption(jsonOption())
    .action(async (flags: CheckFlags) => {
      const config = configOf(flags);
      const mended = flags.repair ? mendedLog(config) : null;
      const db = openExisting(config);
      const store = storeOf(db, Date.now, () => "");
      const problems = databaseProblems(db);
      const reports = store.reports.completedFiles();
      const damaged = reports.flatMap((report) =>
        damagedFiles(config.dataFolder, report).map((file) => ({ ...file, report })),
      );
      const left = flags.repair
        ? await repaired(config, new Set(damaged.map(({ report }) => report)))
        : damaged;
      problems.push(...left.map(({ path, problem }) => `${path}: ${problem}`));
      db.close();
      const result = {
        ok: problems.length === 0,
        reports: reports.length,
        problems,
        ...(flags.repair ? { repaired: damaged.length - left.length } : {}),
        ...(mended ? { log: mended } : {}),
      };
      if (flags.json) printJson(result);
      else printLines(linesOf(result));
      if (!result.ok) process.exitCode = 1;
    });
}

/**
 * Cuts the database's log where it ceases to be whole. No server may have the folder meanwhile: one that runs has
 * its log in hand.
 */
function mendedLog({ dataFolder }: Config): ReturnType<typeof mendLog> {
  const path = databasePath(dataFolder);
  if (logFlawOf(path) === null) return null;
  const lock = lockDataFolder(dataFolder);
  try {
    return mendLog(path);
  } finally {
    lock.release();
  }
}

/** Repairs what can be repaired. Gives what cannot. */
async function repaired(config: Config, reports: ReadonlySet<PublishedReport>) {
  if (reports.size === 0) return [];
  const pdf = { pageSize: config.pageSize, brand: readBrand(config), fonts: await loadFonts() };
  const left = [];
  for (const report of reports) left.push(...(await repairArtefacts(config.dataFolder, report, pdf)));
  return left.map((file) => ({
    ...file,
    problem: `${file.problem}; it cannot be rebuilt here to the same bytes, so run the report again`,
  }));
}

type Result = {
  ok: boolean;
  reports: number;
  problems: string[];
  repaired?: number;
  log?: NonNullable<ReturnType<typeof mendLog>>;
};

function linesOf({ ok, reports, problems, repaired: count, log }: Result): string[] {
  return [
    ...(log
      ? [`changes that the database's log no longer held are gone; ${log.kept ?? "nothing"} was kept of it`]
      : []),
    ...problems,
    ...(count ? [`${count} files were rebuilt`] : []),
    ok ? `all is well: database and files of ${reports} reports` : `${problems.length} problems`,
  ];
}
