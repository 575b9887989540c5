// Where in time something recurring lies: once, or again and again at the same times of a wall clock.
import { addDays, dateAt, daysBetween } from "./calendar.ts";
import type { Span } from "./intervals.ts";
import { allowsStart, datesOf, readRecurrenceRule } from "./recurrenceRule.ts";
import { firstInstantShowing, offsetAt } from "./zone.ts";

const DAY_MS = 86_400_000;

/** What happens at `first`, and again as an RRULE of RFC 5545 says (null: never) by the wall clock of an IANA zone. */
export type Recurring = { first: Span; rrule: string | null; timezone: string };

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
  return datesOf(rule, firstDate, from, to)
    .map((date) => {
      if (date === firstDate) return first;
      const startMs = wallStartMs + daysBetween(firstDate, date) * DAY_MS;
      return {
        startMs: firstInstantShowing(zone, startMs),
        endMs: firstInstantShowing(zone, startMs + wallLengthMs),
      };
    })
    .filter((one) => reachesInto(one, window) && allowsStart(rule, zone, one.startMs));
}
