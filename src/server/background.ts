// What goes on beside the requests: the worker for reports and deliveries, the scheduler, the sweeper.

import type { Clock } from "../jobs/clock.ts";
import { deliveryJob } from "../jobs/deliveryJob.ts";
import { startEraser } from "../jobs/eraser.ts";
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

export type BackgroundOptions = Pick<WorkerOptions, "store" | "log"> & {
  clock: Clock;
  observe: NonNullable<WorkerOptions["observe"]>;
  config: Config;
  brand: PdfOptions["brand"];
  /** How messages show reports and name their files; the server must listen, for they need its address. */
  links: Pick<SenderOptions, "present" | "linkTo" | "linkMs">;
  /** Chance, from 0 to 1: how long retries wait. */
  random: () => number;
  /** Rung when jobs were queued, when schedules were changed, and when sites were deleted. */
  bells: Record<"jobs" | "schedules" | "sites", Bell>;
};

export type Background = ReturnType<typeof startBackground>;

/** Starts everything. `stop` lets running jobs end, for up to `graceMs`. */
export function startBackground(options: BackgroundOptions) {
  const { store, clock, log, observe, config, brand, links, random, bells } = options;
  const { dataFolder } = config;
  const discard = (report: { id: string; createdAtMs: number }) => removeArtefacts(dataFolder, report);
  const renderer = startRenderer(
    { dataFolder, version: VERSION, pdf: { pageSize: config.pageSize, brand } },
    { limits: { timeMs: config.reportTimeoutMs, memoryBytes: config.reportMemoryBytes } },
  );
  const send = senderOf({
    store,
    dataFolder,
    ...links,
    log,
    email: { smtp: config.smtp, from: config.mailFrom },
    webhook: { allowsPrivate: config.webhookAllowPrivate, version: VERSION, now: store.context.now },
  });
  const worker = startWorker({
    store,
    log,
    observe,
    random,
    kinds: ["report", "delivery"],
    handlers: {
      report: reportJob(store, renderer.make, discard, bells.jobs.ring),
      delivery: deliveryJob(store, send, clock),
    },
  });
  bells.jobs.heardBy(worker.wake);
  const scheduler = startScheduler({ store, clock, wakeWorker: bells.jobs.ring, log });
  bells.schedules.heardBy(() => {
    scheduler.wake();
    bells.jobs.ring();
  });
  const sweeper = startSweeper({ store, discard, clock, log });
  const eraser = startEraser({ store, log });
  bells.sites.heardBy(eraser.wake);
  return {
    stop: async (graceMs: number): Promise<void> => {
      await Promise.all([scheduler.stop(), sweeper.stop(), eraser.stop(), worker.stop(graceMs)]);
      await renderer.stop();
    },
  };
}
