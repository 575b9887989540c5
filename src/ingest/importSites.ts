// Import of sites: NDJSON or CSV, of any length.
import type { ImportResult } from "../model/fault.ts";
import type { SiteInput } from "../model/site.ts";
import { storeSites } from "../store/siteImport.ts";
import { csvRows } from "./csv.ts";
import type { ImportOptions } from "./importFaults.ts";
import { importRows } from "./importRows.ts";
import { ndjsonRows } from "./ndjson.ts";
import { checkSiteColumns, siteOfCsvRow, siteOfRow } from "./siteRow.ts";

/**
 * Stores the sites of a stream; rows that are wrong are refused one by one, with line and reason. The
 * same stream again changes nothing. Throws NinesError when a CSV's header is not that of sites, and
 * the stream's error when it breaks off: what was committed stays, and the whole file again completes it.
 */
export function importSites({
  context,
  workspace,
  format,
  body,
  lend: _,
  ...rest
}: ImportOptions): Promise<ImportResult> {
  const isCsv = format === "csv";
  return importRows({
    blocks: isCsv ? csvRows(body, checkSiteColumns) : ndjsonRows(body),
    check: isCsv ? siteOfCsvRow : siteOfRow,
    storeBatch: (sites: SiteInput[]) => storeSites(context, workspace, sites),
    ...rest,
  });
}
