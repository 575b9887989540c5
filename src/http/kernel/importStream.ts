// What imports read: the request's stream, as NDJSON or CSV by its content type.
import { NinesError } from "../../model/errors.ts";
import { costOfBytes } from "../caller/costs.ts";
import { requireMediaType } from "./body.ts";
import type { Principal } from "./operation.ts";
import type { Services } from "./services.ts";

const STREAM_TYPES = ["application/x-ndjson", "text/csv", "application/ndjson", "application/jsonl"];

/** An import may be quiet for this long before its connection is cut, in seconds. */
const QUIET_S = 120;

/**
 * The format and the stream of an import request; keeps its connection open as long as something comes, and charges
 * its sender for what came.
 */
export function importStream(services: Services, request: Request, { charge }: Principal) {
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
  return { format: type === "text/csv" ? ("csv" as const) : ("ndjson" as const), body };
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
