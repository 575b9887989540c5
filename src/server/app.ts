// Puts the parts together; nothing else knows them all.

import { availableParallelism } from "node:os";
import { type Authenticator, authenticator } from "../http/caller/auth.ts";
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
import { makeAnswer, type ReadAsk } from "../render/makeAnswer.ts";
import { hasFewTags } from "../render/makeTagged.ts";
import { READER_LIMITS, type ReadCall, type ReaderLimits, startReaders } from "../render/readers.ts";
import { type Database, databasePath, openDatabase, waitBriefly } from "../store/database/open.ts";
import { lockDataFolder, makeDataFolder, tokenSecret } from "../store/files/dataFolder.ts";
import { storeOf } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { type BackgroundOptions, startBackground } from "./background.ts";
import { bell } from "./bell.ts";
import { readBrand } from "./brand.ts";
import type { Config } from "./config.ts";
import { connectionsOf } from "./connections.ts";
import { checkpoint, recover } from "./recovery.ts";

/** How long requests and jobs under way may go on after the signal to stop. */
const GRACE_MS = 30_000;

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
  /** How long requests and jobs under way may go on after the signal to stop: 30 s, unless a test cannot wait. */
  graceMs?: number;
};

type Lock = { release: () => void };

/** Takes the data folder, starts the worker and the server. Throws SetupError when that cannot be. */
export async function startApp({
  now = Date.now,
  monotonic = machineUptimeMs,
  readerLimits = {},
  graceMs = GRACE_MS,
  ...options
}: AppOptions): Promise<App> {
  const { config, log } = options;
  for (const closed of makeDataFolder(config.dataFolder)) log("warn", "data.closed_to_others", closed);
  const lock = lockDataFolder(config.dataFolder);
  try {
    return serve({ ...options, now, monotonic, readerLimits, graceMs }, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function serve(options: Required<AppOptions>, lock: Lock): App {
  const { config, log, now, monotonic, graceMs } = options;
  const secret = tokenSecret(config.dataFolder, config.jwtSecret);
  const brand = readBrand(config);
  const db = openDatabase(databasePath(config.dataFolder));
  const newId = idMaker(now, (array) => crypto.getRandomValues(array));
  const clock = clockOf({ now, monotonic });
  const store = storeOf(db, now, newId, clock.steadyNow);
  recover(store, config.dataFolder, log);
  lookAtClock({ store, clock, log });
  waitBriefly(db);
  const metrics = metricsOf(store, clock);
  const shutdown = new AbortController();
  const connections = connectionsOf();
  const bells = { jobs: bell(), schedules: bell(), sites: bell() };
  const readers = readersOf(options);
  const { unread, ...limits } = limitsOf(now);
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
    read: (ask, call) => readFew(db, ask, call) ?? readers.read(ask, call),
    wakeWorker: bells.jobs.ring,
    wakeScheduler: bells.schedules.ring,
    wakeEraser: bells.sites.ring,
    ...limits,
    shutdown: shutdown.signal,
    keepOpen: connections.keepOpen,
  };
  const authenticate = authenticatorOf(options, secret, connections.addressOf);
  const { observe, observeJob } = metrics;
  const app = serverApp({ services, authenticate, unread, newId, log, observe }, apiOf);
  // Before anything runs by itself: an address that is taken must leave nothing behind.
  const url = connections.listen(app, config);
  services.baseUrl ||= url;
  const links = linksOf(services);
  const parts = { store, clock, log, config, brand, links, bells, random: Math.random };
  const background = startBackground({ ...parts, observe: observeJob });
  log("info", "started", { url, dataFolder: config.dataFolder, version: VERSION });
  return {
    url,
    stop: async () => {
      shutdown.abort();
      const [wereCut] = await Promise.all([connections.stop(graceMs), background.stop(graceMs)]);
      readers.stop(); // what is computed at once is a request under way, too
      if (wereCut) log("warn", "connections.cut", { afterMs: graceMs });
      await checkpoint(db, log);
      db.close();
      lock.release();
      log("info", "stopped", {});
    },
  };
}

/** What a thread is not worth, answered at once; null for all else. */
function readFew<A extends ReadAsk>(db: Database, ask: A, { onWork }: ReadCall) {
  if (ask.kind === "uptime" || !hasFewTags({ db }, ask.workspace)) return null;
  return Promise.resolve(makeAnswer(db, ask, onWork));
}

/** As many threads as there are processors, but few: each has a cache of the database. */
function readersOf({ config, readerLimits }: Required<AppOptions>) {
  const threads = Math.min(MOST_READERS, availableParallelism());
  const limits = { ...READER_LIMITS, threads, ...readerLimits };
  return startReaders(databasePath(config.dataFolder), { limits });
}

function authenticatorOf(
  { config, log, now }: Required<AppOptions>,
  secret: Uint8Array,
  addressOf: (request: Request) => string,
): Authenticator {
  const keys = config.tokenIssuer && tokenKeysOf(config.tokenIssuer, { now, log });
  const perMinute = config.rateLimitPerMinute;
  return rateLimited(authenticator(secret, now, keys), { perMinute, now, addressOf });
}

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
