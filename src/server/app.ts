// Puts the parts together; nothing else knows them all.

import { type Authenticator, authenticator } from "../http/caller/auth.ts";
import { linkKeyOf, signedPath } from "../http/caller/links.ts";
import { rateLimited } from "../http/caller/rateLimit.ts";
import { tokenKeysOf } from "../http/caller/tokenKeys.ts";
import { serverApp } from "../http/kernel/server.ts";
import type { Services } from "../http/kernel/services.ts";
import { metricsOf } from "../http/metrics.ts";
import { presented } from "../http/reports.ts";
import { apiOf } from "../http/routes.ts";
import { idMaker } from "../model/ids.ts";
import type { Log } from "../model/log.ts";
import { databasePath, openDatabase, waitBriefly } from "../store/database/open.ts";
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
/** A link in a message works as long as one that is asked for. */
const LINK_MS = 7 * 86_400_000;

export type App = { url: string; stop: () => Promise<void> };

export type AppOptions = {
  config: Config;
  log: Log;
  now?: () => number;
  /** How long requests and jobs under way may go on after the signal to stop: 30 s, unless a test cannot wait. */
  graceMs?: number;
};

type Lock = { release: () => void };

/** Takes the data folder, starts the worker and the server. Throws SetupError when that cannot be. */
export async function startApp({
  config,
  log,
  now = Date.now,
  graceMs = GRACE_MS,
}: AppOptions): Promise<App> {
  for (const closed of makeDataFolder(config.dataFolder)) log("warn", "data.closed_to_others", closed);
  const lock = lockDataFolder(config.dataFolder);
  try {
    return serve({ config, log, now, graceMs }, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function serve(options: Required<AppOptions>, lock: Lock): App {
  const { config, log, now, graceMs } = options;
  const secret = tokenSecret(config.dataFolder, config.jwtSecret);
  const brand = readBrand(config);
  const db = openDatabase(databasePath(config.dataFolder));
  const newId = idMaker(now, (array) => crypto.getRandomValues(array));
  const store = storeOf(db, now, newId);
  recover(store, config.dataFolder, log);
  waitBriefly(db);
  const metrics = metricsOf(store);
  const shutdown = new AbortController();
  const connections = connectionsOf();
  const bells = { jobs: bell(), schedules: bell() };
  const services: Services = {
    store,
    now,
    dataFolder: config.dataFolder,
    baseUrl: config.publicUrl ?? "",
    version: VERSION,
    linkKey: linkKeyOf(secret),
    metrics,
    allowsPrivateWebhooks: config.webhookAllowPrivate,
    wakeWorker: bells.jobs.ring,
    wakeScheduler: bells.schedules.ring,
    shutdown: shutdown.signal,
    keepOpen: connections.keepOpen,
  };
  const authenticate = authenticatorOf(options, secret, connections.addressOf);
  const { observe, observeJob } = metrics;
  const app = serverApp({ services, authenticate, newId, log, observe }, apiOf);
  // Before anything runs by itself: an address that is taken must leave nothing behind.
  const url = connections.listen(app, config);
  services.baseUrl ||= url;
  const links = linksOf(services);
  const background = startBackground({ store, log, observe: observeJob, config, brand, links, bells });
  log("info", "started", { url, dataFolder: config.dataFolder, version: VERSION });
  return {
    url,
    stop: async () => {
      shutdown.abort();
      const [wereCut] = await Promise.all([connections.stop(graceMs), background.stop(graceMs)]);
      if (wereCut) log("warn", "connections.cut", { afterMs: graceMs });
      await checkpoint(db, log);
      db.close();
      lock.release();
      log("info", "stopped", {});
    },
  };
}

function authenticatorOf(
  { config, log, now }: AppOptions & Pick<Required<AppOptions>, "now">,
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
    linkTo: (reportId, artefact) => {
      const expiresAtS = Math.floor((services.now() + LINK_MS) / 1000);
      return services.baseUrl + signedPath(services.linkKey, { reportId, artefact, expiresAtS });
    },
  };
}
