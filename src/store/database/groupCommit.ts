// Changes that are asked for at the same time share a transaction, and so one sync of the disk.
import type { Database } from "bun:sqlite";
import { NinesError } from "../../model/errors.ts";
import { inTransaction } from "./context.ts";

type Waiting = { change: () => unknown; resolve: (value: never) => void; reject: (reason: unknown) => void };

/**
 * Gives a function that makes a change in one transaction with all others of this turn of the event loop, and
 * settles after the commit: what it resolves with is durable. A change that refuses (NinesError) must do so
 * before it writes, and fails alone; any other error undoes the whole group and fails all of it.
 */
export function groupCommit(db: Database) {
  let group: Waiting[] = [];
  const commit = () => {
    const taken = group;
    group = [];
    try {
      const settle = inTransaction(db, () => taken.map(outcomeOf));
      for (const answer of settle) answer();
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
  };
  return <T>(change: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (group.length === 0) setImmediate(commit);
      group.push({ change, resolve, reject });
    });
}

function outcomeOf({ change, resolve, reject }: Waiting): () => void {
  try {
    const value = change() as never;
    return () => resolve(value);
  } catch (error) {
    if (error instanceof NinesError) return () => reject(error);
    throw error;
  }
}
