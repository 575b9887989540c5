// Deleting a site with any number of faults. One with many leaves its workspace at once, and is in none from then on:
// nobody finds it or its faults. These are deleted some at a time, also by the next process if this one ends.
import { inTransaction, type Reading, type StoreContext } from "./database/context.ts";

/** No token has this workspace. */
const LEAVING = "";

/** So many faults go in one transaction: some milliseconds, more when all have comments. */
const FAULTS_AT_ONCE = 500;

/**
 * Deletes a site with its links and faults, and takes it out of schedules and maintenance windows; false when there is
 * none. `onFaults` is called in the same transaction when it has faults, and may refuse by throwing.
 */
export function removeSite(
  { db }: StoreContext,
  workspace: string,
  id: string,
  onFaults: () => void = () => {},
): boolean {
  return inTransaction(db, () => {
    const site = db
      .query<{ seq: number }, [string, string]>("SELECT seq FROM sites WHERE id = ? AND workspace = ?")
      .get(id, workspace);
    if (!site) return false;
    const faults = faultsOf({ db }, site.seq, FAULTS_AT_ONCE + 1);
    if (faults > 0) onFaults();
    if (faults <= FAULTS_AT_ONCE) db.query("DELETE FROM sites WHERE seq = ?").run(site.seq);
    else leave({ db }, site.seq);
    return true;
  });
}

function leave({ db }: Reading, seq: number): void {
  db.query("DELETE FROM schedule_sites WHERE site_seq = ?").run(seq);
  db.query("DELETE FROM maintenance_window_sites WHERE site_seq = ?").run(seq);
  db.query("UPDATE sites SET workspace = ?, external_id = NULL WHERE seq = ?").run(LEAVING, seq);
}

/** How many faults a site has; no more than `most` are counted. */
function faultsOf({ db }: Reading, seq: number, most: number): number {
  const { count } = db
    .query<{ count: number }, [number, number]>(
      "SELECT count(*) AS count FROM (SELECT 1 FROM faults WHERE site_seq = ? LIMIT ?)",
    )
    .get(seq, most) as { count: number };
  return count;
}

/** Deletes some of what sites that left have still; gives whether there is more. */
export function removeLeft({ db }: StoreContext): boolean {
  return inTransaction(db, () => {
    const site = db
      .query<{ seq: number }, [string]>("SELECT seq FROM sites WHERE workspace = ? LIMIT 1")
      .get(LEAVING);
    if (!site) return false;
    const { changes } = db
      .query("DELETE FROM faults WHERE seq IN (SELECT seq FROM faults WHERE site_seq = ? LIMIT ?)")
      .run(site.seq, FAULTS_AT_ONCE);
    if (changes === 0) db.query("DELETE FROM sites WHERE seq = ?").run(site.seq);
    return true;
  });
}

/** Whether any site is leaving. */
export function isAnyLeaving({ db }: Reading): boolean {
  return db.query("SELECT 1 FROM sites WHERE workspace = ? LIMIT 1").get(LEAVING) !== null;
}

/** Frees an identity that only a fault of a leaving site has: that fault is gone already for everybody. */
export function freeOfLeaving({ db }: Reading, workspace: string, identity: string): boolean {
  const { changes } = db
    .query(
      `DELETE FROM faults WHERE workspace = ? AND identity = ?
         AND site_seq IN (SELECT seq FROM sites WHERE workspace = ?)`,
    )
    .run(workspace, identity, LEAVING);
  return changes > 0;
}
