// The job table: work that outlives the process. Claiming is one statement; a claim holds a lease.
import { bound, type StoreContext } from "./database/context.ts";
import { claimJob, isJobDue, type Job, type Kinds, kindsOfJobs } from "./jobClaims.ts";
import { takeUpInterrupted } from "./jobCrashes.ts";

export type JobState = "queued" | "running" | "succeeded" | "failed";
export type { Job };

type NewJob = { kind: string; workspace: string; payload: Record<string, string>; dedupeKey: string | null };
/** No retry is postponed by more than this. */
const LONGEST_WAIT_MS = 3_600_000;

export const jobStore = (context: StoreContext) =>
  bound(context, {
    enqueue: enqueueJob,
    kinds: kindsOfJobs,
    isDue: isJobDue,
    claim: claimJob,
    renew: renewLease,
    finish: finishJob,
    retryLater: retryJobLater,
    release: releaseJob,
    takeUpInterrupted,
    pullBackDue: pullBackDueJobs,
    nextDueMs: nextJobDueMs,
    depth: queueDepth,
    forgetFinished: forgetFinishedJobs,
  });

/** Stores a job that is due now; false when a job with the same dedupe key is there already. */
export function enqueueJob({ db, now, newId }: StoreContext, job: NewJob): boolean {
  const at = now();
  const { changes } = db
    .query(
      `INSERT INTO jobs (id, kind, workspace, payload, state, run_at_ms, dedupe_key, created_at_ms)
       VALUES (?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT (dedupe_key) DO NOTHING`,
    )
    .run(newId("job"), job.kind, job.workspace, JSON.stringify(job.payload), at, job.dedupeKey, at);
  return changes > 0;
}

/** Lengthens the lease; false when the job was claimed again by somebody else. */
function renewLease({ db, now }: StoreContext, job: Job, leaseMs: number): boolean {
  const { changes } = db
    .query("UPDATE jobs SET lease_until_ms = ? WHERE id = ? AND claim = ? AND state = 'running'")
    .run(now() + leaseMs, job.id, job.claim);
  return changes > 0;
}

/** Ends a job; false when it was claimed again by somebody else. */
function finishJob(
  { db, now }: StoreContext,
  job: Job,
  state: "succeeded" | "failed",
  error: string | null,
): boolean {
  const { changes } = db
    .query(
      `UPDATE jobs SET state = ?, error = ?, finished_at_ms = ?, lease_until_ms = NULL, claim = NULL
       WHERE id = ? AND claim = ? AND state = 'running'`,
    )
    .run(state, error, now(), job.id, job.claim);
  return changes > 0;
}

/** Puts a job back, to be claimed `delayMs` from now; false when it was claimed again by somebody else. */
function retryJobLater({ db, now }: StoreContext, job: Job, delayMs: number, error: string): boolean {
  const { changes } = db
    .query(
      `UPDATE jobs SET state = 'queued', error = ?, run_at_ms = ?, lease_until_ms = NULL, claim = NULL
       WHERE id = ? AND claim = ? AND state = 'running'`,
    )
    .run(error, now() + delayMs, job.id, job.claim);
  return changes > 0;
}

/**
 * Puts a job back as if it had not been started, due `delayMs` from now when that is given: for a shutdown, and
 * for what is no fault of the job. False when it was claimed again by somebody else.
 */
function releaseJob({ db, now }: StoreContext, job: Job, delayMs: number | null = null): boolean {
  const { changes } = db
    .query(
      `UPDATE jobs SET state = 'queued', attempts = attempts - 1, run_at_ms = coalesce(?, run_at_ms),
                       lease_until_ms = NULL, claim = NULL
       WHERE id = ? AND claim = ? AND state = 'running'`,
    )
    .run(delayMs === null ? null : now() + delayMs, job.id, job.claim);
  return changes > 0;
}

/**
 * Makes jobs due that would wait for long because they were queued or postponed while the clock was ahead.
 * Gives how many.
 */
function pullBackDueJobs({ db, now }: StoreContext): number {
  const at = now();
  return db
    .query(
      `UPDATE jobs SET run_at_ms = ?
       WHERE state = 'queued' AND run_at_ms > ? AND (created_at_ms > ? OR run_at_ms > ?)`,
    )
    .run(at, at, at, at + LONGEST_WAIT_MS).changes;
}

/** When the next queued job (of these kinds) is due, epoch ms; null when none waits. Served by jobs_due. */
function nextJobDueMs({ db }: StoreContext, kinds?: Kinds): number | null {
  const sql = "SELECT min(run_at_ms) AS at FROM jobs WHERE state = 'queued'";
  if (!kinds) return db.query<{ at: number | null }, []>(sql).get()?.at ?? null;
  const ofKind = db.query<{ at: number | null }, [string]>(`${sql} AND kind = ?`);
  const times = kinds.flatMap((kind) => ofKind.get(kind)?.at ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

/** Queue depth by state, and the age in ms of the oldest job that waits, for metrics. */
function queueDepth({ db, now }: StoreContext) {
  const row = db
    .query<{ queued: number; running: number; oldest: number | null }, []>(
      `SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running,
              min(created_at_ms) FILTER (WHERE state = 'queued') AS oldest
       FROM jobs WHERE state IN ('queued', 'running')`,
    )
    .get() as { queued: number; running: number; oldest: number | null };
  return {
    queued: row.queued,
    running: row.running,
    oldestAgeMs: row.oldest === null ? 0 : now() - row.oldest,
  };
}

/** Forgets jobs that ended before this instant, epoch ms. Gives how many. */
function forgetFinishedJobs({ db }: StoreContext, beforeMs: number): number {
  return db
    .query("DELETE FROM jobs WHERE state IN ('succeeded', 'failed') AND finished_at_ms < ?")
    .run(beforeMs).changes;
}
