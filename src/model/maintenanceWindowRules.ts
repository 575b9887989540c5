// What a maintenance window must obey beyond the types of its fields.
import { dateAt } from "../sla/calendar.ts";
import { DAY_MS } from "../sla/lengths.ts";
import {
  allowsStart,
  beginsOn,
  lastDateOf,
  type RecurrenceRule,
  readRecurrenceRule,
} from "../sla/recurrenceRule.ts";
import { offsetAt } from "../sla/zone.ts";
import { NinesError } from "./errors.ts";
import { formatInstant, parseInstant } from "./formats.ts";
import type { MaintenanceWindowInput } from "./maintenanceWindow.ts";

/** An occurrence may be longer than the time to the next one, but not without bounds. */
const MAX_OCCURRENCE_DAYS = 366;

export type WindowTimes = {
  startsAtMs: number;
  endsAtMs: number;
  rrule: string | null;
  timezone: string;
  /** A recurring window touches no time from here on; null when it never ends, or does not recur. */
  recursUntilMs: number | null;
};

/** The times of a window; throws parameter_invalid when they do not fit together or the rule cannot be used. */
export function windowTimes(input: MaintenanceWindowInput): WindowTimes {
  const startsAtMs = parseInstant(input.starts_at) as number;
  const endsAtMs = parseInstant(input.ends_at) as number;
  if (endsAtMs <= startsAtMs) {
    throw invalid(
      "ends_at",
      `ends_at (${formatInstant(endsAtMs)}) must lie after starts_at (${formatInstant(startsAtMs)}).`,
    );
  }
  if (input.site_ids && input.tags) {
    throw invalid(
      "tags",
      "A window is for site_ids, or for tags, or for all sites (neither); it cannot have both.",
    );
  }
  const times = { startsAtMs, endsAtMs, rrule: input.rrule ?? null, timezone: input.timezone ?? "UTC" };
  return { ...times, recursUntilMs: times.rrule === null ? null : checkedRecurrence(times, times.rrule) };
}

/** Refuses a rule that cannot be used with these times; gives when it is over. */
function checkedRecurrence(times: Omit<WindowTimes, "recursUntilMs">, text: string): number | null {
  const { startsAtMs, endsAtMs, timezone } = times;
  const rule = readRule(text);
  const wallLengthMs = endsAtMs + offsetAt(timezone, endsAtMs) - startsAtMs - offsetAt(timezone, startsAtMs);
  if (wallLengthMs <= 0)
    throw invalid(
      "ends_at",
      `A recurring window must end after it starts on the clocks of ${timezone}, too.`,
    );
  if (wallLengthMs > MAX_OCCURRENCE_DAYS * DAY_MS)
    throw invalid(
      "ends_at",
      `An occurrence of a recurring window may be ${MAX_OCCURRENCE_DAYS} days long at most.`,
    );
  const first = dateAt(timezone, startsAtMs);
  if (!allowsStart(rule, timezone, startsAtMs))
    throw invalid("rrule", "'rrule' ends (UNTIL) before starts_at.");
  if (!beginsOn(rule, first)) {
    throw invalid(
      "starts_at",
      `starts_at is the first occurrence, but its date (${first} in ${timezone}) is none of the rule '${text}'.`,
    );
  }
  const lastDate = lastDateOf(rule, first);
  // Two days more than the length: a date is not yet an instant of the zone.
  return lastDate === null ? null : Date.parse(`${lastDate}T00:00:00Z`) + wallLengthMs + 3 * DAY_MS;
}

function readRule(text: string): RecurrenceRule {
  try {
    return readRecurrenceRule(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid("rrule", `'rrule' is no rule that can be used: ${error.message}.`);
  }
}

function invalid(param: string, message: string): NinesError {
  return new NinesError("parameter_invalid", { param, message });
}
