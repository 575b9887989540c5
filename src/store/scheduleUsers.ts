// Schedules that refer to an object keep it from being deleted.
import type { Database } from "bun:sqlite";
import { NinesError } from "../model/errors.ts";

/** How many schedules a refusal names. */
const NAMED = 10;

/** Throws in_use, naming schedules, while schedules refer to the row by this column. `what` is for the message. */
export function refuseWhileScheduled(
  db: Database,
  column: "business_hours_seq" | "notification_group_seq",
  seq: number,
  what: string,
): void {
  const users = db
    .query<{ id: string; name: string }, [number, number]>(
      `SELECT id, name FROM schedules WHERE ${column} = ? ORDER BY seq LIMIT ?`,
    )
    .all(seq, NAMED);
  if (users.length === 0) return;
  const names = users.map((user) => `'${user.name}' (${user.id})`).join(", ");
  throw new NinesError("in_use", { message: `The ${what} used by ${names}; change these schedules first.` });
}
