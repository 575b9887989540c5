// The job table: work that outlives the process. Claiming is one statement; a claim holds a lease.
import { formatInstant } from "../model/formats.ts";
import type { StoreContext } from "./context.ts";

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

/** No retry is postponed by more than this. */
const LONGEST_WAIT_MS = 3_600_000;

export type JobStore = ReturnType<typeof jobStore>;

// Served by jobs_due, jobs_of_kind_due and jobs_leased; the sub-select and the update are one statement, so two
// workers never share a job.
const claimDueSql = (ofKind: string) =>
  `UPDATE jobs SET state = 'running', attempts = attempts + 1, claim = ?, lease_until_ms = ?
   WHERE seq = (SELECT seq FROM jobs WHERE state = 'queued' AND run_at_ms <= ? ${ofKind}
                ORDER BY run_at_ms, seq LIMIT 1)
   RETURNING id, kind, workspace, payload, attempts, claim`;
const claimExpiredSql = (ofKind: string) =>
  `UPDATE jobs SET attempts = attempts + 1, claim = ?, lease_until_ms = ?
   WHERE seq = (SELECT seq FROM jobs WHERE state = 'running' AND lease_until_ms <= ? ${ofKind}
                ORDER BY lease_until_ms LIMIT 1)
   RETURNING id, kind, workspace, payload, attempts, claim`;

export function jobStore({ db, now, newId }: StoreContext) {
  const insert = db.query(
    `INSERT INTO jobs (id, kind, workspace, payload, state, run_at_ms, dedupe_key, created_at_ms)
     VALUES (?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT (dedupe_key) DO NOTHING`,
  );
  const claimDue = db.query<ClaimedRow, [string, number, number]>(claimDueSql(""));
  const claimExpired = db.query<ClaimedRow, [string, number, number]>(claimExpiredSql(""));

  const claimRow = (leaseMs: number): ClaimedRow | null => {
    const at = now();
    return claimDue.get(newId("job"), at + leaseMs, at) ?? claimExpired.get(newId("job"), at + leaseMs, at);
  };
  const claimRowOfKind = (leaseMs: number, kind: string): ClaimedRow | null => {
    const at = now();
    const given = [newId("job"), at + leaseMs, at, kind] as const;
    const take = (sql: string) => db.query<ClaimedRow, [string, number, number, string]>(sql).get(...given);
    return take(claimDueSql("AND kind = ?")) ?? take(claimExpiredSql("AND kind = ?"));
  };

  /** Stores a job that is due now; false when a job with the same dedupe key is there already. */
  const enqueue = (job: NewJob): boolean => {
    const at = now();
    return (
      insert.run(newId("job"), job.kind, job.workspace, JSON.stringify(job.payload), at, job.dedupeKey, at)
        .changes > 0
    );
  };

  /** Takes the oldest due job (of the first of these kinds that has one), or one whose lease has expired; null when there is none. */
  const claim = (leaseMs: number, kinds?: readonly string[]): Job | null => {
    let row: ClaimedRow | null = null;
    if (!kinds) row = claimRow(leaseMs);
    for (const kind of kinds ?? []) row ??= claimRowOfKind(leaseMs, kind);
    return row && { ...row, payload: JSON.parse(row.payload) as Record<string, string> };
  };

  /** Lengthens the lease; false when the job was claimed again by somebody else. */
  const renew = (job: Job, leaseMs: number): boolean =>
    db
      .query("UPDATE jobs SET lease_until_ms = ? WHERE id = ? AND claim = ? AND state = 'running'")
      .run(now() + leaseMs, job.id, job.claim).changes > 0;

  const finish = (job: Job, state: "succeeded" | "failed", error: string | null): boolean =>
    db
      .query(
        `UPDATE jobs SET state = ?, error = ?, finished_at_ms = ?, lease_until_ms = NULL, claim = NULL
         WHERE id = ? AND claim = ? AND state = 'running'`,
      )
      .run(state, error, now(), job.id, job.claim).changes > 0;

  /** Puts a job back, to be claimed `delayMs` from now. */
  const retryLater = (job: Job, delayMs: number, error: string): boolean =>
    db
      .query(
        `UPDATE jobs SET state = 'queued', error = ?, run_at_ms = ?, lease_until_ms = NULL, claim = NULL
         WHERE id = ? AND claim = ? AND state = 'running'`,
      )
      .run(error, now() + delayMs, job.id, job.claim).changes > 0;

  /** Puts a job back untouched, as if it had not been started: for a shutdown. */
  const release = (job: Job): boolean =>
    db
      .query(
        `UPDATE jobs SET state = 'queued', attempts = attempts - 1, lease_until_ms = NULL, claim = NULL
         WHERE id = ? AND claim = ? AND state = 'running'`,
      )
      .run(job.id, job.claim).changes > 0;

  /** Ends every lease: for the start of the only server, when whoever held one is gone. Gives how many. */
  const expireLeases = (): number =>
    db.query("UPDATE jobs SET lease_until_ms = 0 WHERE state = 'running'").run().changes;

  /**
   * Makes jobs due that would wait for long because they were queued or postponed while the clock was ahead.
   * Gives how many.
   */
  const pullBackDue = (): number => {
    const at = now();
    return db
      .query(
        `UPDATE jobs SET run_at_ms = ?
         WHERE state = 'queued' AND run_at_ms > ? AND (created_at_ms > ? OR run_at_ms > ?)`,
      )
      .run(at, at, at, at + LONGEST_WAIT_MS).changes;
  };

  /** When the next queued job (of these kinds) is due, epoch ms; null when none waits. */
  const nextDueMs = (kinds?: readonly string[]): number | null => {
    const sql = "SELECT min(run_at_ms) AS at FROM jobs WHERE state = 'queued'";
    if (!kinds) return db.query<{ at: number | null }, []>(sql).get()?.at ?? null;
    const ofKind = db.query<{ at: number | null }, [string]>(`${sql} AND kind = ?`);
    const times = kinds.flatMap((kind) => ofKind.get(kind)?.at ?? []);
    return times.length === 0 ? null : Math.min(...times);
  };

  /** Queue depth by state, and the age of the oldest job that waits, for metrics. */
  const depth = () => {
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
  };

  /** Forgets jobs that ended before this instant. */
  const forgetFinished = (beforeMs: number): number =>
    db.query("DELETE FROM jobs WHERE state IN ('succeeded', 'failed') AND finished_at_ms < ?").run(beforeMs)
      .changes;

  /** Last lines of failed jobs, newest first, for the log at start. */
  const failures = (limit: number): { id: string; at: string; error: string }[] =>
    db
      .query<{ id: string; finished_at_ms: number; error: string }, [number]>(
        "SELECT id, finished_at_ms, error FROM jobs WHERE state = 'failed' ORDER BY seq DESC LIMIT ?",
      )
      .all(limit)
      .map((row) => ({ id: row.id, at: formatInstant(row.finished_at_ms), error: row.error }));

  return {
    enqueue,
    claim,
    renew,
    finish,
    retryLater,
    release,
    expireLeases,
    pullBackDue,
    nextDueMs,
    depth,
    forgetFinished,
    failures,
  };
}
