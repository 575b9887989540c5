// A server over an empty store in memory whose worker never runs: what is queued stays queued, and handlers
// can be made to fail. And its OpenAPI document, for tests that need no server at all.

import { authenticator, signToken } from "../../../src/http/caller/auth.ts";
import { type Limits, limitsOf } from "../../../src/http/caller/limits.ts";
import { linkKeyOf } from "../../../src/http/caller/links.ts";
import { SCOPES } from "../../../src/http/caller/principal.ts";
import { type TokenIssuer, tokenKeysOf } from "../../../src/http/caller/tokenKeys.ts";
import type { Kernel } from "../../../src/http/kernel/kernel.ts";
import { type Mounted, mountedOf } from "../../../src/http/kernel/mounted.ts";
import { serverApp } from "../../../src/http/kernel/server.ts";
import type { Services } from "../../../src/http/kernel/services.ts";
import { metricsOf } from "../../../src/http/metrics.ts";
import { openApiDocument } from "../../../src/http/openapi/document.ts";
import { apiOf } from "../../../src/http/routes.ts";
import { idMaker } from "../../../src/model/ids.ts";
import { makeAnswer } from "../../../src/render/makeAnswer.ts";
import type { Read } from "../../../src/render/readers.ts";
import { openDatabase } from "../../../src/store/database/open.ts";
import { storeOf } from "../../../src/store/store.ts";
import type { Json } from "../../support/server.ts";

const SECRET = new TextEncoder().encode("a secret of quiet servers, longer than 32 bytes");

/** The parts of a server that nobody has started. `issuer` is whose tokens it takes besides its own. */
export function quietParts({
  issuer = null,
  read,
  limits = {},
  shutdown = new AbortController().signal,
}: Omit<QuietOptions, "failure"> = {}) {
  const db = openDatabase(":memory:");
  const newId = idMaker(Date.now, (array) => crypto.getRandomValues(array));
  const store = storeOf(db, Date.now, newId);
  const clock = { look: () => null };
  const metrics = metricsOf(store, clock);
  const { unread, eventStreams, exports, waitOfTest } = { ...limitsOf(Date.now), ...limits };
  const services: Services = {
    store,
    now: Date.now,
    dataFolder: "/nonexistent",
    baseUrl: "http://127.0.0.1:8080",
    version: "0.0.0",
    linkKey: linkKeyOf(SECRET),
    longestLinkMs: 90 * 86_400_000,
    metrics,
    clock,
    allowsPrivateWebhooks: false,
    wakeWorker: () => {},
    wakeEraser: () => {},
    wakeScheduler: () => {},
    eventStreams,
    exports,
    waitOfTest,
    shutdown,
    keepOpen: () => {},
    // Without threads, which could not see a database in memory.
    read: read ?? (async (ask, { onWork }) => makeAnswer(db, ask, onWork)),
  };
  const keys = issuer && tokenKeysOf(issuer, { now: Date.now, log: () => {} });
  const authenticate = authenticator(SECRET, Date.now, keys);
  return { services, authenticate, unread, newId, log: () => {}, observe: metrics.observe };
}

export type QuietOptions = {
  issuer?: TokenIssuer | null;
  /** What every handler throws in place of answering. */
  failure?: () => Error;
  read?: Read;
  /** Other limits than a server has. */
  limits?: Partial<Limits>;
  /** Fired: it answers as a server does that stops. */
  shutdown?: AbortSignal;
};

/** Starts it. */
export async function startQuietServer({ failure, ...options }: QuietOptions = {}) {
  const parts = quietParts(options);
  const failing = (kernel: Kernel) => {
    if (failure === undefined) return apiOf(kernel);
    kernel.onBeforeHandle({ as: "global" }, () => {
      throw failure();
    });
    return apiOf(kernel);
  };
  const app = serverApp(parts, failing);
  app.listen({ hostname: "127.0.0.1", port: 0 });
  const expiresAtS = Math.floor(Date.now() / 1000) + 3600;
  return {
    url: `http://127.0.0.1:${app.server?.port}`,
    store: parts.services.store,
    token: await signToken(SECRET, { subject: "tester", workspace: "acme", scopes: SCOPES, expiresAtS }),
    stop: async () => {
      await app.server?.stop(true);
    },
  };
}

/** The operations of an app that serves nobody, as they are mounted. */
export function mountedOperations(): Mounted[] {
  return mountedOf(serverApp(quietParts(), apiOf));
}

/** The document and the operations that it is made of. */
export function documentAndRoutes(): { document: Json; routes: Mounted[] } {
  const routes = mountedOperations();
  const document = openApiDocument(routes, "http://127.0.0.1:8080", "0.0.0");
  return { document: JSON.parse(JSON.stringify(document)) as Json, routes };
}

export type Operation = { method: string; path: string; operation: Json };

/** Every operation of a document. */
export function operationsOf(document: Json): Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}
