// The one table of everything Nines can refuse, and the one error class that carries it.
// http/errors.ts turns these into answers; the command line prints their message.

export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "not_found_error"
  | "conflict_error"
  | "rate_limit_error"
  | "api_error";

type CodeEntry = { status: number; type: ErrorType; title: string; explanation: string };

const bad = (title: string, explanation: string, status = 400): CodeEntry => ({
  status,
  type: "invalid_request_error",
  title,
  explanation,
});

/** Every code with its HTTP status, type, and the text of its page under /docs/errors/{code}. */
export const ERROR_CODES = {
  parameter_missing: bad(
    "A required parameter is missing",
    "The request lacks a field or query parameter that the operation needs. `param` names it. Add it and send the request again.",
  ),
  parameter_unknown: bad(
    "A parameter is not known",
    "The request has a field or query parameter that the operation does not take. Nothing is ignored silently, so that a misspelt name cannot change a report. `param` names it.",
  ),
  parameter_invalid: bad(
    "A parameter has a wrong value",
    "A field or query parameter has the wrong type, form or range. `param` names it and the message says what would be right.",
  ),
  reference_not_found: bad(
    "A reference names nothing",
    "A field refers to another object by its id, and there is no such object in this workspace. `param` names the field.",
  ),
  invalid_date_range: bad(
    "The date range is not valid",
    "`from_date` and `to_date` must be real calendar dates in the form YYYY-MM-DD, `from_date` before `to_date`, both before tomorrow in the schedule's time zone, and at most 366 days long.",
  ),
  invalid_json: bad(
    "The body is not valid JSON",
    "The request's body must be one JSON value in UTF-8, and come in at most 4,096 parts. The message says where reading stopped.",
  ),
  unsupported_media_type: bad(
    "The content type is not supported",
    "Send `Content-Type: application/json` (imports also take `application/x-ndjson` and `text/csv`), and the body uncompressed.",
    415,
  ),
  body_too_large: bad(
    "The body is too large",
    "A request's body may hold at most 1 MiB. Large amounts of faults or sites go through the import operations, which read a stream of any length.",
    413,
  ),
  method_not_allowed: bad(
    "The method is not allowed here",
    "The path exists, but not with this method. The `Allow` header lists those that do.",
    405,
  ),
  precondition_failed: bad(
    "The object was changed since",
    "`If-Match` names an `ETag` that the object no longer has: somebody else changed it after you retrieved it. Nothing was changed. Retrieve it again, and make your change to what is there now.",
    412,
  ),
  range_not_satisfiable: bad(
    "The byte range lies outside the file",
    "The `Range` header asks for bytes that the file does not have. The `Content-Range` header of the answer says how long it is.",
    416,
  ),
  token_missing: {
    status: 401,
    type: "authentication_error",
    title: "No token was sent",
    explanation:
      "Send `Authorization: Bearer <token>`. `nines token --workspace NAME` on the server's machine makes one.",
  },
  token_invalid: {
    status: 401,
    type: "authentication_error",
    title: "The token is not valid",
    explanation:
      "The token is malformed, signed with another secret or algorithm, or lacks a claim that is needed (`sub`, `workspace`, `scope`, `exp`). Make a new one.",
  },
  token_expired: {
    status: 401,
    type: "authentication_error",
    title: "The token has expired",
    explanation: "The token's time is over. Make a new one with `nines token`.",
  },
  link_invalid: {
    status: 403,
    type: "permission_error",
    title: "The link is not valid",
    explanation:
      "The signed link was altered, has expired or was revoked, or its report was deleted. Ask for a new one.",
  },
  scope_missing: {
    status: 403,
    type: "permission_error",
    title: "The token lacks a scope",
    explanation:
      'The token is valid, but does not allow this operation. The message names the scope that is needed. Scopes are given when a token is made: `nines token --scope "sla:read sla:run"`.',
  },
  not_found: {
    status: 404,
    type: "not_found_error",
    title: "There is no such object",
    explanation:
      "No object with this id, or no page at this path, exists in the token's workspace. An id of another form names nothing either.",
  },
  already_exists: {
    status: 409,
    type: "conflict_error",
    title: "Such an object exists already",
    explanation:
      "A value that must be unique within the workspace, such as `external_id`, is taken. `param` names the field.",
  },
  in_use: {
    status: 409,
    type: "conflict_error",
    title: "The object is in use",
    explanation: "Other objects refer to this one. The message names them. Change or delete them first.",
  },
  idempotency_key_reused: {
    status: 409,
    type: "conflict_error",
    title: "The idempotency key was used for another request",
    explanation:
      "The same `Idempotency-Key` was sent within 24 hours with another schedule or body. Use a new key for a new request.",
  },
  report_not_ready: {
    status: 409,
    type: "conflict_error",
    title: "The report is not finished",
    explanation:
      "The report is queued or running, or it failed; or it is to be sent, and was made while the clock was ahead (`voided_at`). Look at its `status`; follow `status_url` or `/events` until it is completed.",
  },
  conflict: {
    status: 409,
    type: "conflict_error",
    title: "The state of the object does not allow this",
    explanation: "The operation does not fit the object as it is now. The message says why.",
  },
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many requests",
    explanation:
      "The token was used too often (`NINES_RATE_LIMIT` requests a minute; dear ones count as several: computing uptime by how much there is to compute, imports by bytes, exports by rows), or too many requests without a good token came from one address (60 a minute; good tokens are not held up by them). Nothing was changed. Try again after the time in `Retry-After`.",
  },
  too_many_queued_runs: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many runs are queued",
    explanation:
      "A workspace may have at most 1,000 reports waiting. Try again after the time in `Retry-After`.",
  },
  too_many_computations: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many computations wait",
    explanation:
      "Uptime is computed for few requests at a time; others wait for their turn, up to 16 of a workspace. Try again after the time in `Retry-After`, or ask for several sites at once.",
  },
  too_many_maintenance_windows: {
    status: 409,
    type: "conflict_error",
    title: "There are too many maintenance windows",
    explanation:
      "A workspace may have at most 1,000 maintenance windows, which name at most 100,000 sites in all. One window can be for many sites, by their ids or by their tags, and can recur. Delete those that are not needed; windows that are over still shape reports made later for their time.",
  },
  too_many_streams: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many streams are open",
    explanation:
      "A token may follow 50 reports and have 5 exports under way at a time, and all tokens together 500 and 20. Close streams that nobody reads, or try again after the time in `Retry-After`.",
  },
  too_many_unread_answers: {
    status: 429,
    type: "rate_limit_error",
    title: "Answers that were not read",
    explanation:
      "Large answers to this token are under way that nobody takes: 16 MiB or more. Nothing was changed. Read them, or close their connections, and try again after the time in `Retry-After`; smaller pages (`per_page`) help.",
  },
  too_many_tests: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many tests of notification groups",
    explanation:
      "A notification group is tested at most once a minute, and the groups of a workspace together at most ten times a minute: each test is a message to every address. Try again after the time in `Retry-After`.",
  },
  too_many_messages: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many messages were asked for",
    explanation:
      "A delivery that left within the last minute is not sent again. And a workspace may ask for 2,000 messages at once, which come back within an hour: tests, sending again and runs on demand, each counted with all its addresses. Reports of schedules do not count and are always delivered. Try again after the time in `Retry-After`.",
  },
  too_many_queued_deliveries: {
    status: 429,
    type: "rate_limit_error",
    title: "Too many messages are queued",
    explanation:
      "The workspace has 10,000 messages waiting. Until some have left, tests, sending again and runs on demand of schedules that name recipients are refused; reports of schedules are made and delivered all the same. Try again after the time in `Retry-After`.",
  },
  internal_error: {
    status: 500,
    type: "api_error",
    title: "Something went wrong inside Nines",
    explanation:
      "The request was understood, but could not be carried out. The server's log has the details under the `request_id`.",
  },
  artefact_damaged: {
    status: 500,
    type: "api_error",
    title: "A report's file is missing or damaged",
    explanation:
      "The file on disk does not match what was published, so it is not served. `nines check` lists such files; `nines check --repair` rebuilds PDF and CSV from the report's JSON.",
  },
  token_keys_unavailable: {
    status: 503,
    type: "api_error",
    title: "Tokens cannot be verified now",
    explanation:
      "The server verifies such tokens with keys of an identity provider (`NINES_JWKS_URL`), and cannot fetch them. The token may be good. Try again after the time in `Retry-After`.",
  },
  computation_unavailable: {
    status: 503,
    type: "api_error",
    title: "This cannot be computed now",
    explanation:
      "Too many computations wait, this one took longer than 30 seconds, or the server is shutting down. The message says which. Try again after the time in `Retry-After`, or ask for fewer days or sites.",
  },
  server_busy: {
    status: 503,
    type: "api_error",
    title: "Too many answers are not read",
    explanation:
      "Large answers that their readers do not take fill the memory that the server gives them (128 MiB). Nothing was changed. Try again after the time in `Retry-After`.",
  },
  server_stopping: {
    status: 503,
    type: "api_error",
    title: "The server is stopping",
    explanation:
      "The server was told to stop, and does not wait for what takes long. An import has stored the rows that the message counts; the whole file again completes it, and changes nothing twice. Try again after the time in `Retry-After`.",
  },
  storage_unavailable: {
    status: 503,
    type: "api_error",
    title: "The store cannot take this now",
    explanation:
      "The disk is full or the database is busy. Nothing was changed. Try again after the time in `Retry-After`.",
  },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorDetails = {
  /** One sentence a caller can act on: which field, what was wrong, what would be right. */
  message: string;
  /** The body field, query parameter or header that is at fault. */
  param?: string;
  /** Extra answer headers, such as Allow or Retry-After. */
  headers?: Record<string, string>;
};

/** A refusal with a code out of the table. Thrown from anywhere, answered in http/errors.ts. */
export class NinesError extends Error {
  override name = "NinesError";
  readonly reason: ErrorCode;
  readonly param: string | undefined;
  readonly headers: Record<string, string>;

  constructor(reason: ErrorCode, details: ErrorDetails) {
    super(details.message);
    this.reason = reason;
    this.param = details.param;
    this.headers = details.headers ?? {};
  }
}
