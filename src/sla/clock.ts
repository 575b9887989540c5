// Can the wall clock be believed? Readings of it beside a clock that only runs forward, and what follows from
// them. Nothing here reads a clock.
import { type LocalDate, windowOf } from "./calendar.ts";
import { DAY_MS, MINUTE_MS } from "./lengths.ts";

/** A wall clock that jumps by more than this is not believed at once. */
export const BELIEVED_JUMP_MS = DAY_MS;
/** For so long both clocks must agree after a jump. */
export const AGREEMENT_MS = 10 * MINUTE_MS;
/** How far they may differ meanwhile: a clock that is set is often set again, a little. */
const AGREEMENT_MARGIN_MS = MINUTE_MS;

/** Both clocks at one moment: epoch milliseconds, and milliseconds since whenever. */
export type Reading = { wallMs: number; monotonicMs: number };

/** A jump that is not believed yet. */
export type Hold = {
  /** What the wall clock said when the jump was noticed, epoch ms. */
  sinceMs: number;
  /** How far it jumped: positive is ahead. */
  jumpMs: number;
  /** Wall minus monotonic clock since they agree, and since when on the latter. */
  offsetMs: number;
  agreeSinceMs: number;
};

/** What is known of the clock: wall minus monotonic as it is believed, and whether it is something else now. */
export type ClockState = { offsetMs: number; hold: Hold | null };

/** What is known before the first reading: the newest time that was stored, and whether the clock was not believed then. */
export type KnownBefore = { expectedMs: number; wasHeld: boolean };

/**
 * The first reading of a run. What lies between two runs is no jump: the machine was off. But a clock that is
 * behind what was stored by more than a day is not believed, and neither is one that was not before.
 */
export function clockAtStart(reading: Reading, known: KnownBefore | null): ClockState {
  const { expectedMs = -Infinity, wasHeld = false } = known ?? {};
  const isBehind = reading.wallMs < expectedMs - BELIEVED_JUMP_MS;
  const isAhead = reading.wallMs > expectedMs + BELIEVED_JUMP_MS;
  if (isBehind || (isAhead && wasHeld)) return heldAt(reading, expectedMs - reading.monotonicMs);
  return { offsetMs: offsetOf(reading), hold: null };
}

/** The state after one more reading of the same run. */
export function clockAfter(state: ClockState, reading: Reading): ClockState {
  const { hold } = state;
  const offsetMs = offsetOf(reading);
  if (!hold) {
    return Math.abs(offsetMs - state.offsetMs) > BELIEVED_JUMP_MS ? heldAt(reading, state.offsetMs) : state;
  }
  if (Math.abs(offsetMs - hold.offsetMs) > AGREEMENT_MARGIN_MS) {
    const jumpMs = offsetMs - state.offsetMs;
    return { ...state, hold: { ...hold, jumpMs, offsetMs, agreeSinceMs: reading.monotonicMs } };
  }
  return reading.monotonicMs - hold.agreeSinceMs >= AGREEMENT_MS ? clockAccepted(reading) : state;
}

/** The state when somebody says that the wall clock is right. */
export function clockAccepted(reading: Reading): ClockState {
  return { offsetMs: offsetOf(reading), hold: null };
}

/** What the wall clock says; while it is not believed, what it would say had it not jumped. Epoch ms. */
export function steadyMs({ offsetMs, hold }: ClockState, { wallMs, monotonicMs }: Reading): number {
  return hold ? Math.round(monotonicMs + offsetMs) : wallMs;
}

function heldAt(reading: Reading, believedOffsetMs: number): ClockState {
  const { wallMs, monotonicMs } = reading;
  const offsetMs = offsetOf(reading);
  const jumpMs = Math.round(offsetMs - believedOffsetMs);
  return {
    offsetMs: believedOffsetMs,
    hold: { sinceMs: wallMs, jumpMs, offsetMs, agreeSinceMs: monotonicMs },
  };
}

function offsetOf({ wallMs, monotonicMs }: Reading): number {
  return wallMs - monotonicMs;
}

/** A report's period, in its zone, when it was asked for, and whether by a schedule: then of a whole period. */
export type Reported = {
  timezone: string;
  fromDate: LocalDate;
  toDate: LocalDate;
  createdAtMs: number;
  isScheduled: boolean;
};

/**
 * Whether a report counts time that is not over at `nowMs`: it was made while the clock was ahead. One that was asked
 * for within its period counts up to then; that a clock was set back by seconds does not spoil it. Throws RangeError
 * on an unknown zone.
 */
export function isOfTheFuture(report: Reported, nowMs: number): boolean {
  const { endMs } = windowOf(report.timezone, report.fromDate, report.toDate);
  const isPartial = !report.isScheduled && report.createdAtMs < endMs;
  return isPartial ? report.createdAtMs > nowMs + MINUTE_MS : endMs > nowMs;
}
