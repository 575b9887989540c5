// Takes jobs from the table, one at a time, and runs them under a lease. Enqueueing wakes it at once;
// polling is only the fallback.
import type { Log } from "../model/log.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import { inTransaction } from "../store/database/context.ts";
import type { Job } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";
import {
  type Attempted,
  type AttemptOutcome,
  attempt,
  type JobHandler,
  MAX_ATTEMPTS,
  retryDelayMs,
  STORAGE_RETRY_MS,
} from "./attempt.ts";

export type WorkerOptions = {
  store: Store;
  handlers: Record<string, JobHandler>;
  random: () => number;
  log: Log;
  /** Which jobs it takes; all, when left out. */
  kinds?: readonly string[];
  /** How long a job waits after so many attempts, in milliseconds. */
  retryDelay?: (attempts: number, random: () => number) => number;
  /** Told of every attempt that ended. */
  observe?: (attempt: { kind: string; outcome: AttemptOutcome; seconds: number }) => void;
  /**
   * The claims that are being worked on, shared by all workers of a process: after it was suspended, their leases
   * have run out, and yet nobody else may take them.
   */
  inHand?: Set<string>;
  leaseMs?: number;
  pollMs?: number;
  maxAttempts?: number;
};

export type Worker = {
  /** Says that a job was enqueued. */
  wake: () => void;
  /** Takes no more jobs; waits up to `graceMs` for the running one, else releases it for the next start. */
  stop: (graceMs: number) => Promise<void>;
};

type State = {
  options: Required<Omit<WorkerOptions, "kinds">> & Pick<WorkerOptions, "kinds">;
  isStopping: boolean;
  running: Job | null;
  /** Claims that were let go of while their job ran: what becomes of it is not stored any more. */
  abandoned: Set<string>;
  /** Ends the sleep, when there is one. */
  nudge: () => void;
};

/** Starts working; it goes on until `stop`. */
export function startWorker(options: WorkerOptions): Worker {
  const state: State = {
    options: {
      retryDelay: retryDelayMs,
      observe: () => {},
      inHand: new Set(),
      leaseMs: 60_000,
      pollMs: 5000,
      maxAttempts: MAX_ATTEMPTS,
      ...options,
    },
    isStopping: false,
    running: null,
    abandoned: new Set(),
    nudge: () => {},
  };
  const done = workUntilStopped(state);
  return { wake: () => state.nudge(), stop: (graceMs) => stop(state, done, graceMs) };
}

async function workUntilStopped(state: State): Promise<void> {
  const { store, log, leaseMs, kinds, inHand } = state.options;
  while (!state.isStopping) {
    try {
      state.running = store.jobs.claim(leaseMs, kinds, inHand);
      if (state.running) await perform(state, state.running);
      else await sleep(state, untilDueMs(state));
    } catch (error) {
      // The store cannot be written just now (a full disk): nothing is lost, the lease will expire.
      log("error", "worker.store", { reason: messageOf(error) });
      state.running = null;
      // Nothing is read here: what cannot be read either must not end the worker.
      await sleep(state, STORAGE_RETRY_MS);
    }
    state.running = null;
  }
}

async function perform(state: State, job: Job): Promise<void> {
  const { handlers, leaseMs, inHand, observe } = state.options;
  const renewal = setInterval(() => renew(state, job), leaseMs / 3);
  const started = performance.now();
  inHand.add(job.claim);
  try {
    const attempted = await attempt(state.options, { job, handler: handlers[job.kind] });
    const outcome = await settle(state, job, attempted);
    const seconds = (performance.now() - started) / 1000;
    if (outcome !== null) observe({ kind: job.kind, outcome, seconds });
  } finally {
    clearInterval(renewal);
    inHand.delete(job.claim);
  }
}

function renew({ options: { store, log, leaseMs } }: State, job: Job): void {
  try {
    store.jobs.renew(job, leaseMs);
  } catch (error) {
    // A full disk must not end the server: the next renewal may succeed, else the lease expires.
    log("warn", "job.renewal", {
      job: job.id,
      reason: messageOf(error),
    });
  }
}

/**
 * Stores how an attempt ended. While the disk is full, it tries again and again: what was done stays done, and
 * the job is not lost until its lease runs out. Gives the outcome; null when Nines stops first.
 */
async function settle(state: State, job: Job, attempted: Attempted): Promise<AttemptOutcome | null> {
  let { ending, otherwise } = attempted;
  while (!state.abandoned.has(job.claim)) {
    try {
      ending.store();
      return ending.outcome;
    } catch (error) {
      if (!isStorageUnavailable(error)) {
        if (!otherwise) throw error;
        ending = otherwise(error);
        otherwise = null;
      } else {
        if (state.isStopping) return null;
        state.options.log("error", "worker.store", { job: job.id, reason: messageOf(error) });
        await sleep(state, STORAGE_RETRY_MS);
      }
    }
  }
  return null;
}

function untilDueMs({ options: { store, kinds, pollMs } }: State): number {
  const dueMs = store.jobs.nextDueMs(kinds);
  return dueMs === null ? pollMs : Math.min(pollMs, Math.max(10, dueMs - store.context.now()));
}

/** Sleeps this long, or until it is nudged. */
function sleep(state: State, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    state.nudge = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function stop(state: State, done: Promise<void>, graceMs: number): Promise<void> {
  state.isStopping = true;
  state.nudge();
  let timer: Timer | undefined;
  const grace = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), graceMs);
  });
  const result = await Promise.race([done.then(() => "done" as const), grace]);
  clearTimeout(timer);
  if (result === "late" && state.running) letGo(state, state.running);
}

/** The job is put back for the next start; should the disk be full, its lease ends there. */
function letGo({ options: { store, handlers, log }, abandoned }: State, job: Job): void {
  abandoned.add(job.claim);
  try {
    inTransaction(store.context.db, () => {
      if (store.jobs.release(job)) handlers[job.kind]?.onRetry(job, null);
    });
  } catch (error) {
    if (!isStorageUnavailable(error)) throw error;
    log("error", "worker.store", { job: job.id, reason: messageOf(error) });
  }
}
