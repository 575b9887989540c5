// The strict reader of instants, and their writer.
import { parseDate } from "../sla/calendar.ts";

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
  return new Date(ms).toISOString();
}
