// Export of faults as CSV, in the columns that an import takes back.
import { formatInstant } from "../model/formats.ts";
import { othersTurn } from "../model/othersTurn.ts";
import { csvOf } from "../report/spreadsheetCells.ts";
import type { FaultRow } from "../store/faultRows.ts";
import type { FaultStore } from "../store/faults.ts";
import type { FaultCursor, FaultFilter } from "../store/faultWalk.ts";

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

export type ExportOptions = { onRows?: (rows: number, looked: number) => void; closed?: () => void };

/**
 * The faults of a filter as a CSV stream, newest start first. A page is read when the receiver takes it,
 * so the length of the export does not matter; faults that come in meanwhile shift nothing. `onRows` is told
 * how many rows were found and how many looked at, and `closed` once, when it is over.
 */
export function exportFaults(
  faults: Pick<FaultStore, "lookFor">,
  workspace: string,
  filter: FaultFilter,
  { onRows = () => {}, closed = () => {} }: ExportOptions = {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after: FaultCursor | null = null;
  let isCancelled = false;
  let head = `${EXPORT_COLUMNS.join(",")}\n`;
  const nextPage = async (controller: ReadableStreamDefaultController) => {
    const found = faults.lookFor(workspace, filter, { after, limit: PAGE_ROWS });
    onRows(found.rows.length, found.looked);
    after = found.next;
    const text = head + faultCsv(found.rows);
    head = "";
    if (text !== "") controller.enqueue(encoder.encode(text));
    if (found.next === null) {
      closed();
      controller.close();
    } else if (text === "") {
      await othersTurn();
      if (!isCancelled) await nextPage(controller);
    }
  };
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          await nextPage(controller);
        } catch (error) {
          closed();
          throw error;
        }
      },
      cancel() {
        isCancelled = true;
        closed();
      },
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
