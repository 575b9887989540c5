// What every operation has in common, as one Elysia plugin. A request goes through it in this order: know the
// caller, check scopes, read query and body, check them against their schemas, handle, count. What is thrown
// anywhere becomes an answer here.
import type { TObject } from "@sinclair/typebox";
import { type Context, Elysia, ElysiaCustomStatusResponse, ParseError, ValidationError } from "elysia";
import type { NewId } from "../../model/ids.ts";
import type { Log } from "../../model/log.ts";
import { type Authenticator, requireScope } from "../caller/auth.ts";
import { costOfAnswer } from "../caller/costs.ts";
import type { Principal } from "../caller/principal.ts";
import { inParts, SMALL_BYTES, type UnreadAnswers } from "../caller/unreadAnswers.ts";
import { WrittenJson } from "./answers.ts";
import { MAX_BODY_BYTES, readJson } from "./body.ts";
import { errorResponse } from "./errors.ts";
import { etagOf, matchesEtag } from "./etag.ts";
import { documentedPath } from "./mounted.ts";
import type { Facts, Tagging } from "./operation.ts";
import { readQuery } from "./query.ts";
import type { Services } from "./services.ts";
import { madeLargeAnswer, untilOthersHadTurns } from "./turns.ts";
import { refusalOf, withoutReadOnly } from "./validate.ts";

export type KernelOptions = {
  services: Services;
  authenticate: Authenticator;
  /** Counts large answers until they are read. */
  unread: UnreadAnswers;
  newId: NewId;
  log: Log;
  /** Told of every answered request; `route` is the path's pattern, or "none". */
  observe: (request: { method: string; route: string; status: number; seconds: number }) => void;
};

/** Who calls what needs no token. */
export const NOBODY: Principal = { subject: "", workspace: "", scopes: new Set(), charge: () => {} };

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
      etag: (tag: Tagging) => ({
        seed: tag,
        afterHandle: ({ request, set, responseValue }) =>
          withEtag(tag, { request, set, answer: responseValue }),
      }),
      json: ({ facts, search }: { facts: Facts; search: TObject }) => ({
        seed: facts.operationId,
        // Elysia reads the body before all else; who sends it and what the query says comes first here, too.
        parse: async (call) => {
          call.principal = await callerOf(call.kernel, facts, call.request);
          (call as { query: unknown }).query = readQuery(search, call.request.url);
          const body = await readJson(call.request, facts.bodyOptional ?? false, call.principal.charge);
          return withoutReadOnly(body, facts.readOnly ?? []);
        },
        beforeHandle: (call) => untilItCanWrite(call.kernel, facts, call.request),
      }),
    })
    .onError({ as: "global" }, ({ code, error, request, set }) => {
      // What is not there is for the application to say, which knows what is (server.ts).
      if (code === "NOT_FOUND") return;
      return refusedWith(server, { thrown: reasonOf(error), request, set });
    })
    .mapResponse({ as: "global" }, ({ request, set, route, startedMs, principal, responseValue: answer }) => {
      return finish(server, { request, set, route, startedMs, principal, answer });
    });
}

/** Puts the ETag of an object that is answered beside it; 304 in its place for whoever has it. */
function withEtag(tag: Tagging, { request, set, answer }: Pick<Answered, "request" | "set" | "answer">) {
  const object = answer instanceof ElysiaCustomStatusResponse ? answer.response : answer;
  if (object instanceof Response) return;
  const etag = etagOf(object as never, tag);
  set.headers["etag"] = etag;
  const isKnown = request.method === "GET" && matchesEtag(request.headers.get("if-none-match"), etag);
  return isKnown ? new Response(null, { status: 304 }) : undefined;
}

async function callerOf(
  { authenticate, unread }: KernelOptions,
  { scopes, takesLink }: Facts,
  request: Request,
): Promise<Principal> {
  if (scopes === "public" || (takesLink && isSigned(request.url))) return NOBODY;
  const principal = await authenticate(request);
  requireScope(principal, scopes);
  await untilOthersHadTurns();
  unread.admit(request);
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
  return /(?:^|&)(?:link|expires|signature)=/.test(query);
}

/** What a handler, a parser or a schema refused. */
function reasonOf(error: unknown): unknown {
  if (error instanceof ValidationError) return refusalOf(error);
  return error instanceof ParseError ? error.cause : error;
}

type Refused = { thrown: unknown; request: Request; set: Context["set"] };

/** The answer to a request that is refused. A refused upload is not read to its end just to be thrown away. */
export function refusedWith({ services, log }: KernelOptions, { thrown, request, set }: Refused): Response {
  const requestId = String(set.headers["x-request-id"]);
  if (isGone(thrown, request)) return new Response(null, { status: CLIENT_GONE });
  const response = errorResponse(thrown, { requestId, baseUrl: services.baseUrl, log });
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > MAX_BODY_BYTES) response.headers.set("Connection", "close");
  return response;
}

/** What is counted and logged of a request whose connection ended before its body did: nobody gets an answer. */
const CLIENT_GONE = 499;

/** Whether reading a body met the end of its connection, be it that the client went or that the server stops: no fault of ours. */
function isGone(thrown: unknown, { signal }: Request): boolean {
  return signal.aborted && thrown instanceof DOMException && thrown.name === "AbortError";
}

type Answered = {
  request: Request;
  set: Context["set"];
  /** As Elysia writes it: /things/:id. */
  route: string;
  startedMs: number;
  /** NOBODY, unless the operation knows its caller by a token. */
  principal: Principal;
  /** A Response, a status with a body, or a body. */
  answer: unknown;
};

/**
 * Counts and logs an answer. A Response gets its headers here, so that the runtime sends it as it is: a file as a
 * file. Gives what is sent in the answer's place: a large one in parts, or the refusal of one.
 */
export function finish(server: KernelOptions, answered: Answered): Response | undefined {
  const { request, set, startedMs } = answered;
  const route = documentedPath(answered.route);
  const requestId = set.headers["x-request-id"] as string;
  const sent = inPartsWhenLarge(server, answered);
  const answer = sent ?? answered.answer;
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
  server.observe({ method: request.method, route, status, seconds });
  const ms = Math.round(seconds * 1000);
  server.log("info", "request", { requestId, method: request.method, route, status, ms });
  return sent;
}

const encoder = new TextEncoder();

/** A body in JSON as it is sent: counted until it is read, when it is large. Undefined for what is not ours to send. */
function inPartsWhenLarge(server: KernelOptions, answered: Answered): Response | undefined {
  const { request, set, principal, answer } = answered;
  const isStatus = answer instanceof ElysiaCustomStatusResponse;
  const value: unknown = isStatus ? answer.response : answer;
  if (typeof value !== "object" || value === null || value instanceof Response) return;
  const json = value instanceof WrittenJson ? value.bytes : JSON.stringify(value);
  const init = {
    status: isStatus ? (answer.code as number) : Number(set.status ?? 200),
    headers: { "content-type": "application/json;charset=utf-8" },
  };
  if (json.length < SMALL_BYTES) return new Response(json, init);
  principal.charge(costOfAnswer(json.length));
  madeLargeAnswer();
  if (request.method === "HEAD") return new Response(json, init);
  const bytes = typeof json === "string" ? encoder.encode(json) : json;
  // Whatever is that large and needs no token lies in memory once, for everybody.
  if (principal === NOBODY) return new Response(inParts(bytes), init);
  try {
    // Others came while this one was made. What changed something is answered all the same.
    if (request.method === "GET") server.unread.admit(request);
  } catch (thrown) {
    return refusedWith(server, { thrown, request, set });
  }
  return new Response(server.unread.bodyOf(request, bytes), init);
}
