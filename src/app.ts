// Puts the parts together; nothing else knows them all.

import { readBrand } from "./brand.ts";
import type { Config } from "./config.ts";
import { artefactRoutes } from "./http/artefacts.ts";
import { authenticator } from "./http/auth.ts";
import { businessHoursRoutes } from "./http/businessHours.ts";
import { causePatternRoutes } from "./http/causePatterns.ts";
import { deliveryRoutes } from "./http/deliveries.ts";
import { docRoutes } from "./http/docs.ts";
import { eventRoutes } from "./http/events.ts";
import { faultRoutes } from "./http/faults.ts";
import { faultTransferRoutes } from "./http/faultTransfer.ts";
import { healthRoutes } from "./http/health.ts";
import { linkKeyOf, signedPath } from "./http/links.ts";
import { maintenanceWindowRoutes } from "./http/maintenanceWindows.ts";
import { metricsOf } from "./http/metrics.ts";
import { notificationGroupRoutes } from "./http/notificationGroups.ts";
import { previewRoutes } from "./http/preview.ts";
import { rateLimited } from "./http/rateLimit.ts";
import { presented, reportRoutes } from "./http/reports.ts";
import type { Route } from "./http/route.ts";
import { runRoutes } from "./http/runs.ts";
import { scheduleRoutes } from "./http/schedules.ts";
import { serverApp } from "./http/server.ts";
import type { Services } from "./http/services.ts";
import { settingsRoutes } from "./http/settings.ts";
import { siteRoutes } from "./http/sites.ts";
import { tagRoutes } from "./http/tags.ts";
import { tokenKeysOf } from "./http/tokenKeys.ts";
import { uptimeRoutes } from "./http/uptime.ts";
import { deliveryJob, deliveryRetryDelayMs } from "./jobs/deliveryJob.ts";
import { reportJob } from "./jobs/reportJob.ts";
import { startScheduler } from "./jobs/scheduler.ts";
import { startSweeper } from "./jobs/sweeper.ts";
import { startWorker, type Worker } from "./jobs/worker.ts";
import type { Log } from "./log.ts";
import { idMaker } from "./model/ids.ts";
import { isStorageUnavailable } from "./model/storageError.ts";
import { senderOf } from "./notify/sender.ts";
import { startRenderer } from "./renderer.ts";
import { removeArtefacts, sweepArtefacts } from "./store/artefacts.ts";
import { lockDataFolder, makeDataFolder, tokenSecret } from "./store/dataFolder.ts";
import { emptyLog } from "./store/integrity.ts";
import { type Database, databasePath, openDatabase } from "./store/open.ts";
import { type Store, storeOf } from "./store/store.ts";
import { VERSION } from "./version.ts";

/** Seconds without a byte after which a connection is cut. */
const IDLE_TIMEOUT_S = 30;
/** How long a running report may go on after the signal to stop. */
const GRACE_MS = 30_000;
/** Messages under way at the same time: a slow receiver holds up the others only when there are so many. */
const DELIVERY_LANES = 4;
/** A link in a message works as long as one that is asked for. */
const LINK_MS = 7 * 86_400_000;
/** Ended jobs are kept for a month, for whoever asks what happened. */
const JOBS_KEPT_MS = 30 * 86_400_000;

const CHECKPOINT_ATTEMPTS = 40;

export type App = { url: string; stop: () => Promise<void> };

export type AppOptions = { config: Config; log: Log; now?: () => number };

/** Every route of the API. The order matters only where a word and an id share a place. */
export function routesOf(
  services: Services,
  authenticate: ReturnType<typeof authenticator>,
  metrics: ReturnType<typeof metricsOf>,
): Route[] {
  const routes: Route[] = [
    ...previewRoutes(services),
    ...scheduleRoutes(services),
    ...runRoutes(services),
    ...reportRoutes(services),
    ...deliveryRoutes(services),
    ...artefactRoutes(services, authenticate),
    ...eventRoutes(services),
    ...uptimeRoutes(services),
    ...faultTransferRoutes(services),
    ...faultRoutes(services),
    ...siteRoutes(services),
    ...tagRoutes(services),
    ...businessHoursRoutes(services),
    ...maintenanceWindowRoutes(services),
    ...causePatternRoutes(services),
    ...notificationGroupRoutes(services),
    ...settingsRoutes(services),
    ...healthRoutes(services, metrics),
  ];
  routes.push(...docRoutes(services, () => routes));
  return routes;
}

/** Takes the data folder, starts the worker and the server. Throws SetupError when that cannot be. */
export async function startApp({ config, log, now = Date.now }: AppOptions): Promise<App> {
  for (const closed of makeDataFolder(config.dataFolder)) log("warn", "data.closed_to_others", closed);
  const lock = lockDataFolder(config.dataFolder);
  try {
    return serve({ config, log, now }, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function serve({ config, log, now }: Required<AppOptions>, lock: { release: () => void }): App {
  const secret = tokenSecret(config.dataFolder, config.jwtSecret);
  const brand = readBrand(config);
  const db = openDatabase(databasePath(config.dataFolder));
  const newId = idMaker(now, (array) => crypto.getRandomValues(array));
  const store = storeOf(db, now, newId);
  recover(store, config.dataFolder, log);
  const metrics = metricsOf(store);
  const discard = (report: { id: string; createdAtMs: number }) => removeArtefacts(config.dataFolder, report);
  const renderer = startRenderer(
    { dataFolder: config.dataFolder, version: VERSION, pdf: { pageSize: config.pageSize, brand } },
    { limits: { timeMs: config.reportTimeoutMs, memoryBytes: config.reportMemoryBytes } },
  );
  const send = senderOf({
    store,
    dataFolder: config.dataFolder,
    present: (report) => presented(report, services.baseUrl),
    linkTo: (reportId, artefact) => {
      const expiresAtS = Math.floor((now() + LINK_MS) / 1000);
      return services.baseUrl + signedPath(services.linkKey, { reportId, artefact, expiresAtS });
    },
    email: { smtp: config.smtp, from: config.mailFrom },
    webhook: { allowsPrivate: config.webhookAllowPrivate, version: VERSION, now },
  });
  const inHand = new Set<string>();
  const deliveryLane = () =>
    startWorker({
      store,
      kinds: ["delivery"],
      handlers: { delivery: deliveryJob(store, send) },
      retryDelay: deliveryRetryDelayMs,
      random: Math.random,
      log,
      observe: metrics.observeJob,
      inHand,
    });
  // Begins once the server listens, for links in messages need its address.
  let deliveries = together([]);
  const reports = startWorker({
    store,
    kinds: ["report"],
    handlers: {
      report: reportJob(store, renderer.make, discard, () => deliveries.wake()),
    },
    random: Math.random,
    log,
    observe: metrics.observeJob,
    inHand,
  });
  const wakeWorker = () => {
    reports.wake();
    deliveries.wake();
  };
  const scheduler = startScheduler({ store, wakeWorker, log });
  const sweeper = startSweeper({ store, discard, log });
  const shutdown = new AbortController();
  const keys = config.tokenIssuer && tokenKeysOf(config.tokenIssuer, { now, log });
  const authenticate = rateLimited(authenticator(secret, now, keys), {
    perMinute: config.rateLimitPerMinute,
    now,
    addressOf: (request) => app.server?.requestIP(request)?.address ?? "",
  });
  const services: Services = {
    store,
    now,
    dataFolder: config.dataFolder,
    baseUrl: config.publicUrl ?? "",
    version: VERSION,
    linkKey: linkKeyOf(secret),
    allowsPrivateWebhooks: config.webhookAllowPrivate,
    wakeWorker,
    wakeScheduler: () => {
      scheduler.wake();
      wakeWorker();
    },
    shutdown: shutdown.signal,
    keepOpen: (request, seconds) => app.server?.timeout(request, seconds),
  };
  const app = serverApp({
    routes: routesOf(services, authenticate, metrics),
    authenticate,
    newId,
    baseUrl: () => services.baseUrl,
    log,
    observe: metrics.observe,
  });
  app.listen({
    hostname: config.host,
    port: config.port,
    reusePort: false,
    idleTimeout: IDLE_TIMEOUT_S,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  });
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${app.server?.port}`;
  services.baseUrl ||= url;
  deliveries = together(Array.from({ length: DELIVERY_LANES }, deliveryLane));
  log("info", "started", { url, dataFolder: config.dataFolder, version: VERSION });
  return {
    url,
    stop: async () => {
      shutdown.abort();
      scheduler.stop();
      sweeper.stop();
      await Promise.all([app.server?.stop(), reports.stop(GRACE_MS), deliveries.stop(GRACE_MS)]);
      renderer.stop();
      await checkpoint(db, log);
      db.close();
      lock.release();
      log("info", "stopped", {});
    },
  };
}

/** Workers that are woken and stopped as one. */
function together(workers: readonly Worker[]): Worker {
  return {
    wake: () => {
      for (const worker of workers) worker.wake();
    },
    stop: async (graceMs) => {
      await Promise.all(workers.map((worker) => worker.stop(graceMs)));
    },
  };
}

/**
 * Brings the log of changes into the database, for which the render thread must have let go of it. On a full disk
 * the log stays, and is read at the next start.
 */
async function checkpoint(db: Database, log: Log): Promise<void> {
  try {
    for (let attempt = 0; attempt < CHECKPOINT_ATTEMPTS && !emptyLog(db); attempt++) await Bun.sleep(50);
  } catch (error) {
    if (!isStorageUnavailable(error)) throw error;
    log("warn", "checkpoint.failed", { reason: (error as Error).message });
  }
}

/** Takes up what an earlier process left: its jobs are claimed again, its half-made files removed. */
function recover(store: Store, dataFolder: string, log: Log): void {
  const interrupted = store.jobs.expireLeases();
  const completed = new Set(store.reports.completedFiles().map(({ id }) => id));
  const swept = sweepArtefacts(dataFolder, (id) => completed.has(id));
  const forgotten = store.jobs.forgetFinished(store.context.now() - JOBS_KEPT_MS);
  if (interrupted + swept.length + forgotten > 0)
    log("info", "recovered", { interrupted, swept: swept.length, forgotten });
}
