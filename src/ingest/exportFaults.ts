// Export of faults as CSV, in the columns that an import takes back.
import { formatInstant } from "../model/formats.ts";
import { csvOf } from "../report/spreadsheetCells.ts";
import type { FaultCursor, FaultFilter } from "../store/faultList.ts";
import type { FaultRow } from "../store/faultRows.ts";
import type { FaultStore } from "../store/faults.ts";

const PAGE_ROWS = 1_000;

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

/**
 * The faults of a filter as a CSV stream, newest start first. A page is read when the receiver takes it,
 * so the length of the export does not matter; faults that come in meanwhile shift nothing.
 */
export function exportFaults(
  faults: Pick<FaultStore, "rowsAfter">,
  workspace: string,
  filter: FaultFilter,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after: FaultCursor | null = null;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(`${EXPORT_COLUMNS.join(",")}\n`));
    },
    pull(controller) {
      const rows = faults.rowsAfter(workspace, filter, { after, limit: PAGE_ROWS });
      const last = rows.at(-1);
      if (last) {
        after = { startedAtMs: last.started_at_ms, seq: last.seq };
        controller.enqueue(encoder.encode(faultCsv(rows)));
      }
      if (rows.length < PAGE_ROWS) controller.close();
    },
  });
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
