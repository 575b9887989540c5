// What goes on beside the requests: workers for reports and deliveries, the scheduler, the sweeper.

import type { Clock } from "../jobs/clock.ts";
import { deliveryJob, deliveryRetryDelayMs } from "../jobs/deliveryJob.ts";
import { reportJob } from "../jobs/reportJob.ts";
import { startScheduler } from "../jobs/scheduler.ts";
import { startSweeper } from "../jobs/sweeper.ts";
import { startWorker, type WorkerOptions } from "../jobs/worker.ts";
import { type SenderOptions, senderOf } from "../notify/sender.ts";
import { startRenderer } from "../render/renderer.ts";
import type { PdfOptions } from "../report/pdf/render.ts";
import { removeArtefacts } from "../store/files/artefacts.ts";
import { VERSION } from "../version.ts";
import type { Config } from "./config.ts";

/** How long running jobs may go on after the signal to stop. */
const GRACE_MS = 30_000;
/** Messages under way at the same time: a slow receiver holds up the others only when there are so many. */
const DELIVERY_LANES = 4;

export type BackgroundOptions = Pick<WorkerOptions, "store" | "log"> & {
  clock: Clock;
  observe: NonNullable<WorkerOptions["observe"]>;
  config: Config;
  brand: PdfOptions["brand"];
  /** How messages show reports and name their files; the server must listen, for they need its address. */
  links: Pick<SenderOptions, "present" | "linkTo" | "linkMs">;
};

export type Background = ReturnType<typeof startBackground>;

/** Starts everything. `stop` lets running jobs end. */
export function startBackground({ store, clock, log, observe, config, brand, links }: BackgroundOptions) {
  const { dataFolder } = config;
  const discard = (report: { id: string; createdAtMs: number }) => removeArtefacts(dataFolder, report);
  const renderer = startRenderer(
    { dataFolder, version: VERSION, pdf: { pageSize: config.pageSize, brand } },
    { limits: { timeMs: config.reportTimeoutMs, memoryBytes: config.reportMemoryBytes } },
  );
  const common = { store, log, observe, random: Math.random, inHand: new Set<string>() };
  const deliveries = deliveryLanes(common, { store, clock, dataFolder, config, links });
  const report = reportJob(store, renderer.make, discard, deliveries.wake);
  const reports = startWorker({ ...common, kinds: ["report"], handlers: { report } });
  const wakeWorkers = () => {
    reports.wake();
    deliveries.wake();
  };
  const scheduler = startScheduler({ store, clock, wakeWorker: wakeWorkers, log });
  const sweeper = startSweeper({ store, discard, clock, log });
  return {
    wakeWorkers,
    wakeScheduler: () => {
      scheduler.wake();
      wakeWorkers();
    },
    stop: async (): Promise<void> => {
      scheduler.stop();
      sweeper.stop();
      await Promise.all([reports.stop(GRACE_MS), deliveries.stop()]);
      renderer.stop();
    },
  };
}

type DeliveryParts = Pick<SenderOptions, "store" | "dataFolder"> &
  Pick<BackgroundOptions, "config" | "links" | "clock">;

/** Several workers for deliveries, that are woken and stopped as one. */
function deliveryLanes(
  common: Omit<WorkerOptions, "handlers">,
  { store, clock, dataFolder, config, links }: DeliveryParts,
) {
  const send = senderOf({
    store,
    dataFolder,
    ...links,
    log: common.log,
    email: { smtp: config.smtp, from: config.mailFrom },
    webhook: { allowsPrivate: config.webhookAllowPrivate, version: VERSION, now: store.context.now },
  });
  const lanes = Array.from({ length: DELIVERY_LANES }, () =>
    startWorker({
      ...common,
      kinds: ["delivery"],
      handlers: { delivery: deliveryJob(store, send, clock) },
      retryDelay: deliveryRetryDelayMs,
    }),
  );
  return {
    wake: () => {
      for (const lane of lanes) lane.wake();
    },
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop(GRACE_MS)));
    },
  };
}
