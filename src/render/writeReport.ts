// Writes the files of a report so that it is never in memory as a whole. Its figures stand before its sites in the JSON, and
// its groups do in what the digest is of, but both are known when all sites are. So the sites are written to two working
// files as they are computed, in either form, and these are copied behind what is before them. The PDF has its sites in
// another order: it reads those whose details it prints back from the JSON.
import type { Headline } from "../model/report.ts";
import { buildBySite } from "../report/build.ts";
import { csvHeader, csvRows, type RowContext } from "../report/csv.ts";
import { canonical, digestAround } from "../report/digest.ts";
import type { DocumentSite } from "../report/document.ts";
import { headlineOf } from "../report/headline.ts";
import { jsonAround, SITE_SEPARATOR, siteJson } from "../report/json.ts";
import type { Printed } from "../report/pdf/context.ts";
import { type PdfOptions, writePdf } from "../report/pdf/render.ts";
import { addToIndex, emptyIndex } from "../report/siteIndex.ts";
import type { ReportSource } from "../report/source.ts";
import type { ReportFiles } from "../store/files/artefacts.ts";
import { type FileBeside, readPart, readPieces } from "../store/files/beside.ts";
import type { ReportResult } from "../store/reports.ts";

/** Reads a report's source and hands it over within the state of the database that it is of. */
export type FromSource = <T>(use: (source: ReportSource) => T) => T;

export type ReportFigures = Omit<ReportResult, "artefacts" | "headline"> & { headline: Headline };

/** Which share of the whole each step takes, for the progress shown. */
const COMPUTED = 0.4;
const WRITTEN = 0.5;
const RENDERED = 0.95;

const SITES_A_PIECE_OF_CSV = 100;

/**
 * Computes a report and writes its files, all but their last step: they are neither synced nor in place. Without options
 * for a PDF there is none.
 */
export async function writeReport(
  fromSource: FromSource,
  files: ReportFiles,
  pdf: Omit<PdfOptions, "onProgress"> | null,
  onProgress: (fraction: number) => void,
): Promise<ReportFigures> {
  const { head, index, places } = fromSource((source) =>
    writeSites(source, files, (done) => onProgress(done * COMPUTED)),
  );
  const noteEach = function* (pieces: Iterable<Uint8Array>) {
    for (const piece of pieces) {
      onProgress(COMPUTED);
      yield piece;
    }
  };
  const digest = digestAround(head, noteEach(readPieces(files.digest.temporary)));
  files.digest.discard();
  const document = { ...head, digest };
  const { before, after } = jsonAround(document, index.lines.length);
  files.json.write(before);
  const sitesStart = files.json.position;
  for (const piece of noteEach(readPieces(files.sites.temporary))) files.json.write(piece);
  files.json.write(after);
  files.json.flush();
  files.sites.discard();
  const siteAt = siteReader(files.json.temporary, places, sitesStart);
  const onPage = (done: number) => onProgress(WRITTEN + done * (RENDERED - WRITTEN));
  if (pdf !== null) {
    const options = { ...pdf, onProgress: onPage };
    await writePdf({ head: document, index, siteAt }, options, files.pdf.write);
  }
  const { summary } = head;
  return {
    uptimePercentage: summary.uptime_percentage,
    siteCount: summary.site_count,
    breachedCount: summary.breached_count,
    headline: headlineOf(summary, index.lines),
  };
}

/** Where a site's JSON begins among those of all sites, and how long it is. */
type Place = { start: number; length: number };

function writeSites(
  source: ReportSource,
  files: Pick<ReportFiles, "sites" | "digest" | "csv">,
  onProgress: (fraction: number) => void,
) {
  const index = emptyIndex();
  const places: Place[] = [];
  const csv = csvWriter(files.csv);
  const onSite = (site: DocumentSite, context: RowContext) => {
    if (places.length > 0) {
      files.sites.write(SITE_SEPARATOR);
      files.digest.write(",");
    }
    const start = files.sites.position;
    files.sites.write(siteJson(site));
    places.push({ start, length: files.sites.position - start });
    files.digest.write(canonical(site));
    csv.add(site, context);
    addToIndex(index, site);
  };
  const head = buildBySite(source, onSite, onProgress);
  csv.end();
  files.sites.flush();
  files.digest.flush();
  return { head, index, places };
}

/** Writes rows many at a time: to begin with a row costs more than the row. */
function csvWriter(file: FileBeside) {
  file.write(csvHeader());
  let waiting: DocumentSite[] = [];
  let context: RowContext | null = null;
  const end = () => {
    if (context !== null) file.write(csvRows(waiting, context));
    waiting = [];
  };
  return {
    add: (site: DocumentSite, of: RowContext) => {
      context = of;
      // A row says how many incidents there are, and nothing of faults.
      waiting.push({ ...site, faults: [] });
      if (waiting.length === SITES_A_PIECE_OF_CSV) end();
    },
    end,
  };
}

function siteReader(json: string, places: readonly Place[], sitesStart: number): Printed["siteAt"] {
  const decoder = new TextDecoder();
  return (position) => {
    const { start, length } = places[position] as Place;
    return JSON.parse(decoder.decode(readPart(json, sitesStart + start, length))) as DocumentSite;
  };
}
