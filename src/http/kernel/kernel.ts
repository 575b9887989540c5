// What every operation has in common, as one Elysia plugin. A request goes through it in this order: know the
// caller, check scopes, read query and body, check them against their schemas, handle, count. What is thrown
// anywhere becomes an answer here.
import type { TObject } from "@sinclair/typebox";
import { type Context, Elysia, ElysiaCustomStatusResponse, ParseError, ValidationError } from "elysia";
import type { NewId } from "../../model/ids.ts";
import type { Log } from "../../model/log.ts";
import { type Authenticator, requireScope } from "../caller/auth.ts";
import { MAX_BODY_BYTES, readJson } from "./body.ts";
import { errorResponse } from "./errors.ts";
import { documentedPath } from "./mounted.ts";
import type { Facts, Principal } from "./operation.ts";
import { readQuery } from "./query.ts";
import type { Services } from "./services.ts";
import { refusalOf, withoutReadOnly } from "./validate.ts";

export type KernelOptions = {
  services: Services;
  authenticate: Authenticator;
  newId: NewId;
  log: Log;
  /** Told of every answered request; `route` is the path's pattern, or "none". */
  observe: (request: { method: string; route: string; status: number; seconds: number }) => void;
};

const NOBODY: Principal = { subject: "", workspace: "", scopes: new Set() };

/** On every answer: nothing is sniffed, framed, taken into other sites' pages, or kept by caches that should not. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
};

export type Kernel = ReturnType<typeof kernelOf>;

/**
 * The plugin that every resource uses. Elysia writes what a macro gives into the operation itself, which is declared
 * once for all servers of a process: so macros know their server by the call only.
 */
export function kernelOf(server: KernelOptions) {
  const { services, newId } = server;
  return new Elysia({ name: "kernel", normalize: false })
    .decorate("services", services)
    .decorate("kernel", server)
    .decorate("principal", NOBODY)
    .decorate("startedMs", 0)
    .headers(COMMON_HEADERS)
    .onRequest((call) => {
      call.startedMs = performance.now();
      call.set.headers["x-request-id"] = newId("request");
    })
    .macro({
      scopes: (facts: Facts) => ({
        seed: facts.operationId,
        transform: async (call) => {
          if (call.principal === NOBODY) call.principal = await callerOf(call.kernel, facts, call.request);
        },
        beforeHandle: (call) => untilItCanWrite(call.kernel, facts, call.request),
      }),
      search: (schema: TObject) => ({
        seed: "search",
        transform: (call) => {
          (call as { query: unknown }).query = readQuery(schema, call.request.url);
        },
      }),
      json: ({ facts, search }: { facts: Facts; search: TObject }) => ({
        seed: facts.operationId,
        // Elysia reads the body before all else; who sends it and what the query says comes first here, too.
        parse: async (call) => {
          call.principal = await callerOf(call.kernel, facts, call.request);
          (call as { query: unknown }).query = readQuery(search, call.request.url);
          const body = await readJson(call.request, facts.bodyOptional ?? false);
          return withoutReadOnly(body, facts.readOnly ?? []);
        },
        beforeHandle: (call) => untilItCanWrite(call.kernel, facts, call.request),
      }),
    })
    .onError({ as: "global" }, ({ code, error, request, set }) => {
      // What is not there is for the application to say, which knows what is (server.ts).
      if (code === "NOT_FOUND") return;
      return refusedWith(server, { thrown: thrownIn(error), request, set });
    })
    .mapResponse({ as: "global" }, ({ request, set, route, startedMs, responseValue: answer }) => {
      finish(server, { request, set, route, startedMs, answer });
    });
}

async function callerOf(
  { authenticate }: KernelOptions,
  { scopes, takesLink }: Facts,
  request: Request,
): Promise<Principal> {
  if (scopes === "public" || (takesLink && isSigned(request.url))) return NOBODY;
  const principal = await authenticate(request);
  requireScope(principal, scopes);
  return principal;
}

/** Another process may be writing: nobody else waits for it meanwhile, and who only reads does not either. */
function untilItCanWrite(
  { services }: KernelOptions,
  { onlyReads }: Facts,
  { method }: Request,
): Promise<void> | undefined {
  return onlyReads || method === "GET" ? undefined : services.store.writeLock.whenFree();
}

/** Whether a URL has something of a signed link. */
function isSigned(url: string): boolean {
  const [, query = ""] = url.replace(/#.*$/s, "").split("?", 2);
  return /(?:^|&)(?:expires|signature)=/.test(query);
}

/** What a handler, a parser or a schema refused. */
function thrownIn(error: unknown): unknown {
  if (error instanceof ValidationError) return refusalOf(error);
  return error instanceof ParseError ? error.cause : error;
}

type Refused = { thrown: unknown; request: Request; set: Context["set"] };

/** The answer to a request that is refused. A refused upload is not read to its end just to be thrown away. */
export function refusedWith({ services, log }: KernelOptions, { thrown, request, set }: Refused): Response {
  const requestId = String(set.headers["x-request-id"]);
  const response = errorResponse(thrown, { requestId, baseUrl: services.baseUrl, log });
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > MAX_BODY_BYTES) response.headers.set("Connection", "close");
  return response;
}

type Answered = {
  request: Request;
  set: Context["set"];
  /** As Elysia writes it: /things/:id. */
  route: string;
  startedMs: number;
  /** A Response, a status with a body, or a body. */
  answer: unknown;
};

/** Counts and logs an answer. A Response gets its headers here, so that the runtime sends it as it is: a file as a file. */
export function finish({ observe, log }: KernelOptions, answered: Answered): void {
  const { request, set, startedMs, answer } = answered;
  const route = documentedPath(answered.route);
  const requestId = set.headers["x-request-id"] as string;
  let status = Number(set.status ?? 200);
  if (answer instanceof Response) {
    status = answer.status;
    for (const name in set.headers) {
      if (!answer.headers.has(name)) answer.headers.set(name, String(set.headers[name]));
    }
    set.headers = {};
    set.status = 200;
  } else if (answer instanceof ElysiaCustomStatusResponse) {
    status = answer.code;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  observe({ method: request.method, route, status, seconds });
  const ms = Math.round(seconds * 1000);
  log("info", "request", { requestId, method: request.method, route, status, ms });
}
