// Fires schedules: looks which are due, queues their reports, sleeps until the next one. The clock is the store's, and a
// look is a row of steps, which rounds.ts does in turn with others: tests go through years of them in milliseconds.
import type { Log } from "../model/log.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export type SchedulerOptions = {
  store: Store;
  clock: Clock;
  /** Says that reports were queued. */
  wakeWorker: () => void;
  log: Log;
};

/** Longest sleep: a clock that is set, or a machine that was suspended, is noticed within this. */
const LONGEST_SLEEP_MS = 15_000;
/** How far the clock may step back before next runs are looked at again. */
const STEP_BACK_MS = 1000;
const BATCH = 100;
/** Schedules whose next runs are looked at again in one step. */
const PULLED_BACK = 20;

/**
 * One look at the schedules: queues everything that is due, a schedule at a step. Each step gives the ids of its new
 * reports; what others change between two steps is seen.
 */
export function* tick({ store, log }: Pick<SchedulerOptions, "store" | "log">): Generator<string[], void> {
  // Those that fail stay due, at the head of the list; they are tried again at the next look.
  const failed = new Set<string>();
  for (;;) {
    const due = store.scheduling.dueSchedules(BATCH + failed.size).filter(({ id }) => !failed.has(id));
    if (due.length === 0) return;
    for (const schedule of due) {
      let made: string[] = [];
      try {
        made = store.scheduling.produceDue(schedule);
      } catch (error) {
        // Nothing can be stored just now: the others would meet the same, each after a wait.
        if (isStorageUnavailable(error)) throw error;
        failed.add(schedule.id);
        log("error", "schedule.failed", {
          schedule: schedule.id,
          reason: messageOf(error),
        });
      }
      yield made;
    }
  }
}

/**
 * Makes a function that looks at the schedules like `tick`, and notices a clock that was set back since its
 * last look; at its first, a clock that was set back while nobody looked. While the clock is not believed, schedules
 * hold still, and reports of the future are hidden; afterwards what was made by a wrong clock is settled.
 */
export function watchOf({
  store,
  clock,
  log,
}: Omit<SchedulerOptions, "wakeWorker">): () => Generator<string[], void> {
  let lastLookMs = Infinity;
  let heldJumpMs: number | null = null;
  const look = function* () {
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
      yield* settle(store, log);
    }
    lastLookMs = at;
    heldJumpMs = hold?.jumpMs ?? null;
    if (!hold) yield* tick({ store, log });
  };
  return () => untilItJumps(clock, look());
}

/** The steps up to one in which the clock jumped: the next look sees to that. */
function* untilItJumps<T>(clock: Clock, steps: Generator<T, void>): Generator<T, void> {
  for (const step of steps) {
    yield step;
    if (clock.look()) return;
  }
}

/**
 * What a start does before anything runs by itself: a clock that was ahead must not have its reports sent any more.
 * The scheduler's first look does it again.
 */
export function lookAtClock({ store, clock, log }: Omit<SchedulerOptions, "wakeWorker">): void {
  if (clock.keep(store, log)) store.wallClock.voidForNow();
  else for (const _ of settle(store, log));
}

/** Takes back what was made while the clock was ahead, and what was planned. */
function* settle(store: Store, log: Log): Generator<string[], void> {
  const { voided, forgotten } = store.wallClock.settle();
  let schedules = 0;
  for (let place: number | null = 0; place !== null; ) {
    const { changed, after } = store.scheduling.pullBackNextRuns(place, PULLED_BACK);
    schedules += changed;
    place = after;
    yield [];
  }
  if (voided + forgotten + schedules > 0)
    log("warn", "clock.was_ahead", { voidedReports: voided, forgottenPeriods: forgotten, schedules });
}

export type Scheduler = Rounds;

/** Starts firing. `wake` says that a schedule was changed. */
export function startScheduler({ store, clock, wakeWorker, log }: SchedulerOptions): Scheduler {
  return startRounds({
    writeLock: store.writeLock,
    steps: watchOf({ store, clock, log }),
    onDone: (made) => {
      const reports = made.flat().length;
      if (reports === 0) return;
      log("info", "schedules.fired", { reports });
      wakeWorker();
    },
    // The store cannot be written or read just now: what is due stays due.
    onError: (error) => log("error", "scheduler.store", { reason: messageOf(error) }),
    sleepMs: () => sleepUntilDueMs(store),
    afterErrorMs: LONGEST_SLEEP_MS,
    firstAfterMs: 0,
  });
}

/** Until the next one is due. What is due already has just failed, and waits for the longest sleep. */
function sleepUntilDueMs(store: Store): number {
  const nextMs = store.scheduling.nextDueMs();
  const waitMs = nextMs === null ? LONGEST_SLEEP_MS : nextMs - store.context.now();
  return waitMs <= 0 ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(5, waitMs));
}
