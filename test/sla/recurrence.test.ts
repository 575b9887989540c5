// Recurring maintenance: which occurrences a rule makes, over clock changes, held to a walk over the days.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { spansOfMaintenance } from "../../src/report/maintenance.ts";
import { beginsOn, readRecurrenceRule } from "../../src/sla/recurrenceRule.ts";
import { aMaintenance, at } from "../report/source.ts";
import { examples } from "../support/chance.ts";
import { DAY, firstInstantAt, MINUTE, wallAt } from "./oracle.ts";
import { CLOCK_CHANGES, dateAfter } from "./uptime-cases.ts";

// Time to find the smallest counterexample, should there be one.
setDefaultTimeout(120_000);

const STEP = 15 * MINUTE;
const iso = (ms: number) => new Date(ms).toISOString();
const span = (from: string, to: string) => ({ startMs: at(from), endMs: at(to) });
const written = (spans: { startMs: number; endMs: number }[]) =>
  spans.map(({ startMs, endMs }) => `${iso(startMs).slice(0, 16)} ${iso(endMs).slice(0, 16)}`);

describe("02:00 to 04:00 every Sunday in Zurich", () => {
  const weekly = aMaintenance("2026-03-01T01:00:00Z", "2026-03-01T03:00:00Z", {
    rrule: "FREQ=WEEKLY;BYDAY=SU",
    timezone: "Europe/Zurich",
  });

  test("stays from two to four on the wall, an hour long when the clocks skip from two to three", () => {
    expect(written(spansOfMaintenance(weekly, span("2026-03-20T00:00:00Z", "2026-04-10T00:00:00Z")))).toEqual(
      [
        "2026-03-22T01:00 2026-03-22T03:00",
        "2026-03-29T01:00 2026-03-29T02:00",
        "2026-04-05T00:00 2026-04-05T02:00",
      ],
    );
  });

  test("lasts three hours when the clocks show the hour from two to three twice", () => {
    expect(written(spansOfMaintenance(weekly, span("2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z")))).toEqual(
      ["2026-10-25T00:00 2026-10-25T03:00"],
    );
  });

  test("has no occurrence before its first", () => {
    expect(spansOfMaintenance(weekly, span("2026-02-01T00:00:00Z", "2026-03-01T01:00:00Z"))).toEqual([]);
  });

  test("touches a window that begins within an occurrence, not one that begins at its end", () => {
    expect(spansOfMaintenance(weekly, span("2026-03-08T02:59:59.999Z", "2026-03-09T00:00:00Z"))).toHaveLength(
      1,
    );
    expect(spansOfMaintenance(weekly, span("2026-03-08T03:00:00Z", "2026-03-09T00:00:00Z"))).toEqual([]);
  });
});

test("an occurrence that lies within a skipped hour is none", () => {
  const daily = aMaintenance("2026-03-01T01:15:00Z", "2026-03-01T01:45:00Z", {
    rrule: "FREQ=DAILY",
    timezone: "Europe/Zurich",
  });
  const days = spansOfMaintenance(daily, span("2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"));
  expect(written(days)).toEqual(["2026-03-28T01:15 2026-03-28T01:45", "2026-03-30T00:15 2026-03-30T00:45"]);
});

test("occurrences longer than their interval overlap; maintenance is their union", () => {
  const long = aMaintenance("2026-03-01T00:00:00Z", "2026-03-03T12:00:00Z", { rrule: "FREQ=DAILY;COUNT=3" });
  expect(written(spansOfMaintenance(long, span("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z")))).toEqual([
    "2026-03-03T00:00 2026-03-05T12:00",
  ]);
});

test.each([
  ["FREQ=DAILY;UNTIL=20260303", 3],
  ["FREQ=DAILY;UNTIL=20260303T010000Z", 3],
  ["FREQ=DAILY;UNTIL=20260303T005959Z", 2],
  ["FREQ=DAILY;UNTIL=20260303T020000", 3],
  ["FREQ=DAILY;UNTIL=20260303T015959", 2],
  ["FREQ=DAILY;COUNT=4", 4],
  ["freq=daily;interval=10", 4],
  ["FREQ=MONTHLY;BYDAY=1SU", 1],
  ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,-1", 2],
  ["FREQ=YEARLY;BYWEEKNO=9,10;BYDAY=SU", 2],
  ["FREQ=YEARLY;BYYEARDAY=60,61", 2],
])("%s from 1 March, 02:00 in Zurich, comes %d times in March", (rrule, count) => {
  const window = aMaintenance("2026-03-01T01:00:00Z", "2026-03-01T03:00:00Z", {
    rrule,
    timezone: "Europe/Zurich",
  });
  expect(spansOfMaintenance(window, span("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"))).toHaveLength(
    count,
  );
});

test.each([
  "DAILY",
  "RRULE:FREQ=DAILY",
  "FREQ=HOURLY",
  "FREQ=MINUTELY",
  "FREQ=SECONDLY",
  "FREQ=FORTNIGHTLY",
  "INTERVAL=2",
  "FREQ=DAILY;FREQ=WEEKLY",
  "FREQ=DAILY;",
  "FREQ=DAILY;INTERVAL=0",
  "FREQ=DAILY;INTERVAL=1001",
  "FREQ=DAILY;COUNT=0",
  "FREQ=DAILY;COUNT=5001",
  "FREQ=DAILY;COUNT=1e3",
  "FREQ=DAILY;COUNT=3;UNTIL=20260303",
  "FREQ=DAILY;UNTIL=20260230",
  "FREQ=DAILY;UNTIL=tomorrow",
  "FREQ=DAILY;BYHOUR=1,2,3",
  "FREQ=DAILY;BYMONTHDAY=29",
  "FREQ=WEEKLY;BYDAY=1SU",
  "FREQ=WEEKLY;BYDAY=SO",
  "FREQ=WEEKLY;BYDAY=",
  "FREQ=WEEKLY;WKST=XX",
  "FREQ=MONTHLY;BYMONTHDAY=32",
  "FREQ=MONTHLY;BYMONTHDAY=0",
  "FREQ=MONTHLY;BYMONTH=-1",
  "FREQ=MONTHLY;BYSETPOS=1",
  "FREQ=YEARLY;BYWEEKNO=20",
  "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
  "FREQ=YEARLY;BYEASTER=0",
])("%s is no rule that can be used", (text) => {
  expect(() => readRecurrenceRule(text)).toThrow(RangeError);
});

test("the costliest rules are answered at once", () => {
  const day = span("2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z");
  for (const [from, rrule] of [
    ["1970-01-01", "FREQ=DAILY"],
    ["1976-02-29", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU"],
    ["1976-02-29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU;COUNT=5000"],
    ["1970-01-01", "FREQ=DAILY;COUNT=5000"],
    ["1970-01-01", "FREQ=DAILY;INTERVAL=365;BYMONTH=1"],
  ] as const) {
    const window = aMaintenance(`${from}T00:00:00Z`, `${from}T01:00:00Z`, { rrule });
    expect(beginsOn(readRecurrenceRule(rrule), from), rrule).toBe(true);
    spansOfMaintenance(window, day);
  }
  // These have no date at all, which a walk to the year 9999 would find out in seconds.
  expect(beginsOn(readRecurrenceRule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"), "2026-02-28")).toBe(false);
  expect(beginsOn(readRecurrenceRule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31"), "2026-02-28")).toBe(false);
});

// The oracle: a rule is a question that is asked of every date since the first.

type Dated = { rrule: string; has: (date: string, first: string) => boolean };

const dayNumber = (date: string) => Date.parse(`${date}T00:00:00Z`) / DAY;
/** From 0 for Sunday, by the runtime's own calendar. */
const weekday = (date: string) =>
  ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"].indexOf(
    wallAt("UTC", Date.parse(`${date}T12:00:00Z`)).weekday,
  );
const CODES = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const dayOf = (date: string) => Number(date.slice(8));
const monthOf = (date: string) => Number(date.slice(5, 7));
const isLastOfMonth = (date: string) => dayOf(dateAfter(date, 1)) === 1;
/** Which Monday-to-Sunday week it is, counted from 1970. */
const weekOf = (date: string) => Math.floor((dayNumber(date) + 3) / 7);

const anInterval = fc.integer({ min: 1, max: 4 });
const aRule: fc.Arbitrary<Dated> = fc.oneof(
  anInterval.map((n) => ({
    rrule: `FREQ=DAILY;INTERVAL=${n}`,
    has: (date: string, first: string) => (dayNumber(date) - dayNumber(first)) % n === 0,
  })),
  fc.tuple(anInterval, fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 })).map(([n, days]) => ({
    rrule: `FREQ=WEEKLY;INTERVAL=${n};BYDAY=${days.map((day) => CODES[day]).join(",")}`,
    has: (date: string, first: string) =>
      days.includes(weekday(date)) && (weekOf(date) - weekOf(first)) % n === 0,
  })),
  fc.integer({ min: 1, max: 28 }).map((day) => ({
    rrule: `FREQ=MONTHLY;BYMONTHDAY=${day},-1`,
    has: (date: string) => dayOf(date) === day || isLastOfMonth(date),
  })),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6 })).map(([nth, day]) => ({
    rrule: `FREQ=MONTHLY;BYDAY=${nth}${CODES[day]}`,
    has: (date: string) => weekday(date) === day && Math.ceil(dayOf(date) / 7) === nth,
  })),
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 6 })).map(([month, day]) => ({
    rrule: `FREQ=YEARLY;BYMONTH=${month};BYDAY=${CODES[day]}`,
    has: (date: string) => monthOf(date) === month && weekday(date) === day,
  })),
);

test("every occurrence near a clock change is where a walk over the days finds it, and there are no others", () => {
  const aCase = fc.record({
    change: fc.constantFrom(...CLOCK_CHANGES),
    rule: aRule,
    daysBefore: fc.integer({ min: 0, max: 800 }),
    minute: fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
    length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 })),
  });
  fc.assert(
    fc.property(aCase, ({ change: [zone, date], rule, daysBefore, minute, length }) => {
      let first = dateAfter(date, -daysBefore);
      while (!rule.has(first, first)) first = dateAfter(first, 1);
      const endMinute = minute + length * 15;
      const instantOf = (day: string, wallMinute: number) =>
        firstInstantAt(zone, dateAfter(day, Math.floor(wallMinute / 1440)), wallMinute % 1440, STEP);
      const occurrence = (day: string) => ({
        startMs: instantOf(day, minute),
        endMs: instantOf(day, endMinute),
      });
      const start = occurrence(first);
      // A first occurrence is two instants; these are such as the wall clock shows as they are asked.
      const shows = (ms: number, wallMinute: number) => {
        const wall = wallAt(zone, ms);
        const asked = dateAfter(first, Math.floor(wallMinute / 1440));
        return wall.minute === wallMinute % 1440 && wall.date === asked;
      };
      fc.pre(shows(start.startMs, minute) && shows(start.endMs, endMinute) && start.endMs > start.startMs);
      const window = { startMs: at(`${date}T00:00:00Z`) - 6 * DAY, endMs: at(`${date}T00:00:00Z`) + 6 * DAY };
      const expected = [];
      for (let day = first; day <= dateAfter(date, 8); day = dateAfter(day, 1)) {
        if (day < dateAfter(date, -14) || !rule.has(day, first)) continue;
        const one = occurrence(day);
        if (one.endMs > one.startMs && one.endMs > window.startMs && one.startMs < window.endMs)
          expected.push(one);
      }
      const computed = spansOfMaintenance(
        aMaintenance(iso(start.startMs), iso(start.endMs), { rrule: rule.rrule, timezone: zone }),
        window,
      );
      expect(computed, `${rule.rrule} from ${iso(start.startMs)}`).toEqual(expected);
    }),
    examples(100),
  );
});
