// Rebuilds damaged files of a report from its document: what is put in place is, to the byte, what was published.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ARTEFACTS, type Artefact } from "../model/report.ts";
import { messageOf } from "../model/thrown.ts";
import { renderCsv } from "../report/csv.ts";
import type { ReportDocument } from "../report/document.ts";
import { type PdfOptions, renderPdf } from "../report/pdf/render.ts";
import { artefactPath, isBehindLink, sha256 } from "../store/files/artefacts.ts";
import { writeSynced } from "../store/files/beside.ts";
import { syncPath } from "../store/files/sync.ts";
import type { ArtefactFacts } from "../store/reports.ts";

export type PublishedReport = { id: string; createdAtMs: number; artefacts: ArtefactFacts };
export type DamagedFile = { artefact: Artefact; path: string; problem: string };

/** The files of a report that are not what was published. */
export function damagedFiles(dataFolder: string, report: PublishedReport): DamagedFile[] {
  return ARTEFACTS.flatMap((artefact) => {
    const path = artefactPath(dataFolder, report.id, report.createdAtMs, artefact);
    const problem = problemOf(path, report.artefacts[artefact].sha256);
    return problem === null ? [] : [{ artefact, path, problem }];
  });
}

const encoder = new TextEncoder();

function problemOf(path: string, expected: string): string | null {
  if (isBehindLink(path)) return "behind a link";
  try {
    const isIntact = sha256(new Uint8Array(readFileSync(path))) === expected;
    return isIntact ? null : "damaged: its hash is not the one published";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "missing";
    return `cannot be read: ${messageOf(error)}`;
  }
}

/**
 * Renders the damaged files of a report again from its JSON and puts those in place that are what was published.
 * Gives the files that stay damaged, with the reason: the JSON itself is damaged, or the report was made by
 * another version of Nines, in another paper size or brand.
 */
export async function repairArtefacts(
  dataFolder: string,
  report: PublishedReport,
  pdf: Omit<PdfOptions, "onProgress">,
): Promise<DamagedFile[]> {
  const damaged = damagedFiles(dataFolder, report);
  if (damaged.length === 0 || damaged.some(({ artefact }) => artefact === "json")) return damaged;
  const json = readFileSync(artefactPath(dataFolder, report.id, report.createdAtMs, "json"), "utf8");
  const document = JSON.parse(json) as ReportDocument;
  const rendered = {
    json: encoder.encode(json),
    pdf: await renderPdf(document, pdf),
    csv: encoder.encode(renderCsv(document)),
  };
  return damaged.filter(({ artefact, path }) => {
    if (sha256(rendered[artefact]) !== report.artefacts[artefact].sha256) return true;
    writeSynced(path, rendered[artefact]);
    syncPath(dirname(path));
    return false;
  });
}
