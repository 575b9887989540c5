// Schemas of OpenAPI 3.0.3 as JSON Schema, for ajv; and a way through all of them.
import { Ajv } from "ajv";
import formats from "ajv-formats";
import type { Json } from "../../support/server.ts";

/** The same schema with `nullable` said as JSON Schema says it. References stay. */
export function jsonSchemaOf(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(jsonSchemaOf);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, example: _example, ...rest } = schema;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, key === "enum" ? value : jsonSchemaOf(value)]),
  ) as Json;
  if (!nullable) return converted;
  if (converted.type) return { ...converted, type: [converted.type, "null"] };
  return { anyOf: [converted, { type: "null" }] };
}

/** Checks values against schemas of a document, with its components at hand. */
export function checkerOf(document: Json): (schema: Json) => (value: unknown) => boolean {
  const ajv = new Ajv({ strict: false, allErrors: false, unicodeRegExp: false });
  formats(ajv);
  const components = { schemas: withoutExamples(document.components.schemas) };
  ajv.addSchema({ $id: "document", components });
  return (schema) => {
    const text = JSON.stringify(jsonSchemaOf(schema)).replaceAll('"#/components', '"document#/components');
    return ajv.compile(JSON.parse(text)) as (value: unknown) => boolean;
  };
}

function withoutExamples(schemas: Json): Json {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema)]));
}

/** Every schema below a value, with where it is. */
export function* schemasIn(schema: Json, place: string): Generator<{ schema: Json; place: string }> {
  if (typeof schema !== "object" || schema === null) return;
  yield { schema, place };
  for (const [name, field] of Object.entries<Json>(schema.properties ?? {}))
    yield* schemasIn(field, `${place}.${name}`);
  if (schema.items) yield* schemasIn(schema.items, `${place}[]`);
  if (typeof schema.additionalProperties === "object")
    yield* schemasIn(schema.additionalProperties, `${place}.*`);
  for (const part of [...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) yield* schemasIn(part, place);
}

/** Every schema of a document: components, parameters, bodies, answers and headers. */
export function* allSchemas(document: Json): Generator<{ schema: Json; place: string }> {
  for (const [name, schema] of Object.entries<Json>(document.components.schemas))
    yield* schemasIn(schema, name);
  for (const [path, item] of Object.entries<Json>(document.paths)) {
    for (const [method, operation] of Object.entries<Json>(item)) {
      const place = `${method.toUpperCase()} ${path}`;
      for (const { name, schema } of operation.parameters) yield* schemasIn(schema, `${place} ${name}`);
      for (const { schema } of Object.values<Json>(operation.requestBody?.content ?? {}))
        yield* schemasIn(schema, `${place} body`);
      for (const [status, { content }] of Object.entries<Json>(operation.responses))
        for (const { schema } of Object.values<Json>(content ?? {}))
          yield* schemasIn(schema, `${place} ${status}`);
    }
  }
}
