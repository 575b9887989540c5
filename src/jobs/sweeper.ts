// Removes reports whose time is over, now and then. A file that is being downloaded stays readable to its
// end, for it is open; a report that is being made is never among them.
import type { Log } from "../model/log.ts";
import { messageOf } from "../model/thrown.ts";
import { AGREEMENT_MS } from "../sla/clock.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";

export type SweepOptions = {
  store: Store;
  /** Removes the files of a report. */
  discard: (report: { id: string; createdAtMs: number }) => void;
  /** Nothing is removed while it is not believed. */
  clock: Pick<Clock, "look">;
  log: Log;
};

const EVERY_MS = 15 * 60_000;
/** A clock that is wrong at the start is set right within minutes: until then nothing is removed by it. */
const FIRST_AFTER_MS = AGREEMENT_MS;
const BATCH = 200;

/** Removes everything that is expired now; gives how many reports. Rows go first: a crash leaves only files, which the next start sweeps. */
export function sweepReports({ store, discard, clock }: Omit<SweepOptions, "log">): number {
  for (let removed = 0; ; ) {
    if (clock.look()) return removed;
    const expired = store.retention.removeExpired(BATCH);
    for (const report of expired) discard(report);
    removed += expired.length;
    if (expired.length < BATCH) return removed;
  }
}

/** Sweeps a while after the start and then every quarter of an hour. */
export function startSweeper(options: SweepOptions): { stop: () => void } {
  const sweep = () => {
    try {
      const removed = sweepReports(options);
      if (removed > 0) options.log("info", "reports.expired", { removed });
    } catch (error) {
      options.log("error", "reports.sweep", {
        reason: messageOf(error),
      });
    }
    timer = setTimeout(sweep, EVERY_MS);
  };
  let timer = setTimeout(sweep, FIRST_AFTER_MS);
  return { stop: () => clearTimeout(timer) };
}
