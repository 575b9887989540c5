// The one lock that all writers of a database share. Other processes hold it, too: an import at the command line, a
// backup. Whoever waits for it inside SQLite holds up the whole thread; here one waits without that.
import type { Database } from "bun:sqlite";
import { isLocked } from "../../model/storageError.ts";
import { inTransaction } from "./context.ts";

export type WriteLock = ReturnType<typeof writeLockOf>;

/** A request waits for so long before it is told to come again. */
const PATIENCE_MS = 5_000;
/** An import of another process leaves the lock free for 10 ms between its transactions. */
const LOOK_EVERY_MS = 5;

type Lent = { returned: Promise<void>; isInUse: boolean; onWanted: () => void };
type Lending = {
  patienceMs: number;
  /** Called when somebody else waits to write. */
  onWanted: () => void;
};

/** Looks whether the lock is free, which all share who ask at the same time: hundreds of them cost as much as one. */
function looksOf(db: Database) {
  let next: Promise<boolean> | null = null;
  /** Those who ask in one turn of the event loop make their changes in one transaction, too. */
  let wasFreeThisTurn = false;
  const lookLater = async (): Promise<boolean> => {
    await Bun.sleep(LOOK_EVERY_MS);
    next = null;
    return isFree(db);
  };
  return {
    /** Whether it is free, as far as can be told at once; false while others wait for the next look. */
    now: (): boolean => {
      if (next !== null) return false;
      if (wasFreeThisTurn) return true;
      wasFreeThisTurn = isFree(db);
      if (wasFreeThisTurn) setImmediate(() => (wasFreeThisTurn = false));
      return wasFreeThisTurn;
    },
    later: (): Promise<boolean> => (next ??= lookLater()),
  };
}

/** The write lock of a database, as this connection sees it. */
export function writeLockOf(db: Database) {
  const looks = looksOf(db);
  /** Set while another thread of this process has the lock, or is about to. */
  let lent: Lent | null = null;
  let lastLending: Promise<unknown> = Promise.resolve();
  const whenFree = async (patienceMs = PATIENCE_MS): Promise<void> => {
    const endMs = performance.now() + patienceMs;
    if (lent !== null) {
      lent.onWanted();
      if (!(await isSettledWithin(patienceMs, lent.returned))) throw locked();
    }
    if (looks.now()) return;
    while (!(await looks.later())) if (performance.now() >= endMs) throw locked();
  };
  const lendNow = async <T>(body: () => Promise<T>, { patienceMs, onWanted }: Lending): Promise<T> => {
    await whenFree(patienceMs);
    const { promise: returned, resolve } = Promise.withResolvers<void>();
    const mine: Lent = { returned, isInUse: false, onWanted };
    lent = mine;
    try {
      // Whoever was told that the lock is free writes in the same turn, or at its end.
      await nextTurn();
      await nextTurn();
      mine.isInUse = true;
      return await body();
    } finally {
      lent = null;
      resolve();
    }
  };
  return {
    /** Whether a write could begin now. Waits for nothing. */
    isFree: () => !lent?.isInUse && isFree(db),
    /**
     * Gives the lock to another thread of this process until the promise is settled. Whoever wants to write meanwhile
     * waits for its end, and writes before it is lent again. Throws what a locked database throws, after `patienceMs`.
     */
    lend: <T>(body: () => Promise<T>, lending: Lending): Promise<T> => {
      const mine = lastLending.then(() => lendNow(body, lending));
      lastLending = mine.catch(() => {});
      return mine;
    },
    /**
     * Waits until a write can begin, while others have their turn; begin it at once, before anything else is awaited.
     * Throws what a locked database throws, after `patienceMs`.
     */
    whenFree,
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

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function isSettledWithin(ms: number, promise: Promise<void>): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isSettled = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return isSettled;
}

function locked(): Error {
  return Object.assign(new Error("the database is locked by another process"), { code: "SQLITE_BUSY" });
}
