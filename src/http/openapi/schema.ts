// TypeBox schemas as OpenAPI 3.0.3 writes them: null as `nullable`, literals as `enum`, records as
// additionalProperties, and schemas with an $id as components.
import { Kind, type TSchema } from "@sinclair/typebox";
import { CLOCK_TIME } from "../../model/formats.ts";

type Json = Record<string, unknown>;

/** Formats of our own, which tools do not know, in what they do know; a zone's name is told in words only. */
const OWN_FORMATS: Readonly<Record<string, Json>> = {
  timezone: {},
  "clock-time": { pattern: CLOCK_TIME.source },
};

/** The schema, or a reference to it when it has an $id; then it is added to `components`. */
export function documentedSchema(schema: TSchema, components: Json): Json {
  const name = schema.$id;
  if (name === undefined) return plain(schema, components);
  if (!(name in components)) {
    components[name] = {}; // taken, while its fields are looked at
    components[name] = plain(schema, components);
  }
  return { $ref: `#/components/schemas/${name}` };
}

function plain(schema: TSchema, components: Json): Json {
  if (schema[Kind] === "Union") return union(schema, components);
  if (schema[Kind] === "Literal")
    return { ...annotations(schema), type: typeof schema["const"], enum: [schema["const"]] };
  if (schema[Kind] === "Record") return record(schema, components);
  const result = annotations(schema);
  for (const key of [
    "type",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
    "additionalProperties",
  ]) {
    if (schema[key] !== undefined) result[key] = schema[key];
  }
  if (schema["documentedPattern"] !== undefined) result["pattern"] = schema["documentedPattern"];
  if (schema["documentedEnum"] !== undefined) result["enum"] = schema["documentedEnum"];
  const format = schema["format"];
  if (format !== undefined) Object.assign(result, OWN_FORMATS[format] ?? { format });
  if (schema["items"]) result["items"] = documentedSchema(schema["items"] as TSchema, components);
  if (schema["properties"]) {
    result["properties"] = Object.fromEntries(
      Object.entries(schema["properties"] as Record<string, TSchema>).map(([key, field]) => [
        key,
        documentedSchema(field, components),
      ]),
    );
  }
  return result;
}

/** "X or null" is X, nullable; other unions are anyOf. */
function union(schema: TSchema, components: Json): Json {
  const variants = schema["anyOf"] as TSchema[];
  const others = variants.filter((variant) => variant[Kind] !== "Null");
  const nullable = others.length < variants.length ? { nullable: true } : {};
  if (others.every((variant) => variant[Kind] === "Literal")) {
    const words = others.map((variant) => variant["const"] as unknown);
    return withNull({ ...annotations(schema), type: typeof words[0], enum: words, ...nullable });
  }
  const [only] = others;
  if (others.length === 1 && only) {
    const inner = documentedSchema(only, components);
    // Beside a $ref nothing counts in 3.0, so a nullable reference is wrapped.
    if ("$ref" in inner) return { ...annotations(schema), allOf: [inner], ...nullable };
    return withNull({ ...inner, ...annotations(schema), ...nullable });
  }
  return {
    ...annotations(schema),
    anyOf: others.map((variant) => documentedSchema(variant, components)),
    ...nullable,
  };
}

/** In OpenAPI 3.0 an enum must list null itself. */
function withNull(schema: Json): Json {
  return schema["nullable"] && Array.isArray(schema["enum"])
    ? { ...schema, enum: [...schema["enum"], null] }
    : schema;
}

function record(schema: TSchema, components: Json): Json {
  const [value] = Object.values(schema["patternProperties"] as Record<string, TSchema>);
  const result: Json = {
    ...annotations(schema),
    type: "object",
    additionalProperties: value ? documentedSchema(value, components) : true,
  };
  if (schema["maxProperties"] !== undefined) result["maxProperties"] = schema["maxProperties"];
  return result;
}

function annotations(schema: TSchema): Json {
  const result: Json = {};
  for (const key of ["title", "description", "example"]) {
    if (schema[key] !== undefined) result[key] = schema[key];
  }
  // Under its own name Elysia would fill it in, where a field that is left out can mean something else.
  if (schema["whenLeftOut"] !== undefined) result["default"] = schema["whenLeftOut"];
  return result;
}
