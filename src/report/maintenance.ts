// Where in time the maintenance windows of a report lie.
import { parseInstant } from "../model/formats.ts";
import type { Span } from "../sla/intervals.ts";
import { occurrencesOf } from "../sla/recurrence.ts";
import type { SourceMaintenance } from "./source.ts";

type Times = Pick<SourceMaintenance, "starts_at" | "ends_at" | "rrule" | "timezone">;

/**
 * The occurrences of a maintenance window that share more than a bound with `window`, by start; they may overlap.
 * Throws RangeError on a time or a rule that cannot be read.
 */
export function spansOfMaintenance({ starts_at, ends_at, rrule, timezone }: Times, window: Span): Span[] {
  const first = { startMs: instant(starts_at), endMs: instant(ends_at) };
  return occurrencesOf({ first, rrule, timezone }, window);
}

function instant(text: string): number {
  const ms = parseInstant(text);
  if (ms === null) throw new RangeError(`'${text}' is not a time`);
  return ms;
}
