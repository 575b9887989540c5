// Mounts the routes on Elysia. What every request has in common is here, in this order: find the route,
// know the caller, check scopes, read query and body, handle, count; refusals become answers in errors.ts.
import { Elysia } from "elysia";
import { NinesError } from "../../model/errors.ts";
import type { NewId } from "../../model/ids.ts";
import { type Authenticator, requireScope } from "../caller/auth.ts";
import { MAX_BODY_BYTES, readJson } from "./body.ts";
import { errorResponse } from "./errors.ts";
import { readQuery } from "./query.ts";
import type { Call, Principal, Route } from "./route.ts";
import { validate, withoutReadOnly } from "./validate.ts";

export type ServerOptions = {
  routes: readonly Route[];
  authenticate: Authenticator;
  newId: NewId;
  /** Known once the server listens. */
  baseUrl: () => string;
  log: (level: "info" | "warn" | "error", event: string, facts: Record<string, unknown>) => void;
  /** Told of every answered request; `route` is the path's pattern, or "none". */
  observe: (request: { method: string; route: string; status: number; seconds: number }) => void;
};

type ElysiaContext = { request: Request; params: Record<string, string> };

const NOBODY: Principal = { subject: "", workspace: "", scopes: new Set() };

/** On every answer: nothing is sniffed, framed, taken into other sites' pages, or kept by caches that should not. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
};

/** The application: all routes, 404, 405, and errors in their one shape. */
export function serverApp(options: ServerOptions) {
  const { routes } = options;
  // Handlers read bodies themselves, so Elysia must not; its own validation is not used (see docs/architecture.md).
  const app = new Elysia();
  for (const route of routes) {
    app.route(
      route.method,
      route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      // Elysia reads this function's text: what it does not name (cookies, headers, set) is not prepared for it.
      ({ request, params }: ElysiaContext) => answer(options, route, { request, params }),
      {
        parse: "none",
      },
    );
  }
  const allowed = allowedMethods(routes);
  app.onError({ as: "global" }, ({ request, error, code }) => {
    const started = performance.now();
    const path = pathOf(request.url); // Elysia's own is wrong when the host has few letters
    const methods = code === "NOT_FOUND" ? allowed(path) : [];
    const refusal = code === "NOT_FOUND" ? notFound(request.method, path, methods) : error;
    return finished(options, { request, route: "none", requestId: options.newId("request"), started }, () =>
      Promise.reject(refusal),
    );
  });
  return app;
}

async function answer(
  options: ServerOptions,
  route: Route,
  { request, params }: ElysiaContext,
): Promise<Response> {
  const requestId = options.newId("request");
  return finished(
    options,
    { request, route: route.path, requestId, started: performance.now() },
    async () => {
      const principal = await callerOf(options, route, request);
      const call: Call<unknown, unknown> = {
        request,
        principal,
        params,
        query: readQuery(route.query, searchOf(request.url)),
        body: await bodyOf(route, request),
        requestId,
      };
      return route.handle(call as Call<never, never>);
    },
  );
}

async function callerOf({ authenticate }: ServerOptions, route: Route, request: Request): Promise<Principal> {
  if (route.scopes === "public" || route.authenticates === "itself") return NOBODY;
  const principal = await authenticate(request);
  requireScope(principal, route.scopes);
  return principal;
}

async function bodyOf(route: Route, request: Request): Promise<unknown> {
  if (!route.body) return undefined;
  const body = withoutReadOnly(await readJson(request, route.bodyOptional ?? false), route.readOnly ?? []);
  try {
    validate(route.body, body);
  } catch (error) {
    if (
      !(error instanceof NinesError) ||
      error.reason !== "parameter_invalid" ||
      !route.invalidCode ||
      error.param === undefined
    )
      throw error;
    throw new NinesError(route.invalidCode, { message: error.message, param: error.param });
  }
  return body;
}

type Handling = { request: Request; route: string; requestId: string; started: number };

/** Runs a handler; whatever it throws becomes an answer. Adds common headers, counts, logs. */
async function finished(
  options: ServerOptions,
  handling: Handling,
  handle: () => Promise<Response>,
): Promise<Response> {
  const { request, route, requestId, started } = handling;
  let response: Response;
  try {
    response = await handle();
  } catch (thrown) {
    response = errorResponse(thrown, { requestId, baseUrl: options.baseUrl(), log: options.log });
    closeAfterUnreadBody(request, response);
  }
  for (const name in COMMON_HEADERS) {
    if (!response.headers.has(name)) response.headers.set(name, COMMON_HEADERS[name] as string);
  }
  response.headers.set("X-Request-Id", requestId);
  const seconds = (performance.now() - started) / 1000;
  options.observe({ method: request.method, route, status: response.status, seconds });
  options.log("info", "request", {
    requestId,
    method: request.method,
    route,
    status: response.status,
    ms: Math.round(seconds * 1000),
  });
  return response;
}

/** A refused upload is not read to its end just to be thrown away. */
function closeAfterUnreadBody(request: Request, response: Response): void {
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > MAX_BODY_BYTES) response.headers.set("Connection", "close");
}

/** The path as it came. After a `Host` that cannot be one, the path is all there is of the URL. */
function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, "").replace(/\?.*$/s, "");
}

function searchOf(url: string): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1).replace(/#.*$/s, ""));
}

/** The methods that a path has, for 405. */
function allowedMethods(routes: readonly Route[]): (path: string) => string[] {
  const patterns = routes.map(({ path, method }) => ({
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

function notFound(method: string, path: string, methods: string[]): NinesError {
  if (methods.length === 0) {
    return new NinesError("not_found", {
      message: `There is nothing at '${path.slice(0, 200)}'; /docs lists what there is.`,
    });
  }
  return new NinesError("method_not_allowed", {
    message: `${method.slice(0, 20)} is not allowed here; ${methods.join(", ")} ${methods.length > 1 ? "are" : "is"}.`,
    headers: { Allow: methods.join(", ") },
  });
}
