// What imports read: the request's stream, as NDJSON or CSV by its content type.
import type { ImportOptions } from "../../ingest/importFaults.ts";
import { NinesError } from "../../model/errors.ts";
import type { ImportResult } from "../../model/fault.ts";
import { COST_OF_PART, costOfBytes } from "../caller/costs.ts";
import type { Principal } from "../caller/principal.ts";
import { requireMediaType } from "./body.ts";
import { partsOf } from "./bodyParts.ts";
import { LONGEST_QUIET_S, stopping } from "./longCalls.ts";
import type { Services } from "./services.ts";

const STREAM_TYPES = ["application/x-ndjson", "text/csv", "application/ndjson", "application/jsonl"];

/** A batch waits for so long while another process writes: what came before it is stored, and so it is worth it. */
const BATCH_PATIENCE_MS = 30_000;

/** So many parts in a row may be smaller than a small row; parts that are larger make up for them. */
const TINY_PARTS = 4096;
const SMALL_ROW_BYTES = 32;

type Call = { services: Services; principal: Principal; request: Request };

/** Runs an import of what a request sends, into the workspace of who sends it. */
export function importBody(
  importRows: (options: ImportOptions) => Promise<ImportResult>,
  { services, principal, request }: Call,
): Promise<ImportResult> {
  const { context } = services.store;
  return importRows({
    context,
    workspace: principal.workspace,
    ...importStream(services, request, principal),
  });
}

/**
 * What an import works with: the format and the stream of its request, and what tells it to wait and to stop. Its connection
 * stays open as long as something comes, and its sender is charged for what came. Throws server_stopping when the
 * server stops already.
 */
export function importStream(services: Services, request: Request, { charge }: Principal) {
  if (services.shutdown.aborted) throw stopping("Nothing was read.");
  const type = requireMediaType(request, STREAM_TYPES);
  if (!request.body) {
    throw new NinesError("parameter_missing", {
      message: "The body is empty; send the rows as NDJSON or CSV.",
    });
  }
  const body = watched(request.body, {
    before: () => services.keepOpen(request, LONGEST_QUIET_S),
    after: (bytes) => charge(Math.max(costOfBytes(bytes), COST_OF_PART)),
  });
  return {
    format: type === "text/csv" ? ("csv" as const) : ("ndjson" as const),
    body,
    shutdown: services.shutdown,
    whenFree: () => services.store.writeLock.whenFree(BATCH_PATIENCE_MS),
    lend: <T>(transaction: () => Promise<T>, onWanted: () => void) =>
      services.store.writeLock.lend(transaction, { patienceMs: BATCH_PATIENCE_MS, onWanted }),
  };
}

function inTinyParts(): NinesError {
  return new NinesError("parameter_invalid", {
    message: `Of the stream, ${TINY_PARTS} parts came with less than ${SMALL_ROW_BYTES} bytes each; send it in chunks of some kilobytes. What was stored before stays.`,
    headers: { Connection: "close" },
  });
}

/**
 * The stream, with a call before each part of it (the runtime itself does not count small parts as activity), and after.
 * It breaks with parameter_invalid when its parts are smaller than any row.
 */
function watched(
  body: ReadableStream<Uint8Array>,
  { before, after }: { before: () => void; after: (bytes: number) => void },
): ReadableStream<Uint8Array> {
  const parts = partsOf(body);
  let patience = TINY_PARTS;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      before();
      const part = await parts.next();
      if (part === null) return controller.close();
      after(part.byteLength);
      patience = Math.min(TINY_PARTS, patience + part.byteLength / SMALL_ROW_BYTES - 1);
      if (patience >= 0) return controller.enqueue(part);
      void parts.cancel().catch(() => {});
      throw inTinyParts();
    },
    cancel: (reason) => parts.cancel(reason),
  });
}
