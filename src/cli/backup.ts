// nines backup
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { create } from "tar";
import { SetupError } from "../model/setupError.ts";
import { copyDatabase } from "../store/database/integrity.ts";
import { DATABASE_FILE } from "../store/database/open.ts";
import { makeBackupFolder, sweepBackupFolders } from "../store/files/leftovers.ts";
import { configOf, dataOption, jsonOption, openExisting } from "./options.ts";

/**
 * Writes database and reports into one .tar.gz while the server runs. The database is copied first, and
 * finished reports never change, so every file that the copy names is in the archive. The token secret is
 * not: keep it apart.
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
      const { dataFolder, ...config } = configOf(flags);
      const db = openExisting({ dataFolder, ...config });
      sweepBackupFolders(dataFolder);
      const { path: folder, remove } = makeBackupFolder(dataFolder);
      const part = `${target}.part`;
      try {
        copyDatabase(db, join(folder, DATABASE_FILE));
        const paths = [
          `${basename(folder)}/${DATABASE_FILE}`,
          ...(existsSync(join(dataFolder, "reports")) ? ["reports"] : []),
        ];
        await create(
          {
            file: part,
            cwd: dataFolder,
            gzip: true,
            mode: 0o600,
            filter: (path) => !path.endsWith(".part"),
            onWriteEntry: (entry) => {
              if (basename(entry.path) === DATABASE_FILE) entry.path = DATABASE_FILE;
            },
          },
          paths,
        );
        renameSync(part, target);
      } finally {
        rmSync(part, { force: true });
        remove();
        db.close();
      }
      const bytes = statSync(target).size;
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ file: target, bytes })}\n`
          : `${target}: ${bytes} bytes; unpack it into an empty data folder to restore it\n`,
      );
    });
}
