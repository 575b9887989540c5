// Turns what was thrown into answers: the only place where a refusal gets its status and its shape.
import { type Static, Type } from "@sinclair/typebox";
import { ERROR_CODES, type ErrorCode, NinesError } from "../../model/errors.ts";
import type { Log } from "../../model/log.ts";
import { isStorageUnavailable } from "../../model/storageError.ts";

export const ErrorResponse = Type.Object(
  {
    type: Type.String({
      description: "A broad category for the error (e.g., 'invalid_request_error').",
      example: "invalid_request_error",
    }),
    code: Type.String({
      description: "A short, unique string identifying the specific error.",
      example: "parameter_missing",
    }),
    message: Type.String({
      description: "A human-readable description of what went wrong.",
      example: "The 'name' parameter is required for this request.",
    }),
    doc_url: Type.String({
      description: "A direct link to the documentation page for this specific error code.",
      example: "http://127.0.0.1:8080/docs/errors/parameter_missing",
    }),
    param: Type.Optional(
      Type.String({ description: "The field, query parameter or header at fault.", example: "name" }),
    ),
    request_id: Type.String({
      description: "Names the request in the server's log; also in the header `X-Request-Id`.",
      example: "req_2ayc4Yy6w3g7Y2j4g4g4Yy6w3g7",
    }),
  },
  { $id: "ErrorResponse", description: "What every refusal looks like." },
);
export type ErrorBody = Static<typeof ErrorResponse>;

export type ErrorContext = {
  requestId: string;
  baseUrl: string;
  log: Log;
};

/** The answer for anything thrown. Unknown errors are logged in full and answered without detail. */
export function errorResponse(thrown: unknown, context: ErrorContext): Response {
  const error = thrown instanceof NinesError ? thrown : unexpected(thrown, context);
  const { status, type } = ERROR_CODES[error.reason];
  const body: ErrorBody = {
    type,
    code: error.reason,
    message: error.message,
    doc_url: `${context.baseUrl}/docs/errors/${error.reason}`,
    request_id: context.requestId,
  };
  if (error.param !== undefined) body.param = error.param;
  const headers: Record<string, string> = { ...error.headers, "X-Request-Id": context.requestId };
  if (status === 401) headers["WWW-Authenticate"] = challenge(error.reason);
  return Response.json(body, { status, headers });
}

/** What a full disk, a locked database or a fault of ours becomes. */
function unexpected(thrown: unknown, context: ErrorContext): NinesError {
  const facts =
    thrown instanceof Error ? { reason: thrown.message, stack: thrown.stack } : { reason: String(thrown) };
  context.log("error", "request.failed", { requestId: context.requestId, ...facts });
  if (isStorageUnavailable(thrown)) {
    return new NinesError("storage_unavailable", {
      message:
        "The store cannot take this now (the disk is full or the database is busy); nothing was changed.",
      headers: { "Retry-After": "10" },
    });
  }
  return new NinesError("internal_error", {
    message: `Something went wrong inside Nines; the server's log has the details under ${context.requestId}.`,
  });
}

function challenge(code: ErrorCode): string {
  return code === "token_missing" ? 'Bearer realm="nines"' : 'Bearer realm="nines", error="invalid_token"';
}
