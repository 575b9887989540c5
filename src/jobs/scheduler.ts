// Fires schedules: looks which are due, queues their reports, sleeps until the next one. The clock is the
// store's, so that tests drive years in milliseconds with `tick`.
import type { Log } from "../model/log.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import type { Store } from "../store/store.ts";

export type SchedulerOptions = {
  store: Store;
  /** Says that reports were queued. */
  wakeWorker: () => void;
  log: Log;
};

/** Longest sleep: a clock that is set, or a machine that was suspended, is noticed within this. */
const LONGEST_SLEEP_MS = 15_000;
/** While another process writes, it looks again after this. */
const LOCKED_MS = 250;
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
        // Nothing can be stored just now: the others would meet the same, each after a wait.
        if (isStorageUnavailable(error)) throw error;
        failed++;
        log("error", "schedule.failed", {
          schedule: schedule.id,
          reason: messageOf(error),
        });
      }
    }
    if (due.length < limit) return made;
  }
}

/**
 * Makes a function that looks at the schedules like `tick`, and notices a clock that was set back since its
 * last look; at its first, a clock that was set back while nobody looked.
 */
export function watchOf(options: Pick<SchedulerOptions, "store" | "log">): () => string[] {
  const { store, log } = options;
  let lastLookMs = Infinity;
  return () => {
    const at = store.context.now();
    if (at < lastLookMs - STEP_BACK_MS) {
      const schedules = store.scheduling.pullBackNextRuns();
      const jobs = store.jobs.pullBackDue();
      if (schedules + jobs > 0) log("warn", "scheduler.clock_stepped_back", { schedules, jobs });
    }
    lastLookMs = at;
    return tick(options);
  };
}

export type Scheduler = { stop: () => void; wake: () => void };

/** Starts firing. `wake` says that a schedule was changed. */
export function startScheduler({ store, wakeWorker, log }: SchedulerOptions): Scheduler {
  const look = watchOf({ store, log });
  let timer: Timer | undefined;
  let isStopped = false;
  const lookAndSleep = () => {
    let sleepMs = LONGEST_SLEEP_MS;
    try {
      if (store.writeLock.isFree()) {
        const made = look();
        if (made.length > 0) {
          log("info", "schedules.fired", { reports: made.length });
          wakeWorker();
        }
        sleepMs = sleepUntilDueMs(store);
      } else sleepMs = LOCKED_MS;
    } catch (error) {
      // The store cannot be written or read just now: what is due stays due.
      log("error", "scheduler.store", { reason: messageOf(error) });
    }
    timer = setTimeout(lookAndSleep, sleepMs);
  };
  lookAndSleep();
  return {
    wake: () => {
      clearTimeout(timer);
      // Requests may end after the scheduler did.
      if (!isStopped) timer = setTimeout(lookAndSleep, 0);
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Until the next one is due. What is due already has just failed, and waits for the longest sleep. */
function sleepUntilDueMs(store: Store): number {
  const nextMs = store.scheduling.nextDueMs();
  const waitMs = nextMs === null ? LONGEST_SLEEP_MS : nextMs - store.context.now();
  return waitMs <= 0 ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(5, waitMs));
}
