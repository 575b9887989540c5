// What goes on beside the requests: workers for reports and deliveries, the scheduler, the sweeper.

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
import type { Bell } from "./bell.ts";
import type { Config } from "./config.ts";

/** Messages under way at the same time: a slow receiver holds up the others only when there are so many. */
const DELIVERY_LANES = 4;

export type BackgroundOptions = Pick<WorkerOptions, "store" | "log"> & {
  observe: NonNullable<WorkerOptions["observe"]>;
  config: Config;
  brand: PdfOptions["brand"];
  /** How messages show reports and name their files; the server must listen, for they need its address. */
  links: Pick<SenderOptions, "present" | "linkTo">;
  /** Rung when jobs were queued, and when schedules were changed. */
  bells: Record<"jobs" | "schedules", Bell>;
};

export type Background = ReturnType<typeof startBackground>;

/** Starts everything. `stop` lets running jobs end, for up to `graceMs`. */
export function startBackground(options: BackgroundOptions) {
  const { store, log, observe, config, brand, links, bells } = options;
  const { dataFolder } = config;
  const discard = (report: { id: string; createdAtMs: number }) => removeArtefacts(dataFolder, report);
  const renderer = startRenderer(
    { dataFolder, version: VERSION, pdf: { pageSize: config.pageSize, brand } },
    { limits: { timeMs: config.reportTimeoutMs, memoryBytes: config.reportMemoryBytes } },
  );
  const common = { store, log, observe, random: Math.random, inHand: new Set<string>() };
  const deliveries = deliveryLanes(common, { store, dataFolder, config, links });
  const report = reportJob(store, renderer.make, discard, deliveries.wake);
  const reports = startWorker({ ...common, kinds: ["report"], handlers: { report } });
  bells.jobs.heardBy(() => {
    reports.wake();
    deliveries.wake();
  });
  const scheduler = startScheduler({ store, wakeWorker: bells.jobs.ring, log });
  bells.schedules.heardBy(() => {
    scheduler.wake();
    bells.jobs.ring();
  });
  const sweeper = startSweeper({ store, discard, log });
  return {
    stop: async (graceMs: number): Promise<void> => {
      scheduler.stop();
      sweeper.stop();
      await Promise.all([reports.stop(graceMs), deliveries.stop(graceMs)]);
      renderer.stop();
    },
  };
}

type DeliveryParts = Pick<SenderOptions, "store" | "dataFolder"> &
  Pick<BackgroundOptions, "config" | "links">;

/** Several workers for deliveries, that are woken and stopped as one. */
function deliveryLanes(
  common: Omit<WorkerOptions, "handlers">,
  { store, dataFolder, config, links }: DeliveryParts,
) {
  const send = senderOf({
    store,
    dataFolder,
    ...links,
    email: { smtp: config.smtp, from: config.mailFrom },
    webhook: { allowsPrivate: config.webhookAllowPrivate, version: VERSION, now: store.context.now },
  });
  const lanes = Array.from({ length: DELIVERY_LANES }, () =>
    startWorker({
      ...common,
      kinds: ["delivery"],
      handlers: { delivery: deliveryJob(store, send) },
      retryDelay: deliveryRetryDelayMs,
    }),
  );
  return {
    wake: () => {
      for (const lane of lanes) lane.wake();
    },
    stop: async (graceMs: number) => {
      await Promise.all(lanes.map((lane) => lane.stop(graceMs)));
    },
  };
}
