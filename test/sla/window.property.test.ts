// Windows, days and business hours are what calendar and clock on the wall show, step by step.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { openIntervals } from "../../src/sla/businessHours.ts";
import { dateAt, daysOf, formatLocal, instantOf, startOfDay, windowOf } from "../../src/sla/calendar.ts";
import { type Intervals, measure, type Span } from "../../src/sla/intervals.ts";
import { offsetAt, transitions } from "../../src/sla/zone.ts";
import { examples } from "../support/chance.ts";
import { DAY, firstInstantAt, HOUR, isOpenAt, MINUTE, wallAt } from "./oracle.ts";
import { spansOf } from "./spans.ts";
import { aWindow, CLOCK_CHANGES, dateAfter, someHours } from "./uptime-cases.ts";

// Time to find the smallest counterexample, should there be one.
setDefaultTimeout(120_000);

const STEP = 15 * MINUTE;

/** Every step of a window and of the two days on either side of it. */
function stepsAround({ fromDate, toDate }: { fromDate: string; toDate: string }): number[] {
  const first = Date.parse(`${fromDate}T00:00:00Z`) - 2 * DAY;
  const last = Date.parse(`${toDate}T00:00:00Z`) + 3 * DAY;
  return Array.from({ length: (last - first) / STEP }, (_, n) => first + n * STEP);
}

/** Wall-clock time read as if it were UTC, less the instant. */
function offsetOnTheWall(zone: string, ms: number): number {
  const { date, minute, second } = wallAt(zone, ms);
  return Date.parse(`${date}T00:00:00Z`) + minute * MINUTE + second * 1000 - Math.floor(ms / 1000) * 1000;
}

const holds = (span: Span, ms: number) => span.startMs <= ms && ms < span.endMs;
const holdsAny = (intervals: Intervals, ms: number) => spansOf(intervals).some((span) => holds(span, ms));

describe("local time", () => {
  test("offset, date and clock are those on the wall, a millisecond to either side of every step", () => {
    fc.assert(
      fc.property(aWindow, fc.constantFrom(-1, 0, 1), (dates, skew) => {
        for (const step of stepsAround(dates)) {
          const ms = step + skew;
          const { date, minute, second } = wallAt(dates.zone, ms);
          expect(offsetAt(dates.zone, ms)).toBe(offsetOnTheWall(dates.zone, ms));
          expect(dateAt(dates.zone, ms)).toBe(date);
          const clock = new Date(minute * MINUTE + second * 1000).toISOString().slice(11, 19);
          expect(formatLocal(dates.zone, ms)).toBe(`${date} ${clock}`);
        }
      }),
      examples(12),
    );
  });

  test("transitions are the steps at which the wall clock jumps, and no others", () => {
    for (const [zone, date] of CLOCK_CHANGES) {
      const steps = stepsAround({ fromDate: date, toDate: date });
      const jumps = steps.flatMap((atMs) => {
        const offsetBeforeMs = offsetOnTheWall(zone, atMs - 1);
        const offsetAfterMs = offsetOnTheWall(zone, atMs);
        return offsetBeforeMs === offsetAfterMs ? [] : [{ atMs, offsetBeforeMs, offsetAfterMs }];
      });
      expect(transitions(zone, (steps[0] as number) - 1, steps.at(-1) as number)).toEqual(jumps);
    }
  });

  test("a transition belongs to the span that ends at it, not to the one that starts there", () => {
    const atMs = Date.parse("2024-03-31T01:00:00Z");
    const change = { atMs, offsetBeforeMs: HOUR, offsetAfterMs: 2 * HOUR };
    expect(transitions("Europe/Berlin", atMs - 1, atMs)).toEqual([change]);
    expect(transitions("Europe/Berlin", atMs - DAY, atMs - 1)).toEqual([]);
    expect(transitions("Europe/Berlin", atMs, atMs + DAY)).toEqual([]);
  });

  test("a wall time is the first instant that shows it, or has already passed it", () => {
    fc.assert(
      fc.property(aWindow, fc.integer({ min: 0, max: 96 }), ({ zone, fromDate }, quarter) => {
        const minute = quarter * 15;
        expect(instantOf(zone, fromDate, minute)).toBe(firstInstantAt(zone, fromDate, minute, STEP));
      }),
      examples(200),
    );
  });
});

describe("the window", () => {
  test("holds exactly the steps whose local date is one of its dates", () => {
    fc.assert(
      fc.property(aWindow, (dates) => {
        const { zone, fromDate, toDate } = dates;
        const window = windowOf(zone, fromDate, toDate);
        for (const ms of stepsAround(dates)) {
          const { date } = wallAt(zone, ms);
          expect(holds(window, ms)).toBe(fromDate <= date && date <= toDate);
        }
      }),
      examples(60),
    );
  });

  test("is tiled by its days, each of which holds the steps of its own date", () => {
    fc.assert(
      fc.property(aWindow, (dates) => {
        const { zone, fromDate, toDate } = dates;
        const window = windowOf(zone, fromDate, toDate);
        const days = daysOf(zone, fromDate, toDate);
        expect(days[0]?.startMs).toBe(window.startMs);
        expect(days.at(-1)?.endMs).toBe(window.endMs);
        days.forEach((day, n) => {
          expect(day.startMs).toBe(startOfDay(zone, day.date));
          expect(day.endMs).toBe(days[n + 1]?.startMs ?? window.endMs);
        });
        for (const ms of stepsAround(dates).filter((step) => holds(window, step))) {
          expect(days.filter((day) => holds(day, ms)).map((day) => day.date)).toEqual([
            wallAt(zone, ms).date,
          ]);
        }
      }),
      examples(40),
    );
  });

  test("ends where the window of the next day begins, a week as the sum of its days", () => {
    for (const [zone, date] of CLOCK_CHANGES) {
      const week = windowOf(zone, dateAfter(date, -3), dateAfter(date, 3));
      const days = [-3, -2, -1, 0, 1, 2, 3].map((n) =>
        windowOf(zone, dateAfter(date, n), dateAfter(date, n)),
      );
      expect(days.reduce((sum, day) => sum + day.endMs - day.startMs, 0)).toBe(week.endMs - week.startMs);
      days.forEach((day, n) => {
        expect(day.endMs).toBe(days[n + 1]?.startMs ?? week.endMs);
      });
    }
  });
});

describe("business hours", () => {
  test("are open at exactly the steps at which the sign on the door says so", () => {
    const aQuestion = aWindow.chain((dates) => someHours(STEP, dates).map((rule) => ({ dates, rule })));
    fc.assert(
      fc.property(aQuestion, ({ dates, rule }) => {
        const steps = stepsAround(dates);
        const open = openIntervals(rule, steps[0] as number, (steps.at(-1) as number) + STEP);
        const onTheDoor = steps.filter((ms) => isOpenAt(rule, ms));
        expect(steps.filter((ms) => holdsAny(open, ms))).toEqual(onTheDoor);
        expect(measure(open)).toBe(onTheDoor.length * STEP);
      }),
      examples(150),
    );
  });

  test("asked for part of a window, they are the same hours cut at its ends", () => {
    const aQuestion = aWindow.chain((dates) =>
      fc.record({
        dates: fc.constant(dates),
        rule: someHours(STEP, dates),
        skipMs: fc.integer({ min: 0, max: 30 * HOUR }),
        lengthMs: fc.integer({ min: 0, max: 30 * HOUR }),
      }),
    );
    fc.assert(
      fc.property(aQuestion, ({ dates, rule, skipMs, lengthMs }) => {
        const steps = stepsAround(dates);
        const fromMs = (steps[0] as number) + skipMs;
        const toMs = fromMs + lengthMs;
        const all = openIntervals(rule, steps[0] as number, (steps.at(-1) as number) + STEP);
        const expected = spansOf(all)
          .map((span) => ({ startMs: Math.max(span.startMs, fromMs), endMs: Math.min(span.endMs, toMs) }))
          .filter((span) => span.startMs < span.endMs);
        expect(spansOf(openIntervals(rule, fromMs, toMs))).toEqual(expected);
      }),
      examples(80),
    );
  });
});
