// The files of finished reports: DATA/reports/YYYY/MM/<id>.{json,pdf,csv}. Written beside, synced, renamed.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ARTEFACTS, type Artefact } from "../../model/report.ts";
import type { ArtefactFacts } from "../reports.ts";
import { syncPath } from "./sync.ts";

const TEMPORARY = ".part";

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
 * temporary name, synced and renamed, then the folder is synced: a file that has its name is whole.
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
    makeFolder(folder);
    writeSynced(path, contents[artefact]);
    facts[artefact] = { bytes: contents[artefact].byteLength, sha256: sha256(contents[artefact]) };
  }
  syncPath(folder);
  return facts;
}

/** Removes the files of a report, those that are there, also the unfinished ones. */
export function removeArtefacts(dataFolder: string, report: { id: string; createdAtMs: number }): void {
  for (const artefact of ARTEFACTS) {
    const path = artefactPath(dataFolder, report.id, report.createdAtMs, artefact);
    for (const file of [path, `${path}${TEMPORARY}`]) rmSync(file, { force: true });
  }
}

/**
 * Removes what a crash left: temporary files, and files of reports that `isKept` does not know. Must
 * not run while a report is being made. Gives the paths removed.
 */
export function sweepArtefacts(dataFolder: string, isKept: (reportId: string) => boolean): string[] {
  const root = join(dataFolder, "reports");
  if (!existsSync(root)) return [];
  const removed: string[] = [];
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const id = entry.name.split(".")[0] ?? "";
    if (!entry.name.endsWith(TEMPORARY) && isKept(id)) continue;
    const path = join(entry.parentPath, entry.name);
    rmSync(path, { force: true });
    removed.push(path);
  }
  return removed;
}

/** SHA-256 in hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Writes a file under a temporary name, syncs it and renames it into place. */
export function writeSynced(path: string, content: Uint8Array, mode = 0o600): void {
  const temporary = `${path}${TEMPORARY}`;
  const file = openSync(temporary, "w", mode);
  try {
    for (let offset = 0; offset < content.byteLength; ) offset += writeSync(file, content, offset);
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The new folder's own name must survive too: sync the year's folder and the root of reports.
  syncPath(dirname(folder));
  syncPath(dirname(dirname(folder)));
}
