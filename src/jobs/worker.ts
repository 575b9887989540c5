// Takes jobs from the table and runs them under leases, as many of a kind at the same time as its handler has lanes.
// One loop looks for all lanes, by reading; it takes the database's write lock only when there is something to claim.
// Enqueueing wakes it at once; polling is only the fallback.
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
  STORAGE_RETRY_MS,
} from "./attempt.ts";

export type WorkerOptions = {
  store: Store;
  handlers: Record<string, JobHandler>;
  random: () => number;
  log: Log;
  /** Which jobs it takes; all, when left out. */
  kinds?: readonly string[];
  /** Told of every attempt that ended. */
  observe?: (attempt: { kind: string; outcome: AttemptOutcome; seconds: number }) => void;
  leaseMs?: number;
  pollMs?: number;
  maxAttempts?: number;
};

export type Worker = {
  /** Says that a job was enqueued. */
  wake: () => void;
  /** Takes no more jobs; waits up to `graceMs` for those that run, else releases them for the next start. */
  stop: (graceMs: number) => Promise<void>;
};

type State = {
  options: Required<Omit<WorkerOptions, "kinds">> & Pick<WorkerOptions, "kinds">;
  isStopping: boolean;
  /**
   * The jobs that are being worked on, by their claims: after the process was suspended, their leases have run out,
   * and yet nobody else may take them.
   */
  running: Map<string, { job: Job; ended: Promise<void> }>;
  /** Claims that were let go of while their job ran: what becomes of it is not stored any more. */
  abandoned: Set<string>;
  /** Something happened since the loop looked. */
  isNudged: boolean;
  /** Each ends a sleep. */
  sleepers: Set<() => void>;
};

/** Starts working; it goes on until `stop`. */
export function startWorker(options: WorkerOptions): Worker {
  const state: State = {
    options: {
      observe: () => {},
      leaseMs: 60_000,
      pollMs: 5000,
      maxAttempts: MAX_ATTEMPTS,
      ...options,
    },
    isStopping: false,
    running: new Map(),
    abandoned: new Set(),
    isNudged: false,
    sleepers: new Set(),
  };
  const done = workUntilStopped(state);
  return { wake: () => nudge(state), stop: (graceMs) => stop(state, done, graceMs) };
}

async function workUntilStopped(state: State): Promise<void> {
  while (!state.isStopping) {
    state.isNudged = false;
    let sleepMs: number | null;
    try {
      sleepMs = await takeNext(state);
    } catch (error) {
      // The store cannot be read or written just now (a full disk): nothing is lost, what is due stays due.
      state.options.log("error", "worker.store", { reason: messageOf(error) });
      sleepMs = STORAGE_RETRY_MS;
    }
    if (sleepMs !== null && !state.isNudged && !state.isStopping) await sleep(state, sleepMs);
  }
  await Promise.all([...state.running.values()].map(({ ended }) => ended));
}

/** Starts the next job, and gives null; when none may start, how long to sleep. */
async function takeNext(state: State): Promise<number | null> {
  const { store, leaseMs, pollMs, kinds, handlers } = state.options;
  const inHand = new Set(state.running.keys());
  const free = (kinds ?? store.jobs.kinds()).filter(
    (kind) => runningOf(state, kind) < lanesOf(handlers[kind]),
  );
  if (!store.jobs.isDue(free, inHand)) return untilDueMs(state, free);
  await store.writeLock.whenFree();
  if (state.isStopping) return null;
  const job = store.jobs.claim(leaseMs, kinds, { free, inHand });
  if (!job) return pollMs; // it waits for another to end, which nudges
  const ended = perform(state, job)
    .catch((error: unknown) =>
      state.options.log("error", "worker.store", { job: job.id, reason: messageOf(error) }),
    )
    .finally(() => {
      state.running.delete(job.claim);
      nudge(state);
    });
  state.running.set(job.claim, { job, ended });
  return null;
}

const lanesOf = (handler: JobHandler | undefined): number => handler?.lanes ?? 1;

function runningOf({ running }: State, kind: string): number {
  return [...running.values()].filter(({ job }) => job.kind === kind).length;
}

async function perform(state: State, job: Job): Promise<void> {
  const { handlers, leaseMs, observe } = state.options;
  const renewal = setInterval(() => void renew(state, job), leaseMs / 3);
  const started = performance.now();
  try {
    const attempted = await attempt(state.options, { job, handler: handlers[job.kind] });
    const outcome = await settle(state, job, attempted);
    const seconds = (performance.now() - started) / 1000;
    if (outcome !== null) observe({ kind: job.kind, outcome, seconds });
  } finally {
    clearInterval(renewal);
  }
}

async function renew({ options: { store, log, leaseMs } }: State, job: Job): Promise<void> {
  try {
    await store.writeLock.whenFree();
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
      await state.options.store.writeLock.whenFree();
      if (state.abandoned.has(job.claim)) return null;
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

function untilDueMs({ options: { store, pollMs } }: State, free: readonly string[]): number {
  const dueMs = store.jobs.nextDueMs(free);
  return dueMs === null ? pollMs : Math.min(pollMs, Math.max(10, dueMs - store.context.now()));
}

/** Sleeps this long, or until something happens. */
function sleep({ sleepers }: State, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      sleepers.delete(end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    sleepers.add(end);
  });
}

function nudge(state: State): void {
  state.isNudged = true;
  for (const end of [...state.sleepers]) end();
}

async function stop(state: State, done: Promise<void>, graceMs: number): Promise<void> {
  state.isStopping = true;
  nudge(state);
  let timer: Timer | undefined;
  const grace = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), graceMs);
  });
  const result = await Promise.race([done.then(() => "done" as const), grace]);
  clearTimeout(timer);
  if (result === "late") for (const { job } of state.running.values()) letGo(state, job);
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
