// The files of finished reports: DATA/reports/YYYY/MM/<id>.{json,pdf,csv}. Written beside, synced, renamed.
import { createHash } from "node:crypto";
import { type Dirent, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ARTEFACTS, type Artefact } from "../../model/report.ts";
import type { ArtefactFacts } from "../reports.ts";
import { type FileBeside, TEMPORARY, writeBeside } from "./beside.ts";
import { syncPath } from "./sync.ts";

/** What lies beside the files of a report while it is made, under temporary names only: see render/writeReport.ts. */
const WORKING = ["sites", "digest"] as const;
type Working = (typeof WORKING)[number];

/** The names that files of reports have here, and their folders: of a year and a month. */
const OWN_FILE = new RegExp(
  `^(rpt_\\w+)\\.(?:(?:${ARTEFACTS.join("|")})(${RegExp.escape(TEMPORARY)})?|(?:${WORKING.join("|")})(${RegExp.escape(TEMPORARY)}))$`,
);
const OWN_FOLDERS = [/^\d{4}$/, /^\d{2}$/];

/** Where a file of a report made (asked for) at this instant lies, below the data folder. */
export function artefactPath(
  dataFolder: string,
  id: string,
  createdAtMs: number,
  artefact: Artefact | Working,
): string {
  const [year = "", month = ""] = new Date(createdAtMs).toISOString().split("-");
  return join(dataFolder, "reports", year, month, `${id}.${artefact}`);
}

/** The files of a report while it is made: those that are published, and those that it works with. */
export type ReportFiles = Record<Artefact | Working, FileBeside>;

/** Starts the files of a report beside their places in the data folder, which is made. */
export function startArtefacts(
  dataFolder: string,
  { id, createdAtMs }: { id: string; createdAtMs: number },
): ReportFiles {
  makeFolders(artefactPath(dataFolder, id, createdAtMs, "json"));
  return startFiles((name) => artefactPath(dataFolder, id, createdAtMs, name));
}

/** Starts the files of a report beside these places. */
export function startFiles(pathOf: (name: Artefact | Working) => string, mode?: number): ReportFiles {
  const files = {} as ReportFiles;
  try {
    for (const name of ARTEFACTS) files[name] = writeBeside(pathOf(name), mode);
    for (const name of WORKING) files[name] = writeBeside(pathOf(name), mode, false);
    return files;
  } catch (error) {
    discardFiles(files);
    throw error;
  }
}

/** Removes what has not been published. */
export function discardFiles(files: Partial<ReportFiles>): void {
  for (const file of Object.values(files)) file.discard();
}

/**
 * Puts the files of a report in place and gives their sizes and hashes. Each is synced and renamed, then the folder is
 * synced: a file that has its name is whole.
 */
export function publishArtefacts(files: Pick<ReportFiles, Artefact>): ArtefactFacts {
  const facts = {} as ArtefactFacts;
  for (const artefact of ARTEFACTS) {
    facts[artefact] = files[artefact].sync();
    files[artefact].publish();
  }
  syncPath(dirname(files.json.temporary));
  return facts;
}

/** Removes the files of a report, those that are there, also the unfinished ones; none that lie behind a link. */
export function removeArtefacts(dataFolder: string, report: { id: string; createdAtMs: number }): void {
  for (const name of [...ARTEFACTS, ...WORKING]) {
    const path = artefactPath(dataFolder, report.id, report.createdAtMs, name);
    if (isBehindLink(path)) return;
    for (const file of [path, `${path}${TEMPORARY}`]) rmSync(file, { force: true });
  }
}

/**
 * Removes what a crash left: temporary files, and files of reports that `isKept` does not know, of names that are
 * given here and in folders that are made here. Never goes through a link, be it `reports` itself: what lies behind
 * one may be another server's. Must not run while a report is being made. Gives the paths removed.
 */
export function sweepArtefacts(dataFolder: string, isKept: (reportId: string) => boolean): string[] {
  const root = join(dataFolder, "reports");
  if (!lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) return [];
  const removed: string[] = [];
  for (const path of ownFiles(root, OWN_FOLDERS)) {
    const [, id = "", ...temporary] = OWN_FILE.exec(basename(path)) ?? [];
    if (temporary.every((name) => name === undefined) && isKept(id)) continue;
    rmSync(path, { force: true });
    removed.push(path);
  }
  return removed;
}

/** Files with names of ours, in folders below one with the names given, level by level; nothing behind links. */
function ownFiles(folder: string, [name, ...deeper]: readonly RegExp[]): string[] {
  const isOwn = (entry: Dirent) =>
    name ? entry.isDirectory() && name.test(entry.name) : entry.isFile() && OWN_FILE.test(entry.name);
  const paths = readdirSync(folder, { withFileTypes: true })
    .filter(isOwn)
    .map((entry) => join(folder, entry.name));
  return name ? paths.flatMap((path) => ownFiles(path, deeper)) : paths;
}

/** SHA-256 in hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Whether a folder of a file of a report, its month's or its year's, is a link or no folder. The folder of all
 * reports may be a link: that is how it gets a disk of its own.
 */
export function isBehindLink(path: string): boolean {
  return foldersOf(path).some((folder) => isThere(folder) && !isOwnFolder(folder));
}

/** The folders of a file of a report below the one of all reports: of the year, of the month. */
const foldersOf = (path: string): string[] => [dirname(dirname(path)), dirname(path)];
const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
const isOwnFolder = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Makes the folders of a file, level by level. */
function makeFolders(path: string): void {
  mkdirSync(dirname(dirname(dirname(path))), { recursive: true, mode: 0o700 });
  for (const folder of foldersOf(path)) {
    if (isThere(folder)) {
      if (isOwnFolder(folder)) continue;
      throw new Error(
        `the folder of ${basename(folder)} below 'reports' is a link or no folder: nothing is written there`,
      );
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    syncPath(dirname(folder)); // the new folder's own name must survive too
  }
}
