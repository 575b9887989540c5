// Query strings: from text to the types of the schema.
import { Kind, type TObject, type TSchema, Type } from "@sinclair/typebox";
import { NinesError } from "../../model/errors.ts";
import type { PageRequest } from "../../store/database/context.ts";

/** The parameters of every paged list. */
export const PageQuery = {
  page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, whenLeftOut: 1, description: "Which page." }),
  ),
  per_page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, whenLeftOut: 50, description: "Entries on a page." }),
  ),
};

/** The page that a query asks for. */
export function pageOf(query: { page?: number; per_page?: number }): PageRequest {
  return { page: query.page ?? 1, perPage: query.per_page ?? 50 };
}

/**
 * Reads the query of a URL by its schema: numbers and booleans from their text, lists from repeated parameters.
 * Refuses what is unknown, and what is given twice without being a list; values are checked by the schema later.
 */
export function readQuery(schema: TObject, url: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const start = url.indexOf("?");
  if (start < 0) return values;
  const search = new URLSearchParams(url.slice(start + 1).replace(/#.*$/s, ""));
  for (const name of new Set(search.keys())) {
    // Not what every object inherits: `constructor` is no parameter.
    const field = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (!field) {
      throw new NinesError("parameter_unknown", {
        param: name.slice(0, 200),
        message: `'${name.slice(0, 200)}' is not a query parameter of this request.`,
      });
    }
    const texts = search.getAll(name);
    if (field["type"] === "array") {
      values[name] = texts;
    } else if (texts.length > 1) {
      throw new NinesError("parameter_invalid", {
        param: name,
        message: `'${name}' must be given once, but is given ${texts.length} times.`,
      });
    } else {
      values[name] = typed(field, texts[0] ?? "");
    }
  }
  return values;
}

/** A text as the type its schema names; a text that is not one stays as it is, for the check to refuse. */
function typed(schema: TSchema, text: string): unknown {
  if (schema[Kind] === "Integer" || schema[Kind] === "Number")
    return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (schema[Kind] === "Boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}
