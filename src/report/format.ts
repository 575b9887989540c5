// How lengths of time, numbers and calendar dates are written for people, in English. Percentages are
// written by sla/percentage.ts, instants by sla/calendar.ts.
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../sla/lengths.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Milliseconds of a length that a report document gives in seconds. */
export function msOf(seconds: number): number {
  return Math.round(seconds * 1000);
}

/**
 * A length of time in days, hours, minutes and seconds, exact to the millisecond: "1d 4h 3s", "0.25s", "0s".
 * A day is 24 hours. Units that are zero are left out. Negative lengths have a minus sign.
 */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? "−" : "";
  let rest = Math.abs(Math.round(ms));
  if (rest === 0) return "0s";
  let text = sign;
  for (const [unitMs, unit] of [
    [DAY_MS, "d"],
    [HOUR_MS, "h"],
    [MINUTE_MS, "m"],
  ] as const) {
    if (rest >= unitMs) {
      text += `${Math.floor(rest / unitMs)}${unit} `;
      rest %= unitMs;
    }
  }
  return rest === 0 ? text.trimEnd() : `${text}${rest / 1000}s`;
}

/** A mean length of time, rounded to whole seconds; below one second to milliseconds. */
export function formatMeanDuration(ms: number): string {
  return formatDuration(ms < 1000 ? ms : Math.round(ms / 1000) * 1000);
}

/** A whole number with commas between thousands: "12,345". */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count with its noun: "1 site", "12 sites". The plural is the noun with an s, unless given. */
export function formatCountOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** A target with as many decimals as it was given: "99.95%". */
export function formatTarget(target: number): string {
  return `${target}%`;
}

/** The parts of a date "YYYY-MM-DD": day of the month without leading zero, name of the month, year. */
export function partsOfDate(date: string): { day: string; month: string; year: string } {
  const [year = "", month = "", day = ""] = date.split("-");
  return { day: String(Number(day)), month: MONTHS[Number(month) - 1] ?? month, year };
}

/** A span of calendar dates, both included: "1–28 February 2026", "28 December 2025 – 3 January 2026". */
export function formatDateRange(fromDate: string, toDate: string): string {
  const from = partsOfDate(fromDate);
  const to = partsOfDate(toDate);
  const last = `${to.day} ${to.month} ${to.year}`;
  if (fromDate === toDate) return last;
  if (from.year !== to.year) return `${from.day} ${from.month} ${from.year} – ${last}`;
  if (from.month !== to.month) return `${from.day} ${from.month} – ${last}`;
  return `${from.day}–${last}`;
}
