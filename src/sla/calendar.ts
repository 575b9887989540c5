// Calendar dates and where they lie in time: what a day is in a zone, with 23, 24, 25 or no hours.
// Dates are texts "YYYY-MM-DD", instants are epoch milliseconds. Offsets come from zone.ts. Calendar
// arithmetic is date-fns', always on UTC dates: its other functions look at the host's zone.
// The whole of it makes formatters of Intl when it is loaded: a quarter of the time that a program takes to start.
import { UTCDateMini as UTCDate } from "@date-fns/utc/date/mini";
import {
  addDays as daysLater,
  differenceInCalendarDays,
  formatISO,
  getDaysInMonth,
  getISODay,
} from "date-fns";
import type { Span } from "./intervals.ts";
import { DAY_MS, MINUTE_MS } from "./lengths.ts";
import { firstInstantShowing, offsetAt } from "./zone.ts";

/** A calendar date as "YYYY-MM-DD". Texts of this form sort by time. */
export type LocalDate = string;

export type LocalDay = { date: LocalDate; startMs: number; endMs: number };

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days since 1970-01-01. Throws RangeError if the text is not a date that exists. */
function dayNumber(date: LocalDate): number {
  const match = DATE.exec(date);
  if (match) {
    const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
    const ms = Date.UTC(year, month - 1, day);
    // Date.UTC carries 30 February over into March: only a date that comes back as it went in exists.
    if (new Date(ms).toISOString().startsWith(date)) return ms / DAY_MS;
  }
  throw new RangeError(`not a calendar date: ${date}`);
}

function dateOfDay(day: number): LocalDate {
  const date = new Date(day * DAY_MS);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(date.getUTCFullYear()).padStart(4, "0")}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/** The date that a text of the strict form YYYY-MM-DD names; null if it has another form, does not exist, or lies before 1970. */
export function parseDate(text: string): LocalDate | null {
  try {
    return dayNumber(text) >= 0 ? text : null;
  } catch {
    return null;
  }
}

function utc(date: LocalDate): Date {
  return new UTCDate(dayNumber(date) * DAY_MS);
}

/** The date `n` days later (earlier if negative). Throws RangeError on a date that does not exist. */
export function addDays(date: LocalDate, n: number): LocalDate {
  return formatISO(daysLater(utc(date), n), { representation: "date" });
}

/** How many days `b` is after `a`; negative if before. Throws RangeError on a date that does not exist. */
export function daysBetween(a: LocalDate, b: LocalDate): number {
  return differenceInCalendarDays(utc(b), utc(a));
}

/** The day of the week, from 0 for monday to 6 for sunday. Throws RangeError on a date that does not exist. */
export function weekdayOf(date: LocalDate): number {
  return getISODay(utc(date)) - 1;
}

/** The number of days in the date's month, 28 to 31. Throws RangeError on a date that does not exist. */
export function lastDayOfMonth(date: LocalDate): number {
  return getDaysInMonth(utc(date));
}

/** The date that the zone's calendars show at an instant. Throws RangeError on an unknown zone. */
export function dateAt(zone: string, ms: number): LocalDate {
  return dateOfDay(Math.floor((ms + offsetAt(zone, ms)) / DAY_MS));
}

/**
 * The first instant at which the zone's calendars show this date or a later one: midnight, or where clocks
 * skip it the instant of the skip, or where they show it twice the first. A date that the zone skipped
 * (Pacific/Apia had no 2011-12-30) starts where the next one does.
 */
export function startOfDay(zone: string, date: LocalDate): number {
  return firstInstantShowing(zone, dayNumber(date) * DAY_MS);
}

/**
 * The instant of a wall-clock time, in minutes since midnight, 0 to 1440 (the end of the day). A time that
 * clocks skip is the instant of the skip; one that they show twice is the first.
 */
export function instantOf(zone: string, date: LocalDate, minuteOfDay: number): number {
  return firstInstantShowing(zone, dayNumber(date) * DAY_MS + minuteOfDay * MINUTE_MS);
}

/** From the start of `fromDate` to the end of `toDate`, both included. */
export function windowOf(zone: string, fromDate: LocalDate, toDate: LocalDate): Span {
  return { startMs: startOfDay(zone, fromDate), endMs: instantOf(zone, toDate, 1440) };
}

/** The days from `fromDate` to `toDate`, both included; they tile windowOf exactly. A skipped date is there with no length. */
export function daysOf(zone: string, fromDate: LocalDate, toDate: LocalDate): LocalDay[] {
  const days: LocalDay[] = [];
  const last = dayNumber(toDate);
  let startMs = startOfDay(zone, fromDate);
  for (let day = dayNumber(fromDate); day <= last; day++) {
    const endMs = firstInstantShowing(zone, (day + 1) * DAY_MS);
    days.push({ date: dateOfDay(day), startMs, endMs });
    startMs = endMs;
  }
  return days;
}

/** What a wall clock in the zone shows, to the second (cut off), as "2026-02-17 16:30:55". */
export function formatLocal(zone: string, ms: number): string {
  const local = ms + offsetAt(zone, ms);
  const day = Math.floor(local / DAY_MS);
  return `${dateOfDay(day)} ${new Date(local - day * DAY_MS).toISOString().slice(11, 19)}`;
}
