// nines backup
import { existsSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { ARTEFACTS } from "../model/report.ts";
import { SetupError } from "../model/setupError.ts";
import { copyDatabase } from "../store/database/integrity.ts";
import { DATABASE_FILE, type Database } from "../store/database/open.ts";
import { forgetInCopy, isReportThere, reportsInCopy } from "../store/databaseCopy.ts";
import { type Archived, archiveInto, type Found, readArchive } from "../store/files/archive.ts";
import { artefactPath, isBehindLink } from "../store/files/artefacts.ts";
import { openBeside } from "../store/files/beside.ts";
import { makeBackupFolder, sweepBackupFolders } from "../store/files/leftovers.ts";
import { configOf, dataOption, jsonOption, openExisting } from "./options.ts";
import { printJson, printLines } from "./print.ts";

type Report = ReturnType<typeof reportsInCopy>[number];

/**
 * Writes database and reports into one .tar.gz while the server runs. The database is copied first; the files are
 * those that the copy names, wherever the folder of reports lies, but none behind a link in it. Then the archive is read again and compared with
 * what the copy says of them. The token secret is not in it: keep it apart.
 */
export function backupCommand(): Command {
  return new Command("backup")
    .description("write database and reports into a .tar.gz; a server may run meanwhile")
    .argument("<file>", "the archive to make")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (file: string, flags: { data?: string; json?: boolean }) => {
      const target = resolve(file);
      if (existsSync(target)) throw new SetupError(`${target} exists already; it is not overwritten`);
      const config = configOf(flags);
      const db = openExisting(config);
      const dataFolder = realpathSync(config.dataFolder);
      sweepBackupFolders(dataFolder);
      const { path: folder, remove } = makeBackupFolder(dataFolder);
      try {
        const copy = join(folder, DATABASE_FILE);
        copyDatabase(db, copy);
        const result = await archive({ db, copy, dataFolder, target });
        if (flags.json) printJson(result);
        else printLines(linesOf(result));
        if (result.problems.length > 0) process.exitCode = 1;
      } finally {
        remove();
        db.close();
      }
    });
}

type Places = { db: Database; copy: string; dataFolder: string; target: string };
type Result = { file: string; bytes: number; reports: number; problems: string[] };

/** Makes the archive and compares it. Gives what is wrong with it beside what it is. */
export async function archive({ db, copy, dataFolder, target }: Places): Promise<Result> {
  const { file, temporary } = openBeside(target, 0o600);
  try {
    const writing = archiveInto(file);
    const reports = reportsInCopy(copy);
    const deleted: string[] = [];
    for (const report of reports) {
      let isWhole = true;
      for (const { name, path } of filesOf(dataFolder, report))
        isWhole = !isBehindLink(path) && (await writing.addFile(name, path)) && isWhole;
      if (!isWhole && !isReportThere(db, report.id)) deleted.push(report.id);
    }
    forgetInCopy(copy, deleted);
    await writing.addLargeFile(DATABASE_FILE, copy);
    await writing.end();
    const kept = reports.filter(({ id }) => !deleted.includes(id));
    const problems = differences(
      kept.flatMap((report) => filesOf(dataFolder, report)),
      await readArchive(temporary),
    );
    renameSync(temporary, target);
    return { file: target, bytes: statSync(target).size, reports: kept.length, problems };
  } finally {
    rmSync(temporary, { force: true });
  }
}

function filesOf(dataFolder: string, { id, createdAtMs, artefacts }: Report): Archived[] {
  return ARTEFACTS.map((artefact) => {
    const name = artefactPath("", id, createdAtMs, artefact);
    return { name, path: join(dataFolder, name), ...artefacts[artefact] };
  });
}

/** What an archive lacks, or has otherwise than it was published. */
function differences(wanted: readonly Archived[], found: ReadonlyMap<string, Found>): string[] {
  const problems = wanted.flatMap(({ name, bytes, sha256 }) => {
    const entry = found.get(name);
    if (!entry) return [`${name}: missing`];
    return entry.bytes === bytes && entry.sha256 === sha256 ? [] : [`${name}: is not what was published`];
  });
  return found.has(DATABASE_FILE) ? problems : [`${DATABASE_FILE}: missing`, ...problems];
}

function linesOf({ file, bytes, reports, problems }: Result): string[] {
  if (problems.length === 0)
    return [
      `${file}: ${bytes} bytes, database and files of ${reports} reports, compared; unpack it into an empty data folder to restore it`,
    ];
  return [
    `${file}: NOT COMPLETE, ${problems.length} files are not in it as they were published ('nines check --repair' can mend some of them)`,
    ...problems.map((problem) => `  ${problem}`),
  ];
}
