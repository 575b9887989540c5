// Turns what was thrown into answers: the only place where a refusal gets its status and its shape.
import { ERROR_CODES, type ErrorCode, NinesError } from "../model/errors.ts";

export type ErrorBody = {
  type: string;
  code: string;
  message: string;
  doc_url: string;
  param?: string;
  request_id: string;
};

export type ErrorContext = {
  requestId: string;
  baseUrl: string;
  log: (level: "error" | "warn", event: string, facts: Record<string, unknown>) => void;
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
  const sqlite = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (/^SQLITE_(FULL|BUSY|IOERR|READONLY|CANTOPEN)|^ENOSPC$|^EDQUOT$/.test(sqlite)) {
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
