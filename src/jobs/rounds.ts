// Work that comes round now and then beside the requests: the scheduler's looks, the sweeper's sweeps. A round is
// done step by step; before each step it waits for the database's write lock, outside SQLite, and after each all
// others have their turn. So however much there is to do, nobody waits longer than for one step.
import { isLocked } from "../model/storageError.ts";
import type { Store } from "../store/store.ts";

export type RoundsOptions<T> = {
  writeLock: Pick<Store["writeLock"], "whenFree">;
  /** The steps of a round. Each may write, and must be short: it has the thread, and maybe the lock, to itself. */
  steps: () => Iterator<T, void>;
  /** Told what the steps of a round gave, also of one that broke off. */
  onDone: (given: T[]) => void;
  /** Told why a round broke off, unless the database was locked: that one is done again soon. */
  onError: (error: unknown) => void;
  /** How long to sleep after a round that was not broken off, and after one that was. */
  sleepMs: () => number;
  afterErrorMs: number;
  firstAfterMs: number;
};

export type Rounds = {
  /** Asks for a round now; when one is under way, for another one after it. */
  wake: () => void;
  /** No step begins any more; resolves when the one under way has ended. */
  stop: () => Promise<void>;
};

/** So long a step waits for the lock before its round breaks off; a stop waits no longer, either. */
const PATIENCE_MS = 1000;
/** After a round that a lock broke off, the next one. */
const LOCKED_MS = 250;

/** Starts rounds, never two at once; they go on until `stop`. */
export function startRounds<T>(options: RoundsOptions<T>): Rounds {
  let timer: Timer | undefined;
  let underWay: Promise<void> | null = null;
  let isWoken = false;
  let isStopped = false;
  const sleep = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      underWay = begin();
    }, ms);
  };
  const begin = async () => {
    isWoken = false;
    const sleepMs = await roundOf(options, () => isStopped);
    underWay = null;
    // Requests may end, and wake it, after it was stopped.
    if (!isStopped) sleep(isWoken ? 0 : sleepMs);
  };
  sleep(options.firstAfterMs);
  return {
    wake: () => {
      isWoken = true;
      if (underWay === null && !isStopped) sleep(0);
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

/** One round, to its end or to a stop. Gives how long to sleep until the next. */
async function roundOf<T>(options: RoundsOptions<T>, isStopped: () => boolean): Promise<number> {
  const given: T[] = [];
  try {
    const steps = options.steps();
    for (;;) {
      await options.writeLock.whenFree(PATIENCE_MS);
      const step = isStopped() ? null : steps.next();
      if (step === null || step.done) break;
      given.push(step.value);
      await othersTurn();
    }
    return options.sleepMs();
  } catch (error) {
    if (isLocked(error)) return LOCKED_MS;
    options.onError(error);
    return options.afterErrorMs;
  } finally {
    options.onDone(given);
  }
}

const othersTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
