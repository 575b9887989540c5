// The date range of an on-demand run.
import { addDays, dateAt, daysBetween, parseDate } from "../sla/calendar.ts";
import { NinesError } from "./errors.ts";

/** The longest window of a run, in days. */
export const MAX_RUN_DAYS = 366;

/**
 * Refuses a range that is not one: both dates real, from before to, both before tomorrow in the zone,
 * at most 366 days. `nowMs` is epoch milliseconds.
 */
export function checkRunRange(
  range: { from_date: string; to_date: string },
  timezone: string,
  nowMs: number,
): void {
  const tomorrow = addDays(dateAt(timezone, nowMs), 1);
  for (const param of ["from_date", "to_date"] as const) {
    const date = range[param];
    if (parseDate(date) === null) {
      throw refused(
        param,
        `'${param}' must be a calendar date that exists, as YYYY-MM-DD, but is '${date.slice(0, 80)}'.`,
      );
    }
    if (date >= tomorrow) {
      throw refused(param, `'${param}' (${date}) must be before tomorrow, ${tomorrow} in ${timezone}.`);
    }
  }
  if (range.from_date >= range.to_date) {
    throw refused(
      "from_date",
      `'from_date' (${range.from_date}) must be before 'to_date' (${range.to_date}).`,
    );
  }
  const days = daysBetween(range.from_date, range.to_date) + 1;
  if (days > MAX_RUN_DAYS) {
    throw refused(
      "to_date",
      `'to_date' (${range.to_date}) makes the range ${days} days long; it may be at most ${MAX_RUN_DAYS}.`,
    );
  }
}

function refused(param: string, message: string): NinesError {
  return new NinesError("invalid_date_range", { param, message });
}
