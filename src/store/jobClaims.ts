// Claiming a job: which one comes next, and taking it in one statement under a lease.
import { inTransaction, type StoreContext } from "./database/context.ts";

export type Job = {
  id: string;
  kind: string;
  workspace: string;
  payload: Record<string, string>;
  /** How often it was started, this time included. */
  attempts: number;
  /** How often the whole process ended while nothing but this job was running. */
  crashesAlone: number;
  /** Proof of the lease; finishing needs it. */
  claim: string;
};
export type Kinds = readonly string[] | undefined;
type ClaimedRow = Omit<Job, "payload"> & { payload: string };

const CLAIMED = "id, kind, workspace, payload, attempts, crashes_alone AS crashesAlone, claim";

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
              AND crashes = 0 ORDER BY run_at_ms, seq LIMIT 1),
           coalesce((SELECT turn FROM job_turns WHERE kind = ?1 AND workspace = waiting.workspace), 0)
    FROM waiting WHERE waiting.workspace IS NOT NULL
  )
  UPDATE jobs SET state = 'running', attempts = attempts + 1, claim = ?3, lease_until_ms = ?4
  WHERE seq = (SELECT seq FROM firsts WHERE seq IS NOT NULL ORDER BY turn, seq LIMIT 1)
  RETURNING ${CLAIMED}`;

/** Takes a job whose lease has expired, unless its claim is among those given. Served by jobs_leased. */
export const CLAIM_EXPIRED_SQL = `
  UPDATE jobs SET attempts = attempts + 1, claim = ?3, lease_until_ms = ?4
  WHERE seq = (SELECT seq FROM jobs WHERE state = 'running' AND lease_until_ms <= ?2 AND kind = ?1
                 AND claim NOT IN (SELECT value FROM json_each(?5))
               ORDER BY lease_until_ms LIMIT 1)
  RETURNING ${CLAIMED}`;

/** Takes the oldest of the jobs that were running when an earlier process ended. Served by jobs_suspect. */
export const CLAIM_SUSPECT_SQL = `
  UPDATE jobs SET state = 'running', attempts = attempts + 1, claim = ?3, lease_until_ms = ?4
  WHERE seq = (SELECT seq FROM jobs WHERE state = 'queued' AND crashes > 0 AND run_at_ms <= ?2
               ORDER BY run_at_ms, seq LIMIT 1) AND kind = ?1
  RETURNING ${CLAIMED}`;

export type ClaimOptions = {
  /** The kinds of which a job may start now; all that are taken, when left out. */
  free?: Kinds;
  /** Claims that are being worked on: their leases only look expired, for this process was suspended. */
  inHand?: ReadonlySet<string>;
};

/**
 * Takes a job of the first of these kinds (all, when left out) that has one: one whose lease has expired, else the oldest due one of
 * the workspace that was served least recently. Null when there is none that may start now. A job that was running
 * when an earlier process ended comes when nothing older waits, and runs alone: nothing else starts meanwhile.
 */
export function claimJob(
  context: StoreContext,
  leaseMs: number,
  kinds?: Kinds,
  { free, inHand = new Set() }: ClaimOptions = {},
): Job | null {
  return inTransaction(context.db, () => {
    const taken = kinds ?? kindsOfJobs(context);
    const mayStart = free ?? taken;
    const row =
      firstOf(mayStart, (kind) => claimExpired(context, kind, leaseMs, inHand)) ??
      claimNext(context, mayStart, leaseMs, turnOf(context, taken));
    if (!row) return null;
    countTurn(context, row);
    return { ...row, payload: JSON.parse(row.payload) as Record<string, string> };
  });
}

const firstOf = <T>(kinds: readonly string[], find: (kind: string) => T | null): T | null => {
  for (const kind of kinds) {
    const there = find(kind);
    if (there !== null) return there;
  }
  return null;
};

function claimExpired(
  { db, now, newId }: StoreContext,
  kind: string,
  leaseMs: number,
  inHand: ReadonlySet<string>,
): ClaimedRow | null {
  const at = now();
  return db
    .query<ClaimedRow, [string, number, string, number, string]>(CLAIM_EXPIRED_SQL)
    .get(kind, at, newId("job"), at + leaseMs, JSON.stringify([...inHand]));
}

function claimNext(
  { db, now, newId }: StoreContext,
  kinds: readonly string[],
  leaseMs: number,
  turn: Turn,
): ClaimedRow | null {
  if (turn === "nobody") return null;
  const at = now();
  const claim = db.query<ClaimedRow, [string, number, string, number]>(
    turn === "alone" ? CLAIM_SUSPECT_SQL : CLAIM_DUE_SQL,
  );
  return firstOf(kinds, (kind) => claim.get(kind, at, newId("job"), at + leaseMs));
}

/** The workspace was served: its next turn comes after those of all others. */
function countTurn({ db }: StoreContext, { kind, workspace }: ClaimedRow): void {
  db.query(
    `INSERT INTO job_turns (kind, workspace, turn)
     VALUES (?1, ?2, 1 + coalesce((SELECT turn FROM job_turns WHERE kind = ?1 ORDER BY turn DESC LIMIT 1), 0))
     ON CONFLICT (kind, workspace) DO UPDATE SET turn = excluded.turn`,
  ).run(kind, workspace);
}

/** Whether a job of these kinds (all, when left out) is due, or a lease expired. Only reads. */
export function isJobDue(
  context: StoreContext,
  kinds: Kinds,
  inHand: ReadonlySet<string> = new Set(),
): boolean {
  const { db, now } = context;
  const at = now();
  const held = JSON.stringify([...inHand]);
  const due = db.query<unknown, [string, number]>(
    "SELECT 1 FROM jobs WHERE state = 'queued' AND kind = ? AND run_at_ms <= ? LIMIT 1",
  );
  const expired = db.query<unknown, [number, string, string]>(
    `SELECT 1 FROM jobs WHERE state = 'running' AND lease_until_ms <= ? AND kind = ?
       AND claim NOT IN (SELECT value FROM json_each(?)) LIMIT 1`,
  );
  return (kinds ?? kindsOfJobs(context)).some(
    (kind) => due.get(kind, at) !== null || expired.get(at, kind, held) !== null,
  );
}

/** The kinds of jobs that wait or run. */
export function kindsOfJobs({ db }: StoreContext): string[] {
  return db
    .query<{ kind: string }, []>("SELECT DISTINCT kind FROM jobs WHERE state IN ('queued', 'running')")
    .all()
    .map(({ kind }) => kind);
}

/** Whose turn it is: an ordinary job's, that of one which is to run alone, or nobody's until others have ended. */
type Turn = "ordinary" | "alone" | "nobody";

function turnOf({ db, now }: StoreContext, kinds: readonly string[]): Turn {
  const running = db
    .query<{ all_jobs: number; suspects: number }, []>(
      "SELECT count(*) AS all_jobs, count(*) FILTER (WHERE crashes > 0) AS suspects FROM jobs WHERE state = 'running'",
    )
    .get() as { all_jobs: number; suspects: number };
  if (running.suspects > 0) return "nobody";
  const next = db
    .query<{ at: number }, [number]>(
      `SELECT run_at_ms AS at FROM jobs WHERE state = 'queued' AND crashes > 0 AND run_at_ms <= ?
       ORDER BY run_at_ms, seq LIMIT 1`,
    )
    .get(now());
  if (!next) return "ordinary";
  const older = db.query<unknown, [string, number]>(
    "SELECT 1 FROM jobs WHERE state = 'queued' AND kind = ? AND run_at_ms < ? AND crashes = 0 LIMIT 1",
  );
  if (kinds.some((kind) => older.get(kind, next.at) !== null)) return "ordinary";
  return running.all_jobs > 0 ? "nobody" : "alone";
}
