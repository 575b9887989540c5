// nines check
import { Command } from "commander";
import { loadFonts } from "../render/fonts.ts";
import { damagedFiles, type PublishedReport, repairArtefacts } from "../render/repairArtefacts.ts";
import { readBrand } from "../server/brand.ts";
import type { Config } from "../server/config.ts";
import { databaseProblems } from "../store/database/integrity.ts";
import { storeOf } from "../store/store.ts";
import { configOf, dataOption, jsonOption, openExisting } from "./options.ts";
import { printJson, printLines } from "./print.ts";

type CheckFlags = { data?: string; json?: boolean; repair?: boolean };

/** Checks the database and every artefact of a data folder; exits 1 when something is wrong. */
export function checkCommand(): Command {
  return new Command("check")
    .description("check the database and the files of all reports")
    .addOption(dataOption())
    .option("--repair", "rebuild damaged PDF and CSV files from the report's JSON, to the byte")
    .addOption(jsonOption())
    .action(async (flags: CheckFlags) => {
      const config = configOf(flags);
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
      };
      if (flags.json) printJson(result);
      else printLines(linesOf(result));
      if (!result.ok) process.exitCode = 1;
    });
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

function linesOf(result: { ok: boolean; reports: number; problems: string[]; repaired?: number }): string[] {
  const { ok, reports, problems, repaired: count } = result;
  return [
    ...problems,
    ...(count ? [`${count} files were rebuilt`] : []),
    ok ? `all is well: database and files of ${reports} reports` : `${problems.length} problems`,
  ];
}
