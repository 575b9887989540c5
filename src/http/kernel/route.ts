// A route as data: what it needs, what it answers, who may call it. The server, the OpenAPI document and
// the tests all read the same list of these, so that none of them can say something else.
import type { Static, TObject, TSchema } from "@sinclair/typebox";
import type { ErrorCode } from "../../model/errors.ts";

export const SCOPES = ["sla:read", "sla:write", "sla:run", "fault:read", "fault:write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who sends a request: out of a verified token. */
export type Principal = { subject: string; workspace: string; scopes: ReadonlySet<string> };

export type Call<Q, B> = {
  request: Request;
  /** Never absent on routes with scopes; routes without are called without a token. */
  principal: Principal;
  /** Path parameters, decoded. */
  params: Record<string, string>;
  query: Q;
  body: B;
  requestId: string;
};

export type AnswerDoc = {
  description: string;
  /** Of a JSON body; absent for answers with another body or none. */
  schema?: TSchema;
  /** Of a body that is no JSON, or that has no schema. */
  contentType?: string;
  /** Headers that the answer always has, with what they say. */
  headers?: Record<string, string>;
};

export type Route<Q extends TObject = TObject, B extends TSchema = TSchema> = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in OpenAPI: /things/{id}. */
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  /** One of these is needed (admin always does); "public" needs no token. */
  scopes: readonly Scope[] | "public";
  /** "itself": the handler checks the token, because something else may stand in for it. */
  authenticates?: "itself";
  query?: Q;
  body?: B;
  bodyDescription?: string;
  /** The body may be left out: it counts as {}. */
  bodyOptional?: boolean;
  /** What a field with a wrong value is refused with, instead of parameter_invalid. */
  invalidCode?: ErrorCode;
  /** Fields of answers that are ignored when they are sent back. */
  readOnly?: readonly string[];
  /** The handler reads the request's stream itself; the content types it takes, each with an example. */
  streams?: Readonly<Record<string, string>>;
  /** Request headers it looks at, with what they do. */
  headers?: Record<string, { description: string; schema: TSchema }>;
  answers: Record<number, AnswerDoc>;
  /** Codes of the table this operation refuses with, besides those every operation can. */
  refusals: readonly ErrorCode[];
  /** What a status of refusals means here in a sentence, where the codes do not say it well enough. */
  refusalTexts?: Readonly<Record<number, string>>;
  handle: (call: Call<Static<Q>, Static<B>>) => Response | Promise<Response>;
};

/** Declares a route; the query and body types follow from the schemas. */
export function route<Q extends TObject, B extends TSchema>(definition: Route<Q, B>): Route {
  return definition as unknown as Route;
}

/** The workspace of a call's principal. */
export function workspaceOf(call: { principal: Principal }): string {
  return call.principal.workspace;
}
