// Rounds of the scheduler and the sweeper with all their steps at once, for tests that are not about turns.
import { tick, watchOf } from "../../src/jobs/scheduler.ts";
import { sweepReports } from "../../src/jobs/sweeper.ts";

/** A function that looks at the schedules; it gives the ids of the new reports. */
export function looking(...options: Parameters<typeof watchOf>): () => string[] {
  const look = watchOf(...options);
  return () => [...look()].flat();
}

/** One look, without one at the clock. Gives the ids of the new reports. */
export const tickAtOnce = (...options: Parameters<typeof tick>): string[] => [...tick(...options)].flat();

/** A whole sweep; gives how many reports it removed. */
export function sweepAtOnce(...options: Parameters<typeof sweepReports>): number {
  let removed = 0;
  for (const count of sweepReports(...options)) removed += count;
  return removed;
}
