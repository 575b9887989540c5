// Clients whose every answer is held against the OpenAPI document, and a record of what was seen: by
// operation, status and error code.
import { FormatRegistry } from "@sinclair/typebox";
import OpenAPIResponseValidator from "openapi-response-validator";
import type { Answer, Client, Json } from "../../support/server.ts";
import { type Operation, operationsOf } from "./quietServer.ts";

/** On every answer, said once in words or by HTTP itself. */
const HEADERS_OF_ALL = new Set([
  ...["content-type", "content-length", "date", "connection", "transfer-encoding", "cache-control"],
  ...["x-content-type-options", "referrer-policy", "x-frame-options", "content-security-policy"],
  ...["cross-origin-resource-policy", "cross-origin-opener-policy", "permissions-policy"],
]);

export type Recorder = {
  /** The same client, recorded. */
  watch: (client: Client) => Client;
  /** Any request; its answer is recorded. */
  request: (url: string, method: string, path: string, init?: RequestInit) => Promise<Answer>;
  /** Holds an answer against the document; `path` may have a query. */
  record: (method: string, path: string, answer: Answer) => Answer;
  /** What answers had that was not documented, or lacked though it was. */
  problems: string[];
  /** "operationId status code" of all that was seen ("operationId status" without an error). */
  seen: Set<string>;
};

export function recorderOf(document: Json): Recorder {
  const operations = operationsOf(document).map((operation) => ({
    ...operation,
    expression: new RegExp(`^${operation.path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));
  const problemsOf = answerCheck(document);
  const seen = new Set<string>();
  const problems: string[] = [];

  const record = (method: string, path: string, answer: Answer): Answer => {
    const bare = path.split("?")[0] ?? "";
    // A path with words goes before one with an id in the same place.
    const [found] = operations
      .filter((operation) => operation.method === method && operation.expression.test(bare))
      .sort((a, b) => a.path.split("{").length - b.path.split("{").length);
    if (!found) throw new Error(`${method} ${path} is not in the document`);
    const { operationId } = found.operation;
    const place = `${operationId} answered ${answer.status} ${answer.text.slice(0, 300)}`;
    problems.push(...problemsOf(found, answer).map((problem) => `${problem}: ${place}`));
    const code = answer.status >= 400 ? ` ${answer.body.code}` : "";
    seen.add(`${operationId} ${answer.status}${code}`);
    return answer;
  };

  const watch = (client: Client): Client => {
    const watched: Client = {
      token: client.token,
      get: async (path, headers) => record("GET", path, await client.get(path, headers)),
      post: async (path, body, headers) => record("POST", path, await client.post(path, body, headers)),
      put: async (path, body) => record("PUT", path, await client.put(path, body)),
      patch: async (path, body) => record("PATCH", path, await client.patch(path, body)),
      delete: async (path) => record("DELETE", path, await client.delete(path)),
      send: async (method, path, body, type) =>
        record(method, path, await client.send(method, path, body, type)),
      run: client.run,
    };
    return watched;
  };

  const request: Recorder["request"] = async (url, method, path, init = {}) => {
    const response = await fetch(`${url}${path}`, { ...init, method });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    const body = isJson ? (JSON.parse(text) as Json) : null;
    return record(method, path, { status: response.status, headers: response.headers, text, body });
  };

  return { watch, request, record, problems, seen };
}

/** What an answer has that the document does not say, or lacks though the document says it. */
function answerCheck(document: Json): (operation: Operation, answer: Answer) => string[] {
  const schemas = closed(document.components.schemas);
  const headers = document.components.headers;
  const validators = new Map<string, OpenAPIResponseValidator>();
  // Each answer is looked up again and again, and many have the same content: to make a validator takes its time.
  const keys = new Map<Json, string>();
  const validatorOf = (response: Json): OpenAPIResponseValidator => {
    const known = validators.get(keys.get(response) ?? "");
    if (known) return known;
    // The words said of an answer are not looked at.
    const content = closed(withoutExamples(response.content ?? {}));
    const key = JSON.stringify(content);
    keys.set(response, key);
    const alike = validators.get(key);
    if (alike) return alike;
    const responses = { 200: { description: "", content } } as Json;
    const made = new OpenAPIResponseValidator({
      responses,
      components: { schemas: reached(key, schemas) },
      customFormats: FORMATS,
    });
    validators.set(key, made);
    return made;
  };
  return ({ operation }, answer) => {
    const response = operation.responses[answer.status];
    if (!response) return ["the status is not documented"];
    const headerDocs = Object.entries<Json>(response.headers).map(
      ([name, doc]) => [name.toLowerCase(), doc.$ref ? headers[doc.$ref.split("/").at(-1)] : doc] as const,
    );
    const [documentedType] = Object.keys(response.content ?? {});
    const isJson =
      response.content?.["application/json"]?.schema.type !== "string" &&
      documentedType === "application/json";
    const value = documentedType === undefined ? null : isJson ? answer.body : answer.text;
    const result = validatorOf(response).validateResponse("200", value) as { errors: Json[] } | undefined;
    return [
      ...typeProblems(answer, documentedType),
      ...headerProblems(answer, headerDocs),
      ...codeProblems(answer, response),
      ...(result?.errors.map((error) => `${error.path}: ${error.message}`) ?? []),
    ];
  };
}

const FORMATS = Object.fromEntries(
  ["date", "date-time"].map((name) => [name, (text: string) => FormatRegistry.Get(name)?.(text) ?? false]),
);

function typeProblems({ headers, text }: Answer, documented: string | undefined): string[] {
  const type = headers.get("content-type")?.split(";")[0] ?? undefined;
  if (type !== documented) return [`the content type is ${type}, documented is ${documented}`];
  return documented === undefined && text !== "" ? ["there is a body, though none is documented"] : [];
}

function headerProblems({ headers }: Answer, documented: (readonly [string, Json])[]): string[] {
  const names = new Set(documented.map(([name]) => name));
  const foreign = [...headers.keys()].filter((name) => !names.has(name) && !HEADERS_OF_ALL.has(name));
  const missing = documented.filter(([name, { required }]) => required && !headers.has(name));
  return [
    ...foreign.map((name) => `the header ${name} is not documented`),
    ...missing.map(([name]) => `the header ${name} is missing`),
  ];
}

function codeProblems({ status, body, headers }: Answer, response: Json): string[] {
  if (status < 400) return [];
  const { examples } = response.content["application/json"];
  const problems = body.code in examples ? [] : [`the code ${body.code} is not documented for this status`];
  return body.request_id === headers.get("x-request-id")
    ? problems
    : [...problems, "two names of one request"];
}

/** The schemas that this one refers to, and those that they refer to: a validator looks through all it is given. */
function reached(schema: string, schemas: Json, found: Json = {}): Json {
  for (const [, name = ""] of schema.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (name in found) continue;
    found[name] = schemas[name];
    reached(JSON.stringify(schemas[name]), schemas, found);
  }
  return found;
}

function withoutExamples(content: Json): Json {
  return Object.fromEntries(Object.entries<Json>(content).map(([type, { schema }]) => [type, { schema }]));
}

/** Schemas in which objects have the properties that are documented, and no others. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)])) as Json;
  const isObject = copy.type === "object" && typeof copy.properties === "object";
  return isObject && copy.additionalProperties === undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}

/** Everything that the document says can be seen, in the same words as `seen`. */
export function documentedOutcomes(document: Json): string[] {
  return operationsOf(document).flatMap(({ operation }) =>
    Object.entries<Json>(operation.responses).flatMap(([status, { content }]) => {
      const codes = Object.keys(content?.["application/json"]?.examples ?? {});
      const name = `${operation.operationId} ${status}`;
      return codes.length === 0 ? [name] : codes.map((code) => `${name} ${code}`);
    }),
  );
}
