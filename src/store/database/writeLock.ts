// The one lock that all writers of a database share. Other processes hold it, too: an import at the command line, a
// backup. Whoever waits for it inside SQLite holds up the whole thread; here one waits without that.
import type { Database } from "bun:sqlite";
import { isLocked } from "../../model/storageError.ts";
import { inTransaction } from "./context.ts";

export type WriteLock = ReturnType<typeof writeLockOf>;

/** A request waits for so long before it is told to come again. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 25;

/** The write lock of a database, as this connection sees it. */
export function writeLockOf(db: Database) {
  /** All who wait share one look: hundreds of them cost as much as one. */
  let nextLook: Promise<boolean> | null = null;
  /** All who ask in one turn of the event loop share its look as well: their changes share a transaction. */
  let wasFreeThisTurn = false;
  const isFreeThisTurn = (): boolean => {
    if (wasFreeThisTurn) return true;
    wasFreeThisTurn = isFree(db);
    if (wasFreeThisTurn) setImmediate(() => (wasFreeThisTurn = false));
    return wasFreeThisTurn;
  };
  const lookLater = async (): Promise<boolean> => {
    await Bun.sleep(LOOK_EVERY_MS);
    nextLook = null;
    return isFree(db);
  };
  return {
    /** Whether a write could begin now. Waits for nothing. */
    isFree: () => isFree(db),
    /**
     * Waits until a write can begin, while others have their turn; begin it at once, before anything else is awaited.
     * Throws what a locked database throws, after `patienceMs`.
     */
    whenFree: async (patienceMs = PATIENCE_MS): Promise<void> => {
      if (nextLook === null && isFreeThisTurn()) return;
      const endMs = performance.now() + patienceMs;
      for (;;) {
        nextLook ??= lookLater();
        if (await nextLook) return;
        if (performance.now() >= endMs) throw locked();
      }
    },
  };
}

function isFree(db: Database): boolean {
  if (db.inTransaction) return true;
  const { timeout } = db.query("PRAGMA busy_timeout").get() as { timeout: number };
  db.run("PRAGMA busy_timeout = 0");
  try {
    inTransaction(db, () => {});
    return true;
  } catch (error) {
    // Another trouble is for the write itself to meet and to tell.
    return !isLocked(error);
  } finally {
    db.run(`PRAGMA busy_timeout = ${timeout}`);
  }
}

function locked(): Error {
  return Object.assign(new Error("the database is locked by another process"), { code: "SQLITE_BUSY" });
}
