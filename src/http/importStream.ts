// What imports read: the request's stream, as NDJSON or CSV by its content type.
import { NinesError } from "../model/errors.ts";
import { requireMediaType } from "./body.ts";
import type { Services } from "./services.ts";

const STREAM_TYPES = ["application/x-ndjson", "text/csv", "application/ndjson", "application/jsonl"];

/** An import may be quiet for this long before its connection is cut, in seconds. */
const QUIET_S = 120;

/** The format and the stream of an import request; keeps its connection open while it is read. */
export function importStream(services: Services, request: Request) {
  const type = requireMediaType(request, STREAM_TYPES);
  services.keepOpen(request, QUIET_S);
  if (!request.body) {
    throw new NinesError("parameter_missing", {
      message: "The body is empty; send the rows as NDJSON or CSV.",
    });
  }
  return { format: type === "text/csv" ? ("csv" as const) : ("ndjson" as const), body: request.body };
}
