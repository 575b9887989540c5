// nines check
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { ARTEFACTS } from "../model/report.ts";
import { artefactPath, sha256 } from "../store/artefacts.ts";
import { databaseProblems } from "../store/integrity.ts";
import { storeOf } from "../store/store.ts";
import { configOf, dataOption, jsonOption, openExisting } from "./options.ts";

/** Checks the database and every artefact of a data folder; exits 1 when something is wrong. */
export function checkCommand(): Command {
  return new Command("check")
    .description("check the database and the files of all reports")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((flags: { data?: string; json?: boolean }) => {
      const config = configOf(flags);
      const db = openExisting(config);
      const store = storeOf(db, Date.now, () => "");
      const problems = databaseProblems(db);
      const reports = store.reports.completedFiles();
      for (const report of reports) {
        for (const artefact of ARTEFACTS) {
          const path = artefactPath(config.dataFolder, report.id, report.createdAtMs, artefact);
          const problem = fileProblem(path, report.artefacts[artefact].sha256);
          if (problem) problems.push(`${path}: ${problem}`);
        }
      }
      db.close();
      const result = { ok: problems.length === 0, reports: reports.length, problems };
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(result)}\n`
          : [
              ...problems,
              result.ok
                ? `all is well: database and files of ${reports.length} reports`
                : `${problems.length} problems`,
              "",
            ].join("\n"),
      );
      if (!result.ok) process.exitCode = 1;
    });
}

function fileProblem(path: string, expected: string): string | null {
  try {
    return sha256(new Uint8Array(readFileSync(path))) === expected
      ? null
      : "damaged: its hash is not the one published";
  } catch {
    return "missing";
  }
}
