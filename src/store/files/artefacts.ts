// The files of finished reports: DATA/reports/YYYY/MM/<id>.{json,pdf,csv}. Written beside, synced, renamed.
import { createHash } from "node:crypto";
import { type Dirent, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ARTEFACTS, type Artefact } from "../../model/report.ts";
import type { ArtefactFacts } from "../reports.ts";
import { TEMPORARY, writeSynced } from "./beside.ts";
import { syncPath } from "./sync.ts";

/** The names that files of reports have here, and their folders: of a year and a month. */
const OWN_FILE = new RegExp(`^(rpt_\\w+)\\.(?:${ARTEFACTS.join("|")})(${RegExp.escape(TEMPORARY)})?$`);
const OWN_FOLDERS = [/^\d{4}$/, /^\d{2}$/];

/** Where a file of a report made (asked for) at this instant lies, below the data folder. */
export function artefactPath(
  dataFolder: string,
  id: string,
  createdAtMs: number,
  artefact: Artefact,
): string {
  const [year = "", month = ""] = new Date(createdAtMs).toISOString().split("-");
  return join(dataFolder, "reports", year, month, `${id}.${artefact}`);
}

/**
 * Puts all files of a report in place and gives their sizes and hashes. Each is written under a
 * temporary name, synced and renamed, then the folder is synced: a file that has its name is whole. Throws when a
 * folder is a link: what lies behind it may be anybody's.
 */
export function publishArtefacts(
  dataFolder: string,
  report: { id: string; createdAtMs: number },
  contents: Record<Artefact, Uint8Array>,
): ArtefactFacts {
  const facts = {} as ArtefactFacts;
  let folder = "";
  for (const artefact of ARTEFACTS) {
    const path = artefactPath(dataFolder, report.id, report.createdAtMs, artefact);
    folder = dirname(path);
    makeFolders(path);
    writeSynced(path, contents[artefact]);
    facts[artefact] = { bytes: contents[artefact].byteLength, sha256: sha256(contents[artefact]) };
  }
  syncPath(folder);
  return facts;
}

/** Removes the files of a report, those that are there, also the unfinished ones; none that lie behind a link. */
export function removeArtefacts(dataFolder: string, report: { id: string; createdAtMs: number }): void {
  for (const artefact of ARTEFACTS) {
    const path = artefactPath(dataFolder, report.id, report.createdAtMs, artefact);
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
    const [, id = "", temporary] = OWN_FILE.exec(basename(path)) ?? [];
    if (temporary === undefined && isKept(id)) continue;
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
