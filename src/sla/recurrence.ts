// Where in time something recurring lies: once, or again and again at the same times of a wall clock.
import { addDays, dateAt } from "./calendar.ts";
import type { Span } from "./intervals.ts";
import { DAY_MS } from "./lengths.ts";
import { allowsStart, datesOf, mostDatesIn, readRecurrenceRule } from "./recurrenceRule.ts";
import { firstInstantShowing, offsetAt } from "./zone.ts";

/** What happens at `first`, and again as an RRULE of RFC 5545 says (null: never) by the wall clock of an IANA zone. */
export type Recurring = { first: Span; rrule: string | null; timezone: string };

/** No fewer than the occurrences that a window can hold, told by the rule alone. Throws RangeError as occurrencesOf does. */
export function mostOccurrences({ first, rrule }: Recurring, window: Span): number {
  if (first.startMs >= window.endMs) return 0;
  if (rrule === null) return first.endMs > window.startMs ? 1 : 0;
  const lengthMs = first.endMs - first.startMs;
  const fromMs = Math.max(window.startMs - lengthMs, first.startMs);
  return mostDatesIn(readRecurrenceRule(rrule), Math.max(0, window.endMs - fromMs) / DAY_MS + 4);
}

const reachesInto = (one: Span, window: Span) =>
  one.endMs > one.startMs && one.endMs > window.startMs && one.startMs < window.endMs;

/**
 * The occurrences that share more than a bound with `window`, by start; they may overlap. The first is exactly
 * `first`. Each other one begins and ends when a wall clock in
 * the zone first shows those times: one that clocks skip is the instant of the skip, and what would have no
 * length by that is none. Throws RangeError on a rule that cannot be read.
 */
export function occurrencesOf({ first, rrule, timezone: zone }: Recurring, window: Span): Span[] {
  if (rrule === null) return reachesInto(first, window) ? [first] : [];
  if (first.startMs >= window.endMs) return [];
  const rule = readRecurrenceRule(rrule);
  const wallStartMs = first.startMs + offsetAt(zone, first.startMs);
  const wallLengthMs = first.endMs + offsetAt(zone, first.endMs) - wallStartMs;
  const firstDate = dateAt(zone, first.startMs);
  // A day more on each side, for clocks that are set back over midnight.
  const daysBack = Math.ceil(wallLengthMs / DAY_MS) + 1;
  const from = addDays(dateAt(zone, Math.max(window.startMs, first.startMs)), -daysBack);
  const to = addDays(dateAt(zone, window.endMs), 1);
  const firstMs = Date.parse(firstDate);
  return datesOf(rule, firstDate, from, to)
    .map((dateMs) => {
      if (dateMs === firstMs) return first;
      const startMs = wallStartMs + dateMs - firstMs;
      return {
        startMs: firstInstantShowing(zone, startMs),
        endMs: firstInstantShowing(zone, startMs + wallLengthMs),
      };
    })
    .filter((one) => reachesInto(one, window) && allowsStart(rule, zone, one.startMs));
}
