// Lists of faults, newest start first, from a cursor on.
import type { Fault } from "../model/fault.ts";
import type { Reading } from "./database/context.ts";
import { toFault } from "./faultRows.ts";
import { type FaultCursor, type FaultFilter, type FaultPage, lookForFaults } from "./faultWalk.ts";

/** With so much text a page ends early: faults of before there was a limit may have any number of comments. */
export const MOST_CHARACTERS = 4_000_000;

export type FaultList = {
  data: Fault[];
  next: FaultCursor | null;
  looked: number;
  /** How much more text fits the page: none when it ended early for that. */
  room: number;
};

/**
 * Newest start first, after the cursor. Looks at a bounded number of faults (faultWalk.ts), so it may give few of them,
 * or none, and yet a place to go on.
 */
export function listFaults(
  context: Reading,
  workspace: string,
  filter: FaultFilter,
  { after, limit, room = MOST_CHARACTERS }: FaultPage & { room?: number },
): FaultList {
  const { rows, next, looked } = lookForFaults(context, workspace, filter, { after, limit: limit + 1 });
  const data: Fault[] = [];
  let characters = 0;
  for (const row of rows.slice(0, limit)) {
    const fault = toFault(context, row);
    data.push(fault);
    characters += textOf(fault);
    if (characters >= room) break;
  }
  const last = rows.length > data.length ? rows[data.length - 1] : undefined;
  return {
    data,
    next: last ? { startedAtMs: last.started_at_ms, seq: last.seq } : next,
    looked,
    room: room - characters,
  };
}

/** How much a fault makes a page longer by: its texts of any length. */
function textOf({ message, comments }: Fault): number {
  return comments.reduce((sum, { author, text }) => sum + author.length + text.length, message?.length ?? 0);
}
