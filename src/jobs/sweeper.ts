// Removes reports whose time is over, now and then. A file that is being downloaded stays readable to its
// end, for it is open; a report that is being made is never among them.
import type { Log } from "../model/log.ts";
import { messageOf } from "../model/thrown.ts";
import { AGREEMENT_MS } from "../sla/clock.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export type SweepOptions = {
  store: Store;
  /** Removes the files of a report. */
  discard: (report: { id: string; createdAtMs: number }) => void;
  /** Nothing is removed while it is not believed. */
  clock: Pick<Clock, "look">;
  log: Log;
  /** When it sweeps for the first time; ten minutes after the start, when left out. */
  firstAfterMs?: number;
};

const EVERY_MS = 15 * 60_000;
/** A clock that is wrong at the start is set right within minutes: until then nothing is removed by it. */
const FIRST_AFTER_MS = AGREEMENT_MS;
/** Reports that are removed in one step, each with up to six files. */
const BATCH = 20;
/** Schedules that are looked at in one step when nothing of theirs is expired. */
const LOOKED_AT = 50;

/**
 * Removes everything that is expired, a few reports at a step; each gives how many. Rows go first: a crash leaves only
 * files, which the next start sweeps.
 */
export function* sweepReports({ store, discard, clock }: Omit<SweepOptions, "log">): Generator<number, void> {
  let looked = 0;
  for (let shelf = store.retention.shelfAfter(null); shelf; shelf = store.retention.shelfAfter(shelf)) {
    for (let removed = BATCH; removed === BATCH; ) {
      if (clock.look()) return;
      const expired = store.retention.removeExpired(shelf, BATCH);
      for (const report of expired) discard(report);
      removed = expired.length;
      if (removed > 0 || ++looked % LOOKED_AT === 0) yield removed;
    }
  }
}

/** Sweeps a while after the start and then every quarter of an hour. */
export function startSweeper(options: SweepOptions): Pick<Rounds, "stop"> {
  const { store, log } = options;
  return startRounds({
    writeLock: store.writeLock,
    steps: () => sweepReports(options),
    onDone: (counts) => {
      const removed = counts.reduce((sum, count) => sum + count, 0);
      if (removed > 0) log("info", "reports.expired", { removed });
    },
    onError: (error) => log("error", "reports.sweep", { reason: messageOf(error) }),
    sleepMs: () => EVERY_MS,
    afterErrorMs: EVERY_MS,
    firstAfterMs: options.firstAfterMs ?? FIRST_AFTER_MS,
  });
}
