// Business hours: when the sign on the door says "open". Wall-clock hours of a zone become instants here.
import { addDays, dateAt, daysBetween, type LocalDate, weekdayOf } from "./calendar.ts";
import { clip, type Intervals, type Span, subtract, unionOf } from "./intervals.ts";
import { DAY_MS, MINUTE_MS } from "./lengths.ts";
import { offsetAt, transitions } from "./zone.ts";

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Wall-clock times as "HH:MM", "24:00" allowed. */
export type OpenHours = { start: string; end: string };

export type HoursRule = {
  timezone: string;
  days: Partial<Record<Weekday, OpenHours[] | undefined>>;
  holidays: (LocalDate | { date: LocalDate; name: string })[];
};

const EPOCH: LocalDate = "1970-01-01";
const DAY_MINUTES = 1440;
const CLOCK_TIME = /^(\d{2}):(\d{2})$/;

/** Minutes since midnight. Throws RangeError if the text is not a time from 00:00 to 24:00. */
function minuteOfDay(clockTime: string): number {
  const match = CLOCK_TIME.exec(clockTime);
  const minute = match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN;
  if (match && Number(match[2]) < 60 && minute <= DAY_MINUTES) return minute;
  throw new RangeError(`not a time of day: ${clockTime}`);
}

/** A date's midnight on the wall clock, written as if it were UTC. */
function wallMidnight(date: LocalDate): number {
  return daysBetween(EPOCH, date) * DAY_MS;
}

/** What a rule is open on each weekday, from monday, in milliseconds since that day's midnight. */
function weekOf({ days }: HoursRule): Span[][] {
  return WEEKDAYS.map((weekday) =>
    (days[weekday] ?? []).map((hours) => {
      const [start, end] = [minuteOfDay(hours.start), minuteOfDay(hours.end)];
      const pastMidnight = end <= start ? DAY_MINUTES : 0;
      return { startMs: start * MINUTE_MS, endMs: (end + pastMidnight) * MINUTE_MS };
    }),
  );
}

/** How many open intervals a week has. */
export function openingsAWeek({ days }: HoursRule): number {
  return WEEKDAYS.reduce((sum, weekday) => sum + (days[weekday]?.length ?? 0), 0);
}

/** The open wall-clock times of the dates from first to last, as if they were UTC, holidays left out. */
function openOnTheWall(rule: HoursRule, first: LocalDate, last: LocalDate): Intervals {
  const week = weekOf(rule);
  const open: Span[] = [];
  const endMs = wallMidnight(last);
  let weekday = weekdayOf(first);
  for (let midnight = wallMidnight(first); midnight <= endMs; midnight += DAY_MS) {
    for (const hours of week[weekday] as Span[])
      open.push({ startMs: midnight + hours.startMs, endMs: midnight + hours.endMs });
    weekday = (weekday + 1) % WEEKDAYS.length;
  }
  const closed = rule.holidays.map((holiday) => {
    const midnight = wallMidnight(typeof holiday === "string" ? holiday : holiday.date);
    return { startMs: midnight, endMs: midnight + DAY_MS };
  });
  return subtract(unionOf(open), unionOf(closed));
}

/**
 * The instants in [fromMs, toMs) at which a clock on the wall of the zone shows an open time. An hour that
 * clocks skip is not there to be open; one that they show twice is open both times or neither. Hours whose
 * end is not after their start run into the next day (equal ones for 24 hours on the clock); a holiday closes
 * its own date only, whichever day the hours began on. Throws RangeError on an unknown zone, time or date.
 */
export function openIntervals(rule: HoursRule, fromMs: number, toMs: number): Intervals {
  const zone = rule.timezone;
  // A day earlier for hours that run past midnight, and one more on each side for clocks that are set back
  // over midnight, so that the first or last date is not the one that they show at the window's ends.
  const wall = openOnTheWall(rule, addDays(dateAt(zone, fromMs), -2), addDays(dateAt(zone, toMs), 1));
  const open: Span[] = [];
  let startMs = fromMs;
  for (const endMs of [...transitions(zone, fromMs, toMs).map(({ atMs }) => atMs), toMs]) {
    // Between two clock changes the wall clock is a constant away from UTC.
    const offsetMs = offsetAt(zone, startMs);
    const shown = clip(wall, startMs + offsetMs, endMs + offsetMs);
    for (let i = 0; i < shown.length; i += 2) {
      open.push({ startMs: (shown[i] as number) - offsetMs, endMs: (shown[i + 1] as number) - offsetMs });
    }
    startMs = endMs;
  }
  return unionOf(open);
}
