// Wall-clock times of a report. A log has tens of thousands of them, mostly within the same few hundred
// hours, so that the zone's rules are asked once an hour.
import { formatLocal } from "../../sla/calendar.ts";

const HOUR_MS = 3_600_000;
/** An instant as documents have it: "2026-02-17T15:30:55.000Z". */
const PREFIX_LENGTH = "2026-02-17T15".length;

/** Makes a clock of a zone: an instant in UTC becomes what its wall clocks show, "2026-02-17 16:30:55". */
export function clockOf(zone: string): (instant: string) => string {
  const hours = new Map<string, string | null>();
  return (instant) => {
    const utcHour = instant.slice(0, PREFIX_LENGTH);
    let hour = hours.get(utcHour);
    if (hour === undefined) {
      hour = localHour(zone, Date.parse(`${utcHour}:00:00Z`));
      hours.set(utcHour, hour);
    }
    // Minutes and seconds are the same in UTC, unless the zone is half an hour off or its clocks change.
    return hour === null ? formatLocal(zone, Date.parse(instant)) : hour + instant.slice(PREFIX_LENGTH, 19);
  };
}

/** The date and hour that clocks show during an hour of UTC; null if minutes differ or clocks change in it. */
function localHour(zone: string, startMs: number): string | null {
  const first = formatLocal(zone, startMs);
  const last = formatLocal(zone, startMs + HOUR_MS - 1000);
  const isWhole =
    first.endsWith(":00:00") && last.endsWith(":59:59") && first.slice(0, 13) === last.slice(0, 13);
  return isWhole ? first.slice(0, 13) : null;
}
