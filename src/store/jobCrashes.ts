// Jobs that were running when the whole process ended: who did it cannot be known, so they are tried again, behind
// what waits and alone. One that ran alone in three such ends is the cause, as far as anybody can tell.
import { inTransaction, type StoreContext } from "./database/context.ts";

/** The process ended so often while a job alone was running: it is not tried again. */
export const MOST_CRASHES_ALONE = 3;

/**
 * How long a server must have run before it takes a job again that ran alone when an earlier one ended, by how often
 * that was: a process that something else ends every few seconds is no evidence against a job.
 */
const CALM_MS: ReadonlyMap<number, number> = new Map([[MOST_CRASHES_ALONE - 1, 10_000]]);

/**
 * For the start of the only server: takes up the jobs that an earlier one was running. No attempt is counted. Gives
 * what they are.
 */
export function takeUpInterrupted(
  context: StoreContext,
): { kind: string; payload: Record<string, string> }[] {
  const { db, now } = context;
  return inTransaction(db, () => {
    const at = now();
    const isAlone =
      (db.query("SELECT count(*) AS n FROM jobs WHERE state = 'running'").get() as { n: number }).n === 1;
    const rows = db
      .query<{ kind: string; payload: string }, [number, number]>(
        `UPDATE jobs SET state = 'queued', attempts = max(0, attempts - 1), crashes = crashes + 1,
                         crashes_alone = crashes_alone + ?, run_at_ms = ?, lease_until_ms = NULL, claim = NULL
         WHERE state = 'running' RETURNING kind, payload`,
      )
      .all(isAlone ? 1 : 0, at);
    for (const [crashes, calmMs] of CALM_MS) waitForCalm(context, crashes, at + calmMs);
    return rows.map(({ kind, payload }) => ({
      kind,
      payload: JSON.parse(payload) as Record<string, string>,
    }));
  });
}

/** Served by jobs_suspect. */
function waitForCalm({ db }: StoreContext, crashesAlone: number, untilMs: number): void {
  db.query(
    `UPDATE jobs SET run_at_ms = ?1
     WHERE state = 'queued' AND crashes > 0 AND crashes_alone = ?2 AND run_at_ms < ?1`,
  ).run(untilMs, crashesAlone);
}
