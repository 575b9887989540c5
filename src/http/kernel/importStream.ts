// What imports read: the request's stream, as NDJSON or CSV by its content type.
import { NinesError } from "../../model/errors.ts";
import { costOfBytes } from "../caller/costs.ts";
import { requireMediaType } from "./body.ts";
import type { Principal } from "./operation.ts";
import type { Services } from "./services.ts";

const STREAM_TYPES = ["application/x-ndjson", "text/csv", "application/ndjson", "application/jsonl"];

/** An import may be quiet for this long before its connection is cut, in seconds. */
const QUIET_S = 120;

/** A batch waits for so long while another process writes: what came before it is stored, and so it is worth it. */
const BATCH_PATIENCE_MS = 30_000;

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
    before: () => services.keepOpen(request, QUIET_S),
    after: (bytes) => charge(costOfBytes(bytes)),
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

/** The refusal of what takes long while the server stops. */
export function stopping(done: string): NinesError {
  return new NinesError("server_stopping", {
    message: `The server is stopping. ${done} Send the request again when it is back.`,
    headers: { "Retry-After": "10" },
  });
}

/** The stream, with a call before each part of it (the runtime itself does not count small parts as activity), and after. */
function watched(
  body: ReadableStream<Uint8Array>,
  { before, after }: { before: () => void; after: (bytes: number) => void },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      before();
      const { done, value } = await reader.read();
      if (done) return controller.close();
      after(value.byteLength);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
