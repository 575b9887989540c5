// Export of faults as CSV, in the columns that an import takes back.
import { formatInstant } from "../model/formats.ts";
import { csvOf } from "../report/spreadsheetCells.ts";
import type { FaultCursor, FaultFilter } from "../store/faultList.ts";
import type { FaultRow } from "../store/faultRows.ts";
import type { FaultStore } from "../store/faults.ts";

/** As much as lies in memory while a reader takes it: with the longest texts, 3 MB. */
const PAGE_ROWS = 200;

export const EXPORT_COLUMNS = [
  "id",
  "site_id",
  "resource_id",
  "type",
  "severity",
  "status",
  "cause",
  "message",
  "created_at",
  "resolved_at",
  "external_id",
] as const;

export type ExportOptions = { onRows?: (rows: number) => void; closed?: () => void };

/**
 * The faults of a filter as a CSV stream, newest start first. A page is read when the receiver takes it,
 * so the length of the export does not matter; faults that come in meanwhile shift nothing. `onRows` is told of each
 * page's rows, and `closed` once, when it is over.
 */
export function exportFaults(
  faults: Pick<FaultStore, "rowsAfter">,
  workspace: string,
  filter: FaultFilter,
  { onRows = () => {}, closed = () => {} }: ExportOptions = {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after: FaultCursor | null = null;
  let head = `${EXPORT_COLUMNS.join(",")}\n`;
  const nextPage = (controller: ReadableStreamDefaultController) => {
    const rows = faults.rowsAfter(workspace, filter, { after, limit: PAGE_ROWS });
    onRows(rows.length);
    const last = rows.at(-1);
    if (last) after = { startedAtMs: last.started_at_ms, seq: last.seq };
    const text = head + faultCsv(rows);
    head = "";
    if (text !== "") controller.enqueue(encoder.encode(text));
    if (rows.length === PAGE_ROWS) return;
    closed();
    controller.close();
  };
  return new ReadableStream(
    {
      pull(controller) {
        try {
          nextPage(controller);
        } catch (error) {
          closed();
          throw error;
        }
      },
      cancel: closed,
    },
    { highWaterMark: 0 },
  );
}

/** Lines of CSV without a header. Texts are as no spreadsheet computes or splits them; see report/spreadsheetCells.ts. */
export function faultCsv(rows: readonly FaultRow[]): string {
  return csvOf(rows.map(cellsOf), "unix");
}

function cellsOf(row: FaultRow): (string | null)[] {
  const isResolved = row.resolved_at_ms !== null;
  const cells: Record<(typeof EXPORT_COLUMNS)[number], string | null> = {
    id: row.id,
    site_id: row.site_id,
    resource_id: row.link_id,
    type: row.type,
    severity: row.severity,
    status: isResolved ? "resolved" : "unresolved",
    cause: row.cause,
    message: row.message,
    created_at: formatInstant(row.started_at_ms),
    resolved_at: isResolved ? formatInstant(row.resolved_at_ms as number) : null,
    external_id: row.external_id,
  };
  return EXPORT_COLUMNS.map((column) => cells[column]);
}
