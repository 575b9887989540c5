// Changes that are asked for at the same time share a transaction, and so one sync of the disk.
import type { Database } from "bun:sqlite";
import { inTransaction } from "./context.ts";

type Waiting = { change: () => unknown; resolve: (value: never) => void; reject: (reason: unknown) => void };
type Outcome = { isMade: boolean; tell: () => void };

const NOTHING_MADE = new Error("every change of the group was refused");

/**
 * Gives a function that makes a change in one transaction with all others of this turn of the event loop, and
 * settles after the commit: what it resolves with is durable. A change that throws is undone and fails alone; what
 * ends the transaction, such as a full disk, undoes the whole group and fails all of it.
 */
export function groupCommit(db: Database) {
  let group: Waiting[] = [];
  const commit = () => {
    const taken = group;
    group = [];
    let outcomes: Outcome[] = [];
    try {
      inTransaction(db, () => {
        outcomes = taken.map((waiting) => outcomeOf(db, waiting, taken.length === 1));
        // A commit of changes that were all undone would be written and synced all the same.
        if (!outcomes.some(({ isMade }) => isMade)) throw NOTHING_MADE;
      });
    } catch (error) {
      if (error !== NOTHING_MADE) outcomes = taken.map(({ reject }) => failed(() => reject(error)));
    }
    for (const { tell } of outcomes) tell();
  };
  return <T>(change: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (group.length === 0) setImmediate(commit);
      group.push({ change, resolve, reject });
    });
}

/** Makes a change, to be undone by itself, or with the group when it is alone; `tell` is for when the group is durable. */
function outcomeOf(db: Database, { change, resolve, reject }: Waiting, isAlone: boolean): Outcome {
  try {
    const value = (isAlone ? change() : inTransaction(db, change)) as never;
    return { isMade: true, tell: () => resolve(value) };
  } catch (error) {
    if (!db.inTransaction) throw error;
    return failed(() => reject(error));
  }
}

const failed = (tell: () => void): Outcome => ({ isMade: false, tell });
