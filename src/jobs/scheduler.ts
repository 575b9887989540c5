// Fires schedules: looks which are due, queues their reports, sleeps until the next one. The clock is the
// store's, so that tests drive years in milliseconds with `tick`.
import type { Store } from "../store/store.ts";

type Log = (level: "info" | "warn" | "error", event: string, facts: Record<string, unknown>) => void;

export type SchedulerOptions = {
  store: Store;
  /** Says that reports were queued. */
  wakeWorker: () => void;
  log: Log;
};

/** Longest sleep: a clock that is set, or a machine that was suspended, is noticed within this. */
const LONGEST_SLEEP_MS = 15_000;
/** How far the clock may step back before next runs are looked at again. */
const STEP_BACK_MS = 1000;
const BATCH = 100;

/** One look at the schedules: queues everything that is due. Gives the ids of the new reports. */
export function tick({ store, log }: Pick<SchedulerOptions, "store" | "log">): string[] {
  const made: string[] = [];
  // Those that fail stay due, at the head of the list; they are tried again at the next look.
  for (let failed = 0; ; ) {
    const limit = BATCH + failed;
    const due = store.scheduling.dueSchedules(limit);
    for (const schedule of due.slice(failed)) {
      try {
        made.push(...store.scheduling.produceDue(schedule));
      } catch (error) {
        failed++;
        log("error", "schedule.failed", {
          schedule: schedule.id,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
    if (due.length < limit) return made;
  }
}

export type Scheduler = { stop: () => void; wake: () => void };

/** Starts firing. `wake` says that a schedule was changed. */
export function startScheduler({ store, wakeWorker, log }: SchedulerOptions): Scheduler {
  let timer: Timer | undefined;
  let lastLookMs = 0;
  const look = () => {
    const at = store.context.now();
    try {
      if (at < lastLookMs - STEP_BACK_MS || lastLookMs === 0) {
        const pulledBack = store.scheduling.pullBackNextRuns();
        if (pulledBack > 0) log("warn", "schedules.clock_stepped_back", { schedules: pulledBack });
      }
      lastLookMs = at;
      const made = tick({ store, log });
      if (made.length > 0) {
        log("info", "schedules.fired", { reports: made.length });
        wakeWorker();
      }
    } catch (error) {
      // The store cannot be written just now: what is due stays due.
      log("error", "scheduler.store", { reason: error instanceof Error ? error.message : String(error) });
    }
    timer = setTimeout(look, sleepMs());
  };
  /** Until the next one is due. What is due already has just failed, and waits for the longest sleep. */
  const sleepMs = (): number => {
    const nextMs = store.scheduling.nextDueMs();
    const waitMs = nextMs === null ? LONGEST_SLEEP_MS : nextMs - store.context.now();
    return waitMs <= 0 ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(5, waitMs));
  };
  look();
  return {
    wake: () => {
      clearTimeout(timer);
      timer = setTimeout(look, 0);
    },
    stop: () => clearTimeout(timer),
  };
}
