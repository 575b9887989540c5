// Where requests can name things: every path, query parameter and body field of every route that takes an id,
// found in the routes themselves by the form that the id must have.
import { Kind, type TSchema } from "@sinclair/typebox";
import type { Mounted } from "../../src/http/kernel/mounted.ts";
import { ID_PREFIXES } from "../../src/model/ids.ts";
import type { Json } from "../support/server.ts";

export type IdPlace = {
  route: Mounted;
  in: "path" | "query" | "body";
  /** The field's way from the body's root: names, and 0 for the first of a list. Or the parameter's name. */
  way: (string | 0)[];
  /** Of the ids it takes, such as "site". */
  prefix: string;
};

const PREFIXES = new Set(Object.values(ID_PREFIXES).map((prefix) => prefix.slice(0, -1)));

/** Every place of every route that takes an id. `document` is the OpenAPI document of the routes. */
export function idPlacesOf(routes: readonly Mounted[], document: Json): IdPlace[] {
  return routes.flatMap((route) => {
    const { parameters } = document.paths[route.path][route.method.toLowerCase()];
    const inPath = (parameters as Json[])
      .filter((parameter) => parameter.in === "path" && parameter.name !== "code")
      .map(
        ({ name, schema }): IdPlace => ({
          route,
          in: "path",
          way: [name],
          prefix: prefixOf(schema.pattern) ?? "",
        }),
      );
    const inQuery = Object.entries((route.query?.properties as Record<string, TSchema>) ?? {}).flatMap(
      ([name, schema]) =>
        waysTo(schema).map(({ prefix }): IdPlace => ({ route, in: "query", way: [name], prefix })),
    );
    const inBody = route.body
      ? waysTo(route.body).map(({ way, prefix }): IdPlace => ({ route, in: "body", way, prefix }))
      : [];
    return [...inPath, ...inQuery, ...inBody];
  });
}

/** The prefix of ids of this pattern. */
function prefixOf(pattern: unknown): string | null {
  const prefix = /^\^([a-z]+)_/.exec(String(pattern))?.[1] ?? "";
  return PREFIXES.has(prefix) ? prefix : null;
}

/** The ways to all fields within a schema that take ids. */
function waysTo(schema: TSchema): { way: (string | 0)[]; prefix: string }[] {
  const prefix = prefixOf(schema["pattern"]);
  if (prefix !== null) return [{ way: [], prefix }];
  const within: [step: (string | 0)[], inner: TSchema][] =
    schema[Kind] === "Union"
      ? (schema["anyOf"] as TSchema[]).map((variant) => [[], variant])
      : schema["type"] === "array"
        ? [[[0], schema["items"] as TSchema]]
        : Object.entries((schema["properties"] as Record<string, TSchema> | undefined) ?? {}).map(
            ([name, field]) => [[name], field],
          );
  return within.flatMap(([step, inner]) =>
    waysTo(inner).map(({ way, prefix }) => ({ way: [...step, ...way], prefix })),
  );
}

/** The value with what lies at the end of the way put into it. Objects and lists on the way are made. */
export function withValueAt(value: unknown, [step, ...rest]: (string | 0)[], put: unknown): unknown {
  if (step === undefined) return put;
  if (step === 0) return [withValueAt({ ...((value as unknown[] | undefined)?.[0] as object) }, rest, put)];
  const fields = (value ?? {}) as Record<string, unknown>;
  return { ...fields, [step]: withValueAt(fields[step], rest, put) };
}
