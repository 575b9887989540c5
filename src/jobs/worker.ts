// Takes jobs from the table, one at a time, and runs them under a lease. Enqueueing wakes it at once;
// polling is only the fallback.
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import { inTransaction } from "../store/database/context.ts";
import type { Job } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";
import {
  type Attempted,
  type AttemptOutcome,
  attemptOf,
  type JobHandler,
  MAX_ATTEMPTS,
  retryDelayMs,
  STORAGE_RETRY_MS,
} from "./attempt.ts";

export type WorkerOptions = {
  store: Store;
  handlers: Record<string, JobHandler>;
  random: () => number;
  log: (level: "info" | "warn" | "error", event: string, facts: Record<string, unknown>) => void;
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

export type Worker = ReturnType<typeof startWorker>;

/** Starts working. `wake` says that a job was enqueued; `stop` ends after the running job, or lets go of it. */
export function startWorker(options: WorkerOptions) {
  const { store, handlers, log, kinds, retryDelay = retryDelayMs } = options;
  const { observe = () => {}, inHand = new Set<string>() } = options;
  const { leaseMs = 60_000, pollMs = 5000, maxAttempts = MAX_ATTEMPTS } = options;
  let stopping = false;
  let running: Job | null = null;
  let nudge: () => void = () => {};

  const attempt = attemptOf({ ...options, retryDelay, maxAttempts });

  const renew = (job: Job) => {
    try {
      store.jobs.renew(job, leaseMs);
    } catch (error) {
      // A full disk must not end the server: the next renewal may succeed, else the lease expires.
      log("warn", "job.renewal", {
        job: job.id,
        reason: messageOf(error),
      });
    }
  };

  /**
   * Stores how an attempt ended. While the disk is full, it tries again and again: what was done stays done, and
   * the job is not lost until its lease runs out. Gives the outcome; null when Nines stops first.
   */
  const settle = async (job: Job, attempted: Attempted): Promise<AttemptOutcome | null> => {
    let { ending, otherwise } = attempted;
    while (!abandoned.has(job.claim)) {
      try {
        ending.store();
        return ending.outcome;
      } catch (error) {
        if (!isStorageUnavailable(error)) {
          if (!otherwise) throw error;
          ending = otherwise(error);
          otherwise = null;
        } else {
          if (stopping) return null;
          log("error", "worker.store", { job: job.id, reason: (error as Error).message });
          await idle(STORAGE_RETRY_MS);
        }
      }
    }
    return null;
  };

  const perform = async (job: Job) => {
    const renewal = setInterval(() => renew(job), leaseMs / 3);
    const started = performance.now();
    inHand.add(job.claim);
    try {
      const outcome = await settle(job, await attempt(job, handlers[job.kind]));
      const seconds = (performance.now() - started) / 1000;
      if (outcome !== null) observe({ kind: job.kind, outcome, seconds });
    } finally {
      clearInterval(renewal);
      inHand.delete(job.claim);
    }
  };

  const abandoned = new Set<string>();
  const untilDueMs = () => {
    const dueMs = store.jobs.nextDueMs(kinds);
    return dueMs === null ? pollMs : Math.min(pollMs, Math.max(10, dueMs - store.context.now()));
  };
  const idle = (waitMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** The job is put back for the next start; should the disk be full, its lease ends there. */
  const letGo = (job: Job) => {
    abandoned.add(job.claim);
    try {
      inTransaction(store.context.db, () => {
        if (store.jobs.release(job)) handlers[job.kind]?.onRetry(job, null);
      });
    } catch (error) {
      if (!isStorageUnavailable(error)) throw error;
      log("error", "worker.store", { job: job.id, reason: (error as Error).message });
    }
  };

  const loop = async () => {
    while (!stopping) {
      try {
        running = store.jobs.claim(leaseMs, kinds, inHand);
        if (running) await perform(running);
        else await idle(untilDueMs());
      } catch (error) {
        // The store cannot be written just now (a full disk): nothing is lost, the lease will expire.
        log("error", "worker.store", { reason: messageOf(error) });
        running = null;
        // Nothing is read here: what cannot be read either must not end the worker.
        await idle(STORAGE_RETRY_MS);
      }
      running = null;
    }
  };
  const done = loop();

  return {
    wake: () => nudge(),
    /** Takes no more jobs; waits up to `graceMs` for the running one, else releases it for the next start. */
    stop: async (graceMs: number): Promise<void> => {
      stopping = true;
      nudge();
      let timer: Timer | undefined;
      const grace = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), graceMs);
      });
      const result = await Promise.race([done.then(() => "done" as const), grace]);
      clearTimeout(timer);
      if (result === "late" && running) letGo(running);
    },
  };
}
