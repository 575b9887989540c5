// Puts the parts together; nothing else knows them all.

import { availableParallelism } from "node:os";
import { authenticator } from "../http/caller/auth.ts";
import { limitsOf } from "../http/caller/limits.ts";
import { linkKeyOf } from "../http/caller/links.ts";
import { rateLimited } from "../http/caller/rateLimit.ts";
import { tokenKeysOf } from "../http/caller/tokenKeys.ts";
import { serverApp } from "../http/kernel/server.ts";
import type { Services } from "../http/kernel/services.ts";
import { urlOfLink, usualLinkMs } from "../http/links.ts";
import { metricsOf } from "../http/metrics.ts";
import { presented } from "../http/reports.ts";
import { apiOf } from "../http/routes.ts";
import { clockOf, machineUptimeMs } from "../jobs/clock.ts";
import { lookAtClock } from "../jobs/scheduler.ts";
import { idMaker } from "../model/ids.ts";
import type { Log } from "../model/log.ts";
import { SetupError } from "../model/setupError.ts";
import { messageOf } from "../model/thrown.ts";
import { READER_LIMITS, type ReaderLimits, startReaders } from "../render/readers.ts";
import { databasePath, openDatabase } from "../store/database/open.ts";
import { lockDataFolder, makeDataFolder, tokenSecret } from "../store/files/dataFolder.ts";
import { storeOf } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { type BackgroundOptions, startBackground } from "./background.ts";
import { readBrand } from "./brand.ts";
import type { Config } from "./config.ts";
import { checkpoint, recover } from "./recovery.ts";

/** Seconds without a byte after which a connection is cut. */
const IDLE_TIMEOUT_S = 30;

const MOST_READERS = 4;

export type App = { url: string; stop: () => Promise<void> };

export type AppOptions = {
  config: Config;
  log: Log;
  now?: () => number;
  /** Other limits than the usual ones of what is computed at once. */
  readerLimits?: Partial<ReaderLimits>;
  /** Milliseconds that only grow: what jumps of `now` are seen against. */
  monotonic?: () => number;
};

type Lock = { release: () => void };

/** Takes the data folder, starts the worker and the server. Throws SetupError when that cannot be. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log, now = Date.now, monotonic = machineUptimeMs, readerLimits = {} } = options;
  for (const closed of makeDataFolder(config.dataFolder)) log("warn", "data.closed_to_others", closed);
  const lock = lockDataFolder(config.dataFolder);
  try {
    return serve({ config, log, now, monotonic, readerLimits }, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function serve({ config, log, now, monotonic, readerLimits }: Required<AppOptions>, lock: Lock): App {
  const secret = tokenSecret(config.dataFolder, config.jwtSecret);
  const brand = readBrand(config);
  const db = openDatabase(databasePath(config.dataFolder));
  const newId = idMaker(now, (array) => crypto.getRandomValues(array));
  const clock = clockOf({ now, monotonic });
  const store = storeOf(db, now, newId, clock.steadyNow);
  recover(store, config.dataFolder, log);
  lookAtClock({ store, clock, log });
  const metrics = metricsOf(store, clock);
  const shutdown = new AbortController();
  const readers = startReaders(databasePath(config.dataFolder), {
    limits: { ...READER_LIMITS, threads: readerThreads(), ...readerLimits },
  });
  const keys = config.tokenIssuer && tokenKeysOf(config.tokenIssuer, { now, log });
  const authenticate = rateLimited(authenticator(secret, now, keys), {
    perMinute: config.rateLimitPerMinute,
    now,
    addressOf: (request) => app.server?.requestIP(request)?.address ?? "",
  });
  const { unread, eventStreams, exports, waitOfTest } = limitsOf(now);
  const services: Services = {
    store,
    now,
    dataFolder: config.dataFolder,
    baseUrl: config.publicUrl ?? "",
    version: VERSION,
    linkKey: linkKeyOf(secret),
    longestLinkMs: config.longestLinkMs,
    metrics,
    clock,
    allowsPrivateWebhooks: config.webhookAllowPrivate,
    readUptime: readers.uptime,
    wakeWorker: () => background.wakeWorkers(),
    wakeScheduler: () => background.wakeScheduler(),
    eventStreams,
    exports,
    waitOfTest,
    shutdown: shutdown.signal,
    keepOpen: (request, seconds) => app.server?.timeout(request, seconds),
  };
  const { observe } = metrics;
  const app = serverApp({ services, authenticate, unread, newId, log, observe }, apiOf);
  // Before anything runs by itself: an address that is taken must leave nothing behind.
  const url = listen(app, config);
  services.baseUrl ||= url;
  const background = startBackground({
    store,
    clock,
    log,
    observe: metrics.observeJob,
    config,
    brand,
    links: linksOf(services),
  });
  log("info", "started", { url, dataFolder: config.dataFolder, version: VERSION });
  return {
    url,
    stop: async () => {
      shutdown.abort();
      readers.stop();
      await Promise.all([app.server?.stop(), background.stop()]);
      await checkpoint(db, log);
      db.close();
      lock.release();
      log("info", "stopped", {});
    },
  };
}

/** As many as there are processors, but few: each has a cache of the database. */
const readerThreads = () => Math.min(MOST_READERS, availableParallelism());

/** How messages show reports and name their files; the server must listen, for they need its address. */
function linksOf(services: Services): BackgroundOptions["links"] {
  return {
    present: (report) => presented(report, services.baseUrl),
    linkMs: usualLinkMs(services),
    linkTo: (workspace, { reportId, artefact, ...maker }) => {
      const expiresAtMs = Math.floor((services.now() + usualLinkMs(services)) / 1000) * 1000;
      const link = services.store.links.create(workspace, { reportId, artefact, maker, expiresAtMs });
      if (!link) throw new Error("the report was deleted");
      return urlOfLink(services, reportId, link);
    },
  };
}

const WHY_NOT_LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not listen there",
  ENOENT: "the name has no address",
};

/** Listens as configured; gives the address. Throws SetupError when it is taken, or not this machine's. */
function listen(app: ReturnType<typeof serverApp>, { host, port }: Config): string {
  try {
    app.listen({
      hostname: host,
      port,
      reusePort: false,
      idleTimeout: IDLE_TIMEOUT_S,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    });
  } catch (error) {
    const { code = "" } = error as { code?: string };
    const reason = WHY_NOT_LISTENING[code] ?? messageOf(error);
    throw new SetupError(`cannot listen on ${host}, port ${port} (NINES_HOST, NINES_PORT): ${reason}`);
  }
  return `http://${host.includes(":") ? `[${host}]` : host}:${app.server?.port}`;
}
