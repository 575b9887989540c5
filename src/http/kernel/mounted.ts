// The operations as they are mounted: read back from the running app, for the document, for 405, and for tests.
import type { TObject, TSchema } from "@sinclair/typebox";
import type { AnyElysia } from "elysia";
import type { Facts } from "./operation.ts";

export type Mounted = Facts & {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in OpenAPI: /things/{id}. */
  path: string;
  params?: TObject;
  query?: TObject;
  body?: TSchema;
};

/** Every operation of an app, in the order in which they were mounted. */
export function mountedOf(app: AnyElysia): Mounted[] {
  return app.routes.map(({ method, path, hooks }) => {
    const { params, query, body, detail } = hooks as Pick<Mounted, "params" | "query" | "body"> & {
      detail: Facts;
    };
    return {
      ...detail,
      method: method as Mounted["method"],
      path: documentedPath(path),
      ...(params && { params }),
      ...(query && { query }),
      ...(body && { body }),
    };
  });
}

const documentedPaths = new Map<string, string>();

/** Elysia's /things/:id as OpenAPI's /things/{id}; worked out once, for every request asks. */
export function documentedPath(path: string): string {
  const known = documentedPaths.get(path);
  if (known !== undefined) return known;
  const documented = path.replaceAll(/:(\w+)/g, "{$1}");
  documentedPaths.set(path, documented);
  return documented;
}

/** Gives the methods that a path has among the operations. */
export function methodsAt(operations: readonly Mounted[]): (path: string) => string[] {
  const patterns = operations.map(({ path, method }) => ({
    method,
    expression: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}/?$`),
  }));
  return (path) => {
    const methods = new Set(
      patterns.filter(({ expression }) => expression.test(path)).map(({ method }) => method as string),
    );
    if (methods.has("GET")) methods.add("HEAD");
    return [...methods];
  };
}
