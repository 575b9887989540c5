// When it is 08:00 somewhere, by the runtime's own time zones and by looking: nothing of src/sla is used.

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
const EIGHT_MS = 8 * 60 * MINUTE_MS;
/** No zone is further from UTC. */
const WIDEST_MS = 15 * 60 * MINUTE_MS;

/**
 * Zones whose rules changed after the runtime's data were made, or which have such rules by another name:
 * from this instant on, only literals can be held against them.
 */
export const STALE_FROM_MS = Date.UTC(2026, 8, 15);
export const STALE_ZONES: ReadonlySet<string> = new Set([
  ...["Africa/Casablanca", "Africa/El_Aaiun", "America/Edmonton", "America/Havana"],
  ...["America/Inuvik", "America/Vancouver", "America/Winnipeg"],
]);

export type Stretch = { startMs: number; offsetMs: number };

/** The zone as stretches of constant offset that begin before `toMs`; the first begins at `fromMs`. */
export function stretchesOf(zone: string, fromMs: number, toMs: number): Stretch[] {
  const stretches: Stretch[] = [];
  let at: Temporal.ZonedDateTime | null =
    Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  while (at && at.epochMilliseconds < toMs) {
    stretches.push({ startMs: at.epochMilliseconds, offsetMs: at.offsetNanoseconds / 1e6 });
    at = at.getTimeZoneTransition("next");
  }
  return stretches;
}

/** How far the clocks of the zone are ahead at an instant. */
export function offsetIn(stretches: readonly Stretch[], ms: number): number {
  let low = 0;
  let high = stretches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((stretches[middle] as Stretch).startMs <= ms) low = middle;
    else high = middle - 1;
  }
  return (stretches[low] as Stretch).offsetMs;
}

/**
 * For each of `days` days from `firstDayMs` (a midnight UTC, which stands for the date): the first instant at
 * which clocks in the zone show that date and 08:00 or later. Around changes of clocks it tries every minute.
 */
export function eightOClocks(zone: string, firstDayMs: number, days: number): Float64Array {
  const stretches = stretchesOf(zone, firstDayMs - 2 * DAY_MS, firstDayMs + (days + 2) * DAY_MS);
  const found = new Float64Array(days);
  for (let i = 0; i < days; i++) {
    const dayMs = firstDayMs + i * DAY_MS;
    const fromMs = dayMs + EIGHT_MS - WIDEST_MS;
    const offsetMs = offsetIn(stretches, fromMs);
    found[i] =
      offsetMs === offsetIn(stretches, fromMs + 2 * WIDEST_MS)
        ? dayMs + EIGHT_MS - offsetMs
        : firstMinuteFrom(stretches, dayMs, fromMs);
  }
  return found;
}

function firstMinuteFrom(stretches: readonly Stretch[], dayMs: number, fromMs: number): number {
  for (let ms = fromMs; ; ms += MINUTE_MS) {
    const localMs = ms + offsetIn(stretches, ms);
    if (localMs >= dayMs + EIGHT_MS && localMs < dayMs + DAY_MS) return ms;
  }
}

/** The date that a midnight UTC stands for. */
export function dateText(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10);
}
