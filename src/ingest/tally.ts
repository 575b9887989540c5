// What became of the rows of a batch, counted: it crosses from a thread, where an outcome for each row would be much.
import { type ImportOutcome, isRefusal, type Refusal } from "../store/importOutcome.ts";

/** How many refused rows an answer lists; all are counted. */
export const LISTED_REFUSALS = 100;

export type Tally = {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  /** The first of those refused, by their position in the batch. */
  refusals: { index: number; refusal: Refusal }[];
};

export const emptyTally = (): Tally => ({ created: 0, updated: 0, unchanged: 0, refused: 0, refusals: [] });

/** Counts outcomes into a tally; the first of them is that of the row with this index. */
export function countOutcomes(tally: Tally, outcomes: readonly ImportOutcome[], firstIndex = 0): Tally {
  outcomes.forEach((outcome, n) => {
    if (!isRefusal(outcome)) {
      tally[outcome]++;
      return;
    }
    tally.refused++;
    if (tally.refusals.length < LISTED_REFUSALS)
      tally.refusals.push({ index: firstIndex + n, refusal: outcome });
  });
  return tally;
}
