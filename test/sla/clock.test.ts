// When a clock is believed: readings of the wall clock beside one that only runs forward.
import { describe, expect, test } from "bun:test";
import {
  AGREEMENT_MS,
  type ClockState,
  clockAccepted,
  clockAfter,
  clockAtStart,
  isOfTheFuture,
  type Reading,
  steadyMs,
} from "../../src/sla/clock.ts";

const SECOND = 1000;
const DAY = 86_400_000;
const YEAR = 365 * DAY;
const START: Reading = { wallMs: Date.parse("2026-03-01T12:00:00Z"), monotonicMs: 5000 };

/** The state after so many milliseconds on the clock that runs forward, with the wall clock wrong by so much. */
const after = (state: ClockState, elapsedMs: number, wrongMs: number) =>
  clockAfter(state, reading(elapsedMs, wrongMs));
const reading = (elapsedMs: number, wrongMs: number): Reading => ({
  wallMs: START.wallMs + elapsedMs + wrongMs,
  monotonicMs: START.monotonicMs + elapsedMs,
});
const believed = clockAtStart(START, null);

describe("a clock that jumps while the server runs", () => {
  test("by a day or less is believed", () => {
    for (const wrongMs of [0, SECOND, -SECOND, DAY, -DAY])
      expect(after(believed, 1000, wrongMs).hold).toBeNull();
  });

  test("by more than a day, ahead or back, is not believed", () => {
    expect(after(believed, 1000, DAY + 1).hold?.jumpMs).toBe(DAY + 1);
    expect(after(believed, 1000, -DAY - 1).hold?.jumpMs).toBe(-DAY - 1);
  });

  test("in several steps of less than a day each is not believed once they make more than one", () => {
    const half = after(believed, 1000, 0.6 * DAY);
    expect(half.hold).toBeNull();
    expect(after(half, 2000, 1.2 * DAY).hold?.jumpMs).toBe(1.2 * DAY);
  });

  test("is believed after ten minutes in which both clocks agree, and not a millisecond before", () => {
    const held = after(believed, 1000, YEAR);
    expect(after(held, 1000 + AGREEMENT_MS - 1, YEAR).hold).not.toBeNull();
    expect(after(held, 1000 + AGREEMENT_MS, YEAR).hold).toBeNull();
  });

  test("and is set back after 18 seconds is believed ten minutes after that", () => {
    const back = after(after(believed, 1000, YEAR), 19_000, 0);
    expect(back.hold?.jumpMs).toBe(0);
    expect(after(back, 1000 + AGREEMENT_MS, 0).hold).not.toBeNull();
    expect(after(back, 19_000 + AGREEMENT_MS, 0)).toEqual(believed);
  });

  test("may be set by less than a minute meanwhile, as a clock that finds its time is", () => {
    const held = after(believed, 1000, YEAR);
    const nudged = after(held, 60_000, YEAR + 2 * SECOND);
    expect(after(nudged, 1000 + AGREEMENT_MS, YEAR + 2 * SECOND).hold).toBeNull();
  });

  test("is believed at once when somebody accepts it", () => {
    const accepted = clockAccepted(reading(2000, YEAR));
    expect(accepted.hold).toBeNull();
    expect(after(accepted, 3000, YEAR).hold).toBeNull();
  });

  test("leaves the time as it would be without the jump", () => {
    const held = after(believed, 1000, YEAR);
    expect(steadyMs(held, reading(8000, YEAR))).toBe(START.wallMs + 8000);
    expect(steadyMs(believed, reading(8000, SECOND))).toBe(START.wallMs + 8000 + SECOND);
  });
});

describe("a clock at the start of a run", () => {
  const newest = (expectedMs: number, wasHeld = false) => clockAtStart(START, { expectedMs, wasHeld });

  test("that is days later than what was stored is believed: the machine was off", () => {
    expect(newest(START.wallMs - YEAR).hold).toBeNull();
  });

  test("that is earlier than what was stored is believed up to a day", () => {
    expect(newest(START.wallMs + DAY).hold).toBeNull();
    expect(newest(START.wallMs + DAY + 1).hold?.jumpMs).toBe(-DAY - 1);
  });

  test("is held again where the run before held it, unless it is right by now", () => {
    expect(newest(START.wallMs - YEAR, true).hold?.jumpMs).toBe(YEAR);
    expect(newest(START.wallMs - 3600 * SECOND, true).hold).toBeNull();
  });
});

describe("a report of the future", () => {
  const day = { timezone: "Europe/Zurich", fromDate: "2026-03-01", toDate: "2026-03-01" };
  /** The day is over in Zurich, an hour earlier than in UTC. */
  const overMs = Date.parse("2026-03-01T23:00:00Z");

  test("of a schedule is one whose period is not over in its zone", () => {
    const report = { ...day, isScheduled: true, createdAtMs: overMs + 8 * 3_600_000 };
    expect(isOfTheFuture(report, overMs)).toBe(false);
    expect(isOfTheFuture(report, overMs - 1)).toBe(true);
  });

  test("that somebody asked for within its period is one only when it was made later than now", () => {
    const report = { ...day, isScheduled: false, createdAtMs: overMs - 3_600_000 };
    expect(isOfTheFuture(report, report.createdAtMs)).toBe(false);
    expect(isOfTheFuture(report, report.createdAtMs - 5 * SECOND)).toBe(false);
    expect(isOfTheFuture(report, report.createdAtMs - 61 * SECOND)).toBe(true);
  });

  test("that somebody asked for of a period that is over is none, however wrong the clock was", () => {
    expect(isOfTheFuture({ ...day, isScheduled: false, createdAtMs: overMs + YEAR }, overMs)).toBe(false);
  });
});
