// The string formats that schemas name, registered with TypeBox.
import { FormatRegistry } from "@sinclair/typebox";
import { parseDate } from "../sla/calendar.ts";
import { isZone } from "../sla/zone.ts";
import { parseInstant } from "./instants.ts";

export { formatInstant, parseInstant } from "./instants.ts";

/** What each format means in words, for the messages of refusals. */
export const FORMAT_MEANINGS: Record<string, string> = {
  date: "a calendar date that exists, as YYYY-MM-DD",
  "date-time": "a time with an offset, such as 2026-02-01T08:00:00Z or 2026-02-01T09:00:00+01:00",
  timezone: "a name out of the IANA time zone database, such as Europe/Zurich",
  "clock-time": "a time of day as HH:MM, from 00:00 to 24:00",
};

export const CLOCK_TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

FormatRegistry.Set("date", (text) => parseDate(text) !== null);
FormatRegistry.Set("date-time", (text) => parseInstant(text) !== null);
FormatRegistry.Set("timezone", isZone);
FormatRegistry.Set("clock-time", (text) => CLOCK_TIME.test(text));
