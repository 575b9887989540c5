// The strict reader of instants, and their writer.
import { parseDate } from "../sla/calendar.ts";
import { DAY_MS } from "../sla/lengths.ts";

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 date-time with an offset into epoch milliseconds (digits past the millisecond are
 * cut off); null when it is not one, or names a date or time that does not exist. Years 1970 to 9999.
 */
export function parseInstant(text: string): number | null {
  const match = INSTANT.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction = "", offset = "Z"] = match;
  if (parseDate(`${year}-${month}-${day}`) === null) return null;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59) return null;
  let offsetMinutes = 0;
  if (offset.length === 6) {
    const [offsetHours, rest] = [Number(offset.slice(1, 3)), Number(offset.slice(4))];
    if (offsetHours > 23 || rest > 59) return null;
    offsetMinutes = (offset[0] === "-" ? -1 : 1) * (offsetHours * 60 + rest);
  }
  const millis = Number(fraction.slice(0, 3).padEnd(3, "0"));
  const instant =
    Date.UTC(Number(year), Number(month) - 1, Number(day), h, m, s, millis) - offsetMinutes * 60_000;
  return instant >= 0 ? instant : null;
}

/** Epoch milliseconds as ISO 8601 in UTC with a `Z`. */
export function formatInstant(ms: number): string {
  if (!(ms >= 0 && ms < FIVE_DIGIT_YEARS_MS)) return new Date(ms).toISOString();
  // A report has hundreds of thousands of these, in a few hundred days: of each the date is written once.
  const day = Math.floor(ms / DAY_MS);
  const rest = Math.trunc(ms) - day * DAY_MS;
  const [hour, minute] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60];
  const [second, milli] = [Math.floor(rest / 1000) % 60, rest % 1000];
  return `${dateOf(day)}${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}.${TWO_DIGITS[Math.floor(milli / 10)]}${milli % 10}Z`;
}

const FIVE_DIGIT_YEARS_MS = Date.UTC(10_000, 0, 1);
const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));

const dates = new Map<number, string>();
const MOST_DATES = 4000;

/** A day of UTC, counted from 1970, as instants begin: "2026-02-17T". */
function dateOf(day: number): string {
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, "2026-02-17T".length);
    if (dates.size === MOST_DATES) dates.clear();
    dates.set(day, date);
  }
  return date;
}
