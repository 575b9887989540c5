// One attempt at a job: what came of it, and what is stored in the transaction that ends or postpones the job.
import { LimitExceeded } from "../model/limitExceeded.ts";
import type { Log } from "../model/log.ts";
import { NotYet } from "../model/notYet.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import { inTransaction } from "../store/database/context.ts";
import { MOST_CRASHES_ALONE } from "../store/jobCrashes.ts";
import type { Job } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";

/** What running a job gives: the changes that are stored in the same transaction that ends the job. */
export type Effect = () => void;
export type JobHandler = {
  /** Does the work. It may be done again after a crash, so its effects outside the store must repeat safely. */
  run: (job: Job) => Promise<Effect>;
  /**
   * Stores, in the transaction that ends or postpones the job, what became of it. `reason` is what went wrong; null
   * when that is nobody's fault: nothing could be stored, or the job was let go of at a shutdown.
   */
  onRetry: (job: Job, reason: string | null) => void;
  onGiveUp: (job: Job, reason: string) => void;
  /** So many of its jobs may run at the same time; one, when left out. */
  lanes?: number;
  /** How long a job waits after so many attempts, in milliseconds; `retryDelayMs`, when left out. */
  retryDelay?: (attempts: number, random: () => number) => number;
};

export type AttemptOutcome = "succeeded" | "retried" | "failed";
/** How an attempt ended; `store` stores it, and may be called again when it threw. */
export type Ending = { outcome: AttemptOutcome; store: () => void };
export type Attempted = {
  ending: Ending;
  /** The ending instead, when that one cannot be stored for a reason of its own; null when there is no other. */
  otherwise: ((error: unknown) => Ending) | null;
};

export const MAX_ATTEMPTS = 5;
const MAX_ATTEMPTS_AT_A_LIMIT = 2;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;
/** After how long something is tried again that a full disk prevented; such an attempt does not count. */
export const STORAGE_RETRY_MS = 2000;

/** How long a job waits after this many attempts: doubling from 1 s to 5 min, less a random half. */
export function retryDelayMs(attempts: number, random: () => number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
  return Math.round(full * (0.5 + random() / 2));
}

export type AttemptOptions = {
  store: Store;
  random: () => number;
  log: Log;
  maxAttempts: number;
};

type Claimed = { job: Job; handler: JobHandler | undefined };

/** Runs a claimed job by its handler; whatever the handler throws is an ending too. */
export async function attempt(options: AttemptOptions, claimed: Claimed): Promise<Attempted> {
  const { store, maxAttempts } = options;
  const { job, handler } = claimed;
  try {
    if (!handler) throw new Error(`this Nines has no handler for jobs of kind '${job.kind}'`);
    if (job.crashesAlone >= MOST_CRASHES_ALONE) return { ending: blamed(options, claimed), otherwise: null };
    if (job.attempts > maxAttempts) throw new Error(`it did not end in ${maxAttempts} attempts`);
    const effect = await handler.run(job);
    const finish = () => store.jobs.finish(job, "succeeded", null);
    return {
      ending: { outcome: "succeeded", store: () => end(store, finish, effect) },
      otherwise: (error) => endingAfter(options, claimed, error),
    };
  } catch (error) {
    return { ending: endingAfter(options, claimed, error), otherwise: null };
  }
}

/** What becomes of a job that threw this: it is tried again, or given up. */
function endingAfter(options: AttemptOptions, claimed: Claimed, error: unknown): Ending {
  const { store, random, maxAttempts } = options;
  const { job, handler } = claimed;
  const reason = messageOf(error);
  if (isStorageUnavailable(error)) {
    const put = () => store.jobs.release(job, STORAGE_RETRY_MS);
    return postponed(options, claimed, { reason, isFault: false, delayMs: STORAGE_RETRY_MS, put });
  }
  if (error instanceof NotYet) {
    const { delayMs } = error;
    const put = () => store.jobs.release(job, delayMs);
    return postponed(options, claimed, { reason, isFault: true, delayMs, put });
  }
  const most = error instanceof LimitExceeded ? Math.min(MAX_ATTEMPTS_AT_A_LIMIT, maxAttempts) : maxAttempts;
  if (job.attempts >= most) return givenUp(options, claimed, reason);
  const delayMs = (handler?.retryDelay ?? retryDelayMs)(job.attempts, random);
  const put = () => store.jobs.retryLater(job, delayMs, reason);
  return postponed(options, claimed, { reason, isFault: true, delayMs, put });
}

function postponed(
  { store, log }: AttemptOptions,
  { job, handler }: Claimed,
  {
    reason,
    isFault,
    delayMs,
    put,
  }: { reason: string; isFault: boolean; delayMs: number; put: () => boolean },
): Ending {
  log("warn", "job.retry", { ...factsOf(job, reason), delayMs });
  const tell = () => handler?.onRetry(job, isFault ? reason : null);
  return { outcome: "retried", store: () => end(store, put, tell) };
}

function givenUp({ store, log }: AttemptOptions, { job, handler }: Claimed, reason: string): Ending {
  log("error", "job.failed", factsOf(job, reason));
  const finish = () => store.jobs.finish(job, "failed", reason);
  return { outcome: "failed", store: () => end(store, finish, () => handler?.onGiveUp(job, reason)) };
}

/** For a job that took the whole process with it, as far as anybody can tell. */
function blamed(options: AttemptOptions, claimed: Claimed): Ending {
  const times = claimed.job.crashesAlone;
  return givenUp(
    options,
    claimed,
    `the server ended ${times} times while it was doing this and nothing else`,
  );
}

function factsOf(job: Job, reason: string) {
  return { job: job.id, kind: job.kind, attempts: job.attempts, reason };
}

/** Changes the job and stores the effect, in one transaction. */
function end(store: Store, change: () => boolean, effect: () => void): void {
  inTransaction(store.context.db, () => {
    // The lease was lost: the job belongs to another claim, whose outcome counts.
    if (change()) effect();
  });
}
