// What operations answer, as the OpenAPI document tells it: their own answers, and every refusal by status,
// with an example for each code.
import { ERROR_CODES, type ErrorCode } from "../../model/errors.ts";
import { ErrorResponse } from "../kernel/errors.ts";
import type { Mounted } from "../kernel/mounted.ts";
import type { AnswerDoc } from "../kernel/operation.ts";
import { documentedSchema } from "./schema.ts";

export type Json = Record<string, unknown>;

/** Refusals that any operation with a token can give. */
const WITH_TOKEN: readonly ErrorCode[] = [
  "token_missing",
  "token_invalid",
  "token_expired",
  "scope_missing",
  "rate_limited",
  "too_many_unread_answers",
  "token_keys_unavailable",
  "server_busy",
  "storage_unavailable",
];
const WITH_BODY: readonly ErrorCode[] = ["invalid_json", "unsupported_media_type", "body_too_large"];
/** Of any operation: an unknown query parameter, and a fault of ours. */
const ALWAYS: readonly ErrorCode[] = ["parameter_unknown", "internal_error"];

const text = (description: string, required = true): Json => ({
  description,
  required,
  schema: { type: "string" },
});

/** The headers of refusals, and the one that all answers have. */
export const REFUSAL_HEADERS: Readonly<Record<string, Json>> = {
  "X-Request-Id": text("Names the request in the server's log."),
  "WWW-Authenticate": text("The scheme: `Bearer`."),
  "Retry-After": text("Seconds after which it is worth another try."),
  "Retry-After-When-Useful": text(
    "Seconds after which it is worth another try; absent when waiting does not help.",
    false,
  ),
  RateLimit: text('How many requests are left, and seconds until there are more: `"token";r=0;t=2`.', false),
  "RateLimit-Policy": text(
    'How many may come at once, and in how many seconds again: `"token";q=600;w=10`.',
    false,
  ),
  "Content-Range": text("How many bytes the file has, as `bytes */COUNT`."),
};

/** Beside X-Request-Id: header name, and which of REFUSAL_HEADERS describes it. */
function headersOfRefusal(status: number, codes: readonly ErrorCode[]): Record<string, string> {
  if (status === 401) return { "WWW-Authenticate": "WWW-Authenticate" };
  if (status === 416) return { "Content-Range": "Content-Range" };
  const limits = codes.includes("rate_limited") ? ["RateLimit", "RateLimit-Policy"] : [];
  if (status === 429 || status === 503)
    return Object.fromEntries(["Retry-After", ...limits].map((name) => [name, name]));
  return codes.includes("report_not_ready") ? { "Retry-After": "Retry-After-When-Useful" } : {};
}

/** Every answer of an operation by its status. */
export function responsesOf(operation: Mounted, schemas: Json): Json {
  const answers = Object.entries(operation.answers).map(
    ([status, answer]) => [status, answerOf(answer, schemas)] as const,
  );
  const refusals = [...refusalsByStatus(operation)].map(
    ([status, codes]) => [status, refusalOf(operation, status, codes, schemas)] as const,
  );
  return Object.fromEntries([...answers, ...refusals]);
}

/** Every refusal of an operation, its own and those that come with a token, a body or a query, by status. */
export function refusalsByStatus(operation: Mounted): Map<number, ErrorCode[]> {
  const takesParameters = Object.keys(operation.query?.properties ?? {}).length > 0;
  const codes = new Set<ErrorCode>([
    ...operation.refusals,
    ...ALWAYS,
    ...(takesParameters ? (["parameter_invalid"] as const) : []),
    ...(operation.body ? WITH_BODY : []),
    ...(operation.scopes === "public" ? [] : WITH_TOKEN),
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

function answerOf(answer: AnswerDoc, schemas: Json): Json {
  const own = Object.entries(answer.headers ?? {}).map(([name, description]) => [name, text(description)]);
  return {
    description: answer.description,
    headers: { ...Object.fromEntries(own), ...requestId },
    ...contentOf(answer, schemas),
  };
}

const requestId = { "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" } };

function contentOf({ schema, contentType }: AnswerDoc, schemas: Json): Json {
  if (schema) return { content: { "application/json": { schema: documentedSchema(schema, schemas) } } };
  if (!contentType) return {};
  const isText = contentType.startsWith("text/");
  return {
    content: { [contentType]: { schema: { type: "string", ...(isText ? {} : { format: "binary" }) } } },
  };
}

function refusalOf(operation: Mounted, status: number, codes: readonly ErrorCode[], schemas: Json): Json {
  const lines = codes.map((code) => `- \`${code}\`: ${ERROR_CODES[code].title}.`);
  const named = Object.entries(headersOfRefusal(status, codes)).map(([name, component]) => [
    name,
    { $ref: `#/components/headers/${component}` },
  ]);
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: [operation.refusalTexts?.[status], lines.join("\n")].filter(Boolean).join("\n\n"),
    headers: { ...Object.fromEntries(named), ...requestId },
    content: {
      "application/json": {
        schema: documentedSchema(ErrorResponse, schemas),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** An example of each refusal. */
export function errorExamples(baseUrl: string): Json {
  const examples = Object.entries(ERROR_CODES).map(([code, { type, title }]) => [
    code,
    {
      summary: title,
      value: {
        type,
        code,
        message: `${title}.`,
        doc_url: `${baseUrl}/docs/errors/${code}`,
        request_id: ErrorResponse.properties.request_id["example"],
      },
    },
  ]);
  return Object.fromEntries(examples);
}
