// The job table: work that outlives the process. Claiming is one statement; a claim holds a lease.
import { bound, inTransaction, type StoreContext } from "./database/context.ts";

export type JobState = "queued" | "running" | "succeeded" | "failed";
export type Job = {
  id: string;
  kind: string;
  workspace: string;
  payload: Record<string, string>;
  /** How often it was started, this time included. */
  attempts: number;
  /** Proof of the lease; finishing needs it. */
  claim: string;
};
type NewJob = { kind: string; workspace: string; payload: Record<string, string>; dedupeKey: string | null };
type ClaimedRow = {
  id: string;
  kind: string;
  workspace: string;
  payload: string;
  attempts: number;
  claim: string;
};

type Kinds = readonly string[] | undefined;

/** No retry is postponed by more than this. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Takes the oldest due job of the workspace that was served least recently. The workspaces that wait are found
 * one after the other along jobs_waiting, each by one step into the index, so that a claim costs as much as there
 * are workspaces, however many jobs they have. Finding and taking are one statement: two workers never share a job.
 */
export const CLAIM_DUE_SQL = `
  WITH RECURSIVE waiting (workspace) AS (
    SELECT (SELECT workspace FROM jobs WHERE state = 'queued' AND kind = ?1 ORDER BY workspace LIMIT 1)
    UNION ALL
    SELECT (SELECT workspace FROM jobs WHERE state = 'queued' AND kind = ?1 AND workspace > waiting.workspace
            ORDER BY workspace LIMIT 1)
    FROM waiting WHERE waiting.workspace IS NOT NULL
  ), firsts (seq, turn) AS (
    SELECT (SELECT seq FROM jobs WHERE state = 'queued' AND kind = ?1 AND workspace = waiting.workspace AND run_at_ms <= ?2
            ORDER BY run_at_ms, seq LIMIT 1),
           coalesce((SELECT turn FROM job_turns WHERE kind = ?1 AND workspace = waiting.workspace), 0)
    FROM waiting WHERE waiting.workspace IS NOT NULL
  )
  UPDATE jobs SET state = 'running', attempts = attempts + 1, claim = ?3, lease_until_ms = ?4
  WHERE seq = (SELECT seq FROM firsts WHERE seq IS NOT NULL ORDER BY turn, seq LIMIT 1)
  RETURNING id, kind, workspace, payload, attempts, claim`;

/** Takes a job whose lease has expired, unless its claim is among those given. Served by jobs_leased. */
export const CLAIM_EXPIRED_SQL = `
  UPDATE jobs SET attempts = attempts + 1, claim = ?3, lease_until_ms = ?4
  WHERE seq = (SELECT seq FROM jobs WHERE state = 'running' AND lease_until_ms <= ?2 AND kind = ?1
                 AND claim NOT IN (SELECT value FROM json_each(?5))
               ORDER BY lease_until_ms LIMIT 1)
  RETURNING id, kind, workspace, payload, attempts, claim`;

export const jobStore = (context: StoreContext) =>
  bound(context, {
    enqueue: enqueueJob,
    claim: claimJob,
    renew: renewLease,
    finish: finishJob,
    retryLater: retryJobLater,
    release: releaseJob,
    expireLeases,
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

/**
 * Takes a job of the first of these kinds (all, when left out) that has one: one whose lease has expired, else
 * the oldest due one of the workspace that was served least recently. Null when there is none. Claims that are
 * `inHand` are being worked on: their leases only look expired, for this process was suspended.
 */
function claimJob(
  context: StoreContext,
  leaseMs: number,
  kinds?: Kinds,
  inHand: ReadonlySet<string> = new Set(),
): Job | null {
  return inTransaction(context.db, () => {
    const held = JSON.stringify([...inHand]);
    for (const kind of kinds ?? openKinds(context)) {
      const row = claimRow(context, kind, leaseMs, held);
      if (row) return { ...row, payload: JSON.parse(row.payload) as Record<string, string> };
    }
    return null;
  });
}

function openKinds({ db }: StoreContext): string[] {
  return db
    .query<{ kind: string }, []>("SELECT DISTINCT kind FROM jobs WHERE state IN ('queued', 'running')")
    .all()
    .map(({ kind }) => kind);
}

function claimRow(
  { db, now, newId }: StoreContext,
  kind: string,
  leaseMs: number,
  inHand: string,
): ClaimedRow | null {
  const at = now();
  const untilMs = at + leaseMs;
  const row =
    db
      .query<ClaimedRow, [string, number, string, number, string]>(CLAIM_EXPIRED_SQL)
      .get(kind, at, newId("job"), untilMs, inHand) ??
    db
      .query<ClaimedRow, [string, number, string, number]>(CLAIM_DUE_SQL)
      .get(kind, at, newId("job"), untilMs);
  if (row) {
    db.query(
      `INSERT INTO job_turns (kind, workspace, turn)
       VALUES (?1, ?2, 1 + coalesce((SELECT turn FROM job_turns WHERE kind = ?1 ORDER BY turn DESC LIMIT 1), 0))
       ON CONFLICT (kind, workspace) DO UPDATE SET turn = excluded.turn`,
    ).run(kind, row.workspace);
  }
  return row;
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

/** Ends every lease: for the start of the only server, when whoever held one is gone. Gives how many. */
function expireLeases({ db }: StoreContext): number {
  return db.query("UPDATE jobs SET lease_until_ms = 0 WHERE state = 'running'").run().changes;
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
