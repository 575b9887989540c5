// Fires schedules: looks which are due, queues their reports, sleeps until the next one. The clock is the
// store's, so that tests drive years in milliseconds with `tick`.
import type { Log } from "../model/log.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";

export type SchedulerOptions = {
  store: Store;
  clock: Clock;
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
 * last look; at its first, a clock that was set back while nobody looked. While the clock is not believed, schedules
 * hold still, and reports of the future are hidden; afterwards what was made by a wrong clock is settled.
 */
export function watchOf({ store, clock, log }: Omit<SchedulerOptions, "wakeWorker">): () => string[] {
  let lastLookMs = Infinity;
  let heldJumpMs: number | null = null;
  return () => {
    const hold = clock.keep(store, log);
    const at = store.context.now();
    const isBack = at < lastLookMs - STEP_BACK_MS;
    if (isBack) {
      const jobs = store.jobs.pullBackDue();
      if (jobs > 0) log("warn", "scheduler.clock_stepped_back", { jobs });
    }
    if (hold) {
      if (isBack || hold.jumpMs !== heldJumpMs) store.wallClock.voidForNow();
    } else if (isBack || heldJumpMs !== null) {
      settle(store, log);
    }
    lastLookMs = at;
    heldJumpMs = hold?.jumpMs ?? null;
    return hold ? [] : tick({ store, log });
  };
}

/**
 * What a start does before anything runs by itself: a clock that was ahead must not have its reports sent any more.
 * The scheduler's first look does it again.
 */
export function lookAtClock({ store, clock, log }: Omit<SchedulerOptions, "wakeWorker">): void {
  if (clock.keep(store, log)) store.wallClock.voidForNow();
  else settle(store, log);
}

/** Takes back what was made while the clock was ahead, and what was planned. */
function settle(store: Store, log: Log): void {
  const { voided, forgotten } = store.wallClock.settle();
  const schedules = store.scheduling.pullBackNextRuns();
  if (voided + forgotten + schedules > 0)
    log("warn", "clock.was_ahead", { voidedReports: voided, forgottenPeriods: forgotten, schedules });
}

export type Scheduler = { stop: () => void; wake: () => void };

/** Starts firing. `wake` says that a schedule was changed. */
export function startScheduler({ store, clock, wakeWorker, log }: SchedulerOptions): Scheduler {
  const look = watchOf({ store, clock, log });
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
