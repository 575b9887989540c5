// The OpenAPI 3.0.3 document, made of the routes and of the schemas that check them.
import { Kind, type TObject, type TSchema, Type } from "@sinclair/typebox";
import { ERROR_CODES, type ErrorCode } from "../model/errors.ts";
import { idPattern } from "../model/ids.ts";
import { documentedSchema } from "./openapiSchema.ts";
import type { AnswerDoc, Route } from "./route.ts";

const ErrorResponse = Type.Object(
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
    }),
    param: Type.Optional(Type.String({ description: "The field, parameter or header at fault." })),
    request_id: Type.Optional(Type.String({ description: "Names the request in the server's log." })),
  },
  { $id: "ErrorResponse" },
);

/** Refusals that any operation with a token can give. */
const WITH_TOKEN: readonly ErrorCode[] = ["token_missing", "token_invalid", "token_expired", "scope_missing"];
const WITH_BODY: readonly ErrorCode[] = [
  "parameter_unknown",
  "invalid_json",
  "unsupported_media_type",
  "body_too_large",
];
const ALWAYS: readonly ErrorCode[] = ["internal_error", "storage_unavailable"];

type Json = Record<string, unknown>;

/** The whole document. `baseUrl` is where the server is reached. */
export function openApiDocument(routes: readonly Route[], baseUrl: string, version: string): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  documentedSchema(ErrorResponse, schemas);
  for (const route of routes) {
    const item = paths[route.path] ?? {};
    paths[route.path] = item;
    item[route.method.toLowerCase()] = operationOf(route, schemas);
  }
  return {
    openapi: "3.0.3",
    info: {
      title: "Nines SLA Reports API",
      version,
      description:
        "Outage records go in, uptime reports (PDF, JSON, CSV) come out. An independent, self-hosted implementation of an SLA-reports API.",
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: baseUrl }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        BearerAuth: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "Enter your authentication token.",
        },
      },
    },
  };
}

function operationOf(route: Route, schemas: Json): Json {
  const operation: Json = {
    tags: [route.tag],
    summary: route.summary,
    operationId: route.operationId,
    parameters: parametersOf(route, schemas),
    responses: responsesOf(route, schemas),
    security: route.scopes === "public" ? [] : [{ BearerAuth: [] }],
  };
  if (route.authenticates === "itself") operation["security"] = [{ BearerAuth: [] }, {}];
  const scopes =
    route.scopes === "public"
      ? ""
      : `Needs the scope ${route.scopes.map((scope) => `\`${scope}\``).join(" or ")}.`;
  operation["description"] = [route.description, scopes].filter(Boolean).join("\n\n") || route.summary;
  const body = requestBodyOf(route, schemas);
  if (body) operation["requestBody"] = body;
  return operation;
}

function requestBodyOf(route: Route, schemas: Json): Json | null {
  if (route.streams) {
    const content = Object.fromEntries(route.streams.map((type) => [type, { schema: { type: "string" } }]));
    return { required: true, content };
  }
  if (!route.body) return null;
  return {
    required: !route.bodyOptional,
    content: { "application/json": { schema: documentedSchema(route.body, schemas) } },
  };
}

function parametersOf(route: Route, schemas: Json): Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    ...pathParameter(route, name),
  }));
  const query = route.query as TObject | undefined;
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: query?.required?.includes(name) ?? false,
    ...(schema.description ? { description: schema.description } : {}),
    schema: documentedSchema(schema, schemas),
    ...(schema[Kind] === "Array" ? { style: "form", explode: true } : {}),
  }));
  const inHeader = Object.entries(route.headers ?? {}).map(([name, { description, schema }]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: documentedSchema(schema, schemas),
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

const PATH_IDS = [
  [
    "/reports/sla/schedules/",
    "schedule",
    "The unique identifier for the SLA report schedule to run, prefixed with `sla_`.",
  ],
  ["/reports/sla/reports/", "report", "The report's id, prefixed with `rpt_`."],
  ["/fault/", "fault", "The fault's id, prefixed with `flt_`."],
  ["/sites/", "site", "The site's id, prefixed with `site_`."],
  ["/business-hours/", "businessHours", "The id of the hours, prefixed with `bh_`."],
  ["/maintenance-windows/", "maintenanceWindow", "The window's id, prefixed with `mw_`."],
] as const;

function pathParameter(route: Route, name: string): Json {
  const known = PATH_IDS.find(([prefix]) => route.path.startsWith(`${prefix}{${name}}`));
  if (!known) return { schema: { type: "string" } };
  const [, kind, description] = known;
  return {
    description:
      kind === "schedule" && !route.path.endsWith("/run")
        ? "The schedule's id, prefixed with `sla_`."
        : description,
    schema: { type: "string", pattern: idPattern(kind) },
  };
}

function responsesOf(route: Route, schemas: Json): Json {
  const responses: Json = {};
  for (const [status, answer] of Object.entries(route.answers))
    responses[status] = responseOf(answer, schemas);
  for (const [status, codes] of refusalsByStatus(route)) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join("\n\n"),
      content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorResponse" } } },
    };
  }
  return responses;
}

/** Every refusal of a route, its own and those that come with a token, a body or a query, by status. */
export function refusalsByStatus(route: Route): Map<string, ErrorCode[]> {
  const codes = new Set<ErrorCode>([
    ...route.refusals,
    "parameter_unknown",
    ...(route.query && Object.keys(route.query["properties"] as object).length > 0
      ? (["parameter_invalid"] as const)
      : []),
    ...(route.body ? WITH_BODY : []),
    ...(route.scopes === "public" ? [] : WITH_TOKEN),
    ...ALWAYS,
  ]);
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of codes) {
    const status = String(ERROR_CODES[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([a], [b]) => Number(a) - Number(b)));
}

function responseOf(answer: AnswerDoc, schemas: Json): Json {
  const response: Json = { description: answer.description };
  if (answer.headers) {
    response["headers"] = Object.fromEntries(
      Object.entries(answer.headers).map(([name, description]) => [
        name,
        { description, schema: { type: "string" } },
      ]),
    );
  }
  if (answer.schema)
    response["content"] = {
      "application/json": { schema: documentedSchema(answer.schema as TSchema, schemas) },
    };
  else if (answer.contentType) response["content"] = { [answer.contentType]: { schema: { type: "string" } } };
  return response;
}
