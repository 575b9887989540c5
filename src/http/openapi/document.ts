// The OpenAPI 3.0.3 document, made of the operations that are mounted and of the schemas that check them. What
// operations answer is in responses.ts.
import { Kind } from "@sinclair/typebox";
import type { Mounted } from "../kernel/mounted.ts";
import { errorExamples, type Json, REFUSAL_HEADERS, responsesOf } from "./responses.ts";
import { documentedSchema } from "./schema.ts";

const INTRODUCTION = `Outage records go in, uptime reports (PDF, JSON, CSV) come out. Nines is an independent, self-hosted implementation of an API for SLA reports.

**Tokens.** Send \`Authorization: Bearer <token>\`; \`nines token --workspace NAME\` on the server's machine makes one. A token belongs to one workspace and sees nothing of others. Each operation says which scope it needs: \`sla:read\` and \`sla:write\` for schedules, sites, hours, maintenance and reports, \`sla:run\` to run a schedule, \`fault:read\` and \`fault:write\` for faults. \`admin\` stands for all of them.

**Refusals** are an \`ErrorResponse\`: \`code\` is for programs and never changes its meaning, \`message\` is for people, \`param\` names what is at fault, and \`doc_url\` leads to a page about the code. Every answer has an \`X-Request-Id\`, by which the server's log knows the request. A path with another method answers 405 with \`Allow\`.

**Too many requests** with one token (3,600 a minute, 600 at once, unless the server is told otherwise) are answered 429 with \`Retry-After\`.

**Fields and parameters** that an operation does not know are refused, so that a misspelt name cannot change a report. What only the server sets (\`id\`, \`created_at\`, …) is ignored when it is sent back.

**Changes by several** do not overwrite each other when they carry \`If-Match\`: single objects have an \`ETag\`, and a change to one that was changed meanwhile is answered 412. With \`If-None-Match\` an object that is known is answered 304.

**Lists** have \`page\` and \`per_page\`, newest first; faults have a \`cursor\` instead.

**Times** are RFC 3339 with an offset (a time without one is refused) and are answered in UTC; days are \`YYYY-MM-DD\` in a time zone that is named beside them.`;

const TAGS: Readonly<Record<string, string>> = {
  "SLA Report Schedules": "Manage the configuration of automated SLA reports.",
  "Generated Reports": "Access and manage historically generated report results.",
  Uptime: "The arithmetic of a report, answered at once.",
  Faults: "Record outages, one at a time or by the million.",
  Sites: "What is monitored, with tags and WAN links.",
  "Business Hours": "The weekly hours in which uptime counts, with holidays.",
  "Maintenance Windows": "Downtime that was agreed on, once or recurring.",
  "Cause Patterns": "The words by which causes of faults are sorted.",
  "Notification Groups": "Who is told of finished reports, by e-mail or webhook.",
  Settings: "What holds for the whole workspace.",
  Server: "How the server is doing.",
  Documentation: "This document, and pages for people.",
};

/** The whole document. `baseUrl` is where the server is reached. */
export function openApiDocument(operations: readonly Mounted[], baseUrl: string, version: string): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = item;
    item[operation.method.toLowerCase()] = operationOf(operation, schemas);
  }
  return {
    openapi: "3.0.3",
    info: {
      title: "Nines SLA Reports API",
      version,
      description: INTRODUCTION,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: baseUrl, description: "This server." }],
    security: [],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({
      name,
      description: TAGS[name] ?? "",
    })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      headers: REFUSAL_HEADERS,
      examples: errorExamples(baseUrl),
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

function operationOf(operation: Mounted, schemas: Json): Json {
  const body = requestBodyOf(operation, schemas);
  return {
    tags: [operation.tag],
    summary: operation.summary,
    description: [
      operation.description ?? `${operation.summary}.`,
      ignoredFields(operation),
      neededScopes(operation),
    ]
      .filter(Boolean)
      .join("\n\n"),
    operationId: operation.operationId,
    parameters: parametersOf(operation, schemas),
    ...(body ? { requestBody: body } : {}),
    responses: responsesOf(operation, schemas),
    security: securityOf(operation),
  };
}

function ignoredFields({ readOnly = [] }: Mounted): string {
  if (readOnly.length === 0) return "";
  const names = readOnly.map((name) => `\`${name}\``);
  return `Only the server sets ${names.join(", ")}; sent back, ${names.length > 1 ? "they are" : "it is"} ignored.`;
}

function neededScopes({ scopes }: Mounted): string {
  if (scopes === "public") return "";
  return `Needs the scope ${scopes.map((scope) => `\`${scope}\``).join(" or ")}.`;
}

/** A list of alternatives; {} is "without a token". */
function securityOf(operation: Mounted): Json[] {
  if (operation.scopes === "public") return [];
  const withToken = { BearerAuth: [] };
  return operation.takesLink ? [withToken, {}] : [withToken];
}

function requestBodyOf(operation: Mounted, schemas: Json): Json | null {
  if (operation.streams) {
    const content = Object.entries(operation.streams).map(([type, example]) => [
      type,
      { schema: { type: "string" }, example },
    ]);
    return {
      description: operation.bodyDescription ?? "The rows, in UTF-8.",
      required: true,
      content: Object.fromEntries(content),
    };
  }
  if (!operation.body) return null;
  return {
    ...(operation.bodyDescription ? { description: operation.bodyDescription } : {}),
    required: !operation.bodyOptional,
    content: { "application/json": { schema: documentedSchema(operation.body, schemas) } },
  };
}

function parametersOf(operation: Mounted, schemas: Json): Json[] {
  const inPath = Object.entries(operation.params?.properties ?? {}).map(([name, field]) => {
    const { description, ...schema } = documentedSchema(field, schemas);
    return { name, in: "path", required: true, description, schema };
  });
  const query = operation.query;
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, field]) => {
    const { description, ...schema } = documentedSchema(field, schemas);
    return {
      name,
      in: "query",
      required: query?.required?.includes(name) ?? false,
      description,
      schema,
      ...(field[Kind] === "Array" ? { style: "form", explode: true } : {}),
    };
  });
  const inHeader = Object.entries(operation.headers ?? {}).map(([name, { description, schema }]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: documentedSchema(schema, schemas),
  }));
  return [...inPath, ...inQuery, ...inHeader];
}
