// Takes jobs from the table, one at a time, and runs them under a lease. Enqueueing wakes it at once;
// polling is only the fallback.
import { inTransaction } from "../store/context.ts";
import type { Job } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";

/** What running a job gives: the changes that are stored in the same transaction that ends the job. */
export type Outcome = () => void;
export type JobHandler = {
  /** Does the work. It may be done again after a crash, so its effects outside the store must repeat safely. */
  run: (job: Job) => Promise<Outcome>;
  /** Stores, in the transaction that ends or postpones the job, what became of it. */
  /** `reason` is what went wrong; null when the job was only let go of at a shutdown. */
  onRetry: (job: Job, reason: string | null) => void;
  onGiveUp: (job: Job, reason: string) => void;
};

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
  leaseMs?: number;
  pollMs?: number;
  maxAttempts?: number;
};

export type AttemptOutcome = "succeeded" | "retried" | "failed";

export const MAX_ATTEMPTS = 5;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;

/** How long a job waits after this many attempts: doubling from 1 s to 5 min, less a random half. */
export function retryDelayMs(attempts: number, random: () => number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
  return Math.round(full * (0.5 + random() / 2));
}

export type Worker = ReturnType<typeof startWorker>;

/** Starts working. `wake` says that a job was enqueued; `stop` ends after the running job, or lets go of it. */
export function startWorker(options: WorkerOptions) {
  const { store, handlers, random, log, kinds, retryDelay = retryDelayMs } = options;
  const { observe = () => {}, leaseMs = 60_000, pollMs = 5000, maxAttempts = MAX_ATTEMPTS } = options;
  let stopping = false;
  let running: Job | null = null;
  let nudge: () => void = () => {};

  const end = (change: () => boolean, effect: () => void) => {
    inTransaction(store.context.db, () => {
      // The lease was lost: the job belongs to another claim, whose outcome counts.
      if (change()) effect();
    });
  };

  const failed = (job: Job, handler: JobHandler | undefined, error: unknown): AttemptOutcome => {
    const reason = error instanceof Error ? error.message : String(error);
    if (job.attempts >= maxAttempts) {
      log("error", "job.failed", { job: job.id, kind: job.kind, attempts: job.attempts, reason });
      end(
        () => store.jobs.finish(job, "failed", reason),
        () => handler?.onGiveUp(job, reason),
      );
      return "failed";
    }
    const delayMs = retryDelay(job.attempts, random);
    log("warn", "job.retry", { job: job.id, kind: job.kind, attempts: job.attempts, delayMs, reason });
    end(
      () => store.jobs.retryLater(job, delayMs, reason),
      () => handler?.onRetry(job, reason),
    );
    return "retried";
  };

  const renew = (job: Job) => {
    try {
      store.jobs.renew(job, leaseMs);
    } catch (error) {
      // A full disk must not end the server: the next renewal may succeed, else the lease expires.
      log("warn", "job.renewal", {
        job: job.id,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };

  const perform = async (job: Job) => {
    const handler = handlers[job.kind];
    const renewal = setInterval(() => renew(job), leaseMs / 3);
    const started = performance.now();
    let ending: AttemptOutcome = "succeeded";
    try {
      if (!handler) throw new Error(`this Nines has no handler for jobs of kind '${job.kind}'`);
      if (job.attempts > maxAttempts) throw new Error(`it did not end in ${maxAttempts} attempts`);
      const outcome = await handler.run(job);
      end(() => store.jobs.finish(job, "succeeded", null), outcome);
    } catch (error) {
      if (abandoned.has(job.claim)) return;
      ending = failed(job, handler, error);
    } finally {
      clearInterval(renewal);
    }
    observe({ kind: job.kind, outcome: ending, seconds: (performance.now() - started) / 1000 });
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

  const loop = async () => {
    while (!stopping) {
      try {
        running = store.jobs.claim(leaseMs, kinds);
        if (running) await perform(running);
        else await idle(untilDueMs());
      } catch (error) {
        // The store cannot be written just now (a full disk): nothing is lost, the lease will expire.
        log("error", "worker.store", { reason: error instanceof Error ? error.message : String(error) });
        running = null;
        // Nothing is read here: what cannot be read either must not end the worker.
        await idle(pollMs);
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
      if (result === "late" && running) {
        const job = running;
        abandoned.add(job.claim);
        end(
          () => store.jobs.release(job),
          () => handlers[job.kind]?.onRetry(job, null),
        );
      }
    },
  };
}
