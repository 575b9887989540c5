// Import of faults: NDJSON or CSV, of any length.
import type { ImportResult } from "../model/fault.ts";
import type { StoreContext } from "../store/database/context.ts";
import { type ImportedFault, storeFaults, withRareCheckpoints } from "../store/faultImport.ts";
import { aside, canStoreAside, type Lend } from "./aside.ts";
import { csvRows } from "./csv.ts";
import { checkFaultColumns, faultOfRow } from "./faultRow.ts";
import { type ImportProgress, importRows } from "./importRows.ts";
import { ndjsonRows } from "./ndjson.ts";

export type ImportOptions = {
  context: StoreContext;
  workspace: string;
  format: "ndjson" | "csv";
  body: ReadableStream<Uint8Array>;
  /** Called after each batch with what was read so far. */
  onProgress?: ImportProgress;
  /** Rows in one transaction; all are then stored on this thread. */
  batchRows?: number;
  /** Ends the import: what was read is stored, and it throws server_stopping. */
  shutdown?: AbortSignal;
  /** Waited for before each batch that is stored on this thread. */
  whenFree?: () => Promise<void>;
  /** Runs each transaction of another thread. */
  lend?: Lend;
};

/** So many rows are stored before a thread is started for the rest. */
const ROWS_HERE = 500;

/**
 * Stores the faults of a stream; rows that are wrong are refused one by one, with line and reason. The
 * same stream again changes nothing. Throws NinesError when a CSV's header is not that of faults, and
 * the stream's error when it breaks off: what was committed stays, and the whole file again completes it.
 */
export function importFaults({
  context,
  workspace,
  format,
  body,
  lend = (transaction) => transaction(),
  rowsHere = ROWS_HERE,
  ...rest
}: ImportOptions & { rowsHere?: number }): Promise<ImportResult> {
  const isAside = rest.batchRows === undefined && canStoreAside(context);
  const course = {
    blocks: format === "csv" ? csvRows(body, checkFaultColumns) : ndjsonRows(body),
    check: faultOfRow,
    storeBatch: (faults: ImportedFault[]) => storeFaults(context, workspace, faults),
    later: isAside ? { afterRows: rowsHere, place: () => aside(context, workspace, lend) } : undefined,
    ...rest,
  };
  return withRareCheckpoints(context, () => importRows(course));
}
