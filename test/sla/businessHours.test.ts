import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type HoursRule, type OpenHours, openIntervals, WEEKDAYS } from "../../src/sla/businessHours.ts";
import { windowOf } from "../../src/sla/calendar.ts";
import { measure } from "../../src/sla/intervals.ts";
import { examples } from "../support/chance.ts";
import { spansOf } from "./spans.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const at = (iso: string) => Date.parse(iso);
const hours = (start: string, end: string): OpenHours[] => [{ start, end }];
const everyDay = (open: OpenHours[]): HoursRule["days"] =>
  Object.fromEntries(WEEKDAYS.map((day) => [day, open]));

function aRule(given: Partial<HoursRule> = {}): HoursRule {
  return { timezone: "Europe/Berlin", days: everyDay(hours("08:00", "17:00")), holidays: [], ...given };
}

function openOn(rule: HoursRule, from: string, to: string): string[] {
  const window = windowOf(rule.timezone, from, to);
  const iso = (ms: number) => new Date(ms).toISOString().slice(5, 16);
  return spansOf(openIntervals(rule, window.startMs, window.endMs)).map(
    ({ startMs, endMs }) => `${iso(startMs)} ${iso(endMs)}`,
  );
}

test("08:00 to 17:00 is at another UTC time in summer than in winter", () => {
  expect(openOn(aRule(), "2026-01-15", "2026-01-15")).toEqual(["01-15T07:00 01-15T16:00"]);
  expect(openOn(aRule(), "2026-07-15", "2026-07-15")).toEqual(["07-15T06:00 07-15T15:00"]);
});

test("a day without hours is closed", () => {
  const rule = aRule({ days: { monday: hours("08:00", "17:00") } });
  // 2026-11-23 is a monday.
  expect(openOn(rule, "2026-11-22", "2026-11-29")).toEqual(["11-23T07:00 11-23T16:00"]);
  expect(openOn(aRule({ days: {} }), "2026-11-22", "2026-11-29")).toEqual([]);
});

test("a lunch break divides the day, and intervals that overlap or touch are one", () => {
  const days = { monday: [...hours("13:00", "17:00"), ...hours("08:00", "12:00")] };
  expect(openOn(aRule({ days }), "2026-11-23", "2026-11-23")).toEqual([
    "11-23T07:00 11-23T11:00",
    "11-23T12:00 11-23T16:00",
  ]);
  const joined = {
    monday: [...hours("08:00", "12:00"), ...hours("12:00", "15:00"), ...hours("14:00", "17:00")],
  };
  expect(openOn(aRule({ days: joined }), "2026-11-23", "2026-11-23")).toEqual(["11-23T07:00 11-23T16:00"]);
});

describe("past midnight", () => {
  const night = aRule({ timezone: "UTC", days: { monday: hours("22:00", "06:00") } });

  test("hours whose end is before their start run into the next day", () => {
    expect(openOn(night, "2026-11-23", "2026-11-24")).toEqual(["11-23T22:00 11-24T06:00"]);
  });

  test("what began the evening before a window counts from the window's start", () => {
    expect(openOn(night, "2026-11-24", "2026-11-24")).toEqual(["11-24T00:00 11-24T06:00"]);
  });

  test("24:00 is the end of the day, and touches the next", () => {
    const rule = aRule({ timezone: "UTC", days: everyDay(hours("00:00", "24:00")) });
    expect(openOn(rule, "2026-11-23", "2026-11-24")).toEqual(["11-23T00:00 11-25T00:00"]);
  });

  test("equal start and end are 24 hours", () => {
    expect(
      openOn({ ...night, days: { monday: hours("00:00", "00:00") } }, "2026-11-22", "2026-11-25"),
    ).toEqual(["11-23T00:00 11-24T00:00"]);
    expect(
      openOn({ ...night, days: { monday: hours("09:00", "09:00") } }, "2026-11-22", "2026-11-25"),
    ).toEqual(["11-23T09:00 11-24T09:00"]);
  });
});

describe("holidays", () => {
  const always = aRule({ timezone: "UTC", days: everyDay(hours("00:00", "24:00")) });

  test("close their whole date, given as a date or with a name", () => {
    const holidays = ["2026-12-25", { date: "2026-12-26", name: "Boxing Day" }];
    expect(openOn({ ...always, holidays }, "2026-12-24", "2026-12-27")).toEqual([
      "12-24T00:00 12-25T00:00",
      "12-27T00:00 12-28T00:00",
    ]);
  });

  test("close the part of a night that runs in from the evening before, and let a night of their own start at midnight", () => {
    const rule = { ...always, days: everyDay(hours("22:00", "06:00")), holidays: ["2026-12-25"] };
    expect(openOn(rule, "2026-12-24", "2026-12-26")).toEqual([
      "12-24T00:00 12-24T06:00",
      "12-24T22:00 12-25T00:00",
      "12-26T00:00 12-26T06:00",
      "12-26T22:00 12-27T00:00",
    ]);
  });

  test("are dates of the hours' zone, 23 or 25 hours long when its clocks change", () => {
    const rule = { ...always, timezone: "America/New_York", holidays: ["2026-11-01"] };
    const window = windowOf("America/New_York", "2026-10-31", "2026-11-02");
    expect(measure(openIntervals(rule, window.startMs, window.endMs))).toBe(48 * HOUR_MS);
  });

  test("that begin at one o'clock, since midnight was skipped, leave no hole", () => {
    const rule = { ...always, timezone: "Africa/Cairo", holidays: ["2026-04-24"] };
    expect(openOn(rule, "2026-04-23", "2026-04-25")).toEqual([
      "04-22T22:00 04-23T22:00",
      "04-24T21:00 04-25T21:00",
    ]);
  });
});

describe("when clocks change", () => {
  test("around the clock is 23 hours in spring and 25 in autumn", () => {
    const rule = aRule({ days: everyDay(hours("00:00", "24:00")) });
    expect(openOn(rule, "2026-03-29", "2026-03-29")).toEqual(["03-28T23:00 03-29T22:00"]);
    expect(openOn(rule, "2026-10-25", "2026-10-25")).toEqual(["10-24T22:00 10-25T23:00"]);
  });

  test("hours that lie in the skipped hour do not happen", () => {
    const rule = aRule({ days: everyDay(hours("02:00", "03:00")) });
    expect(openOn(rule, "2026-03-29", "2026-03-29")).toEqual([]);
    const wider = aRule({ days: everyDay(hours("02:30", "04:00")) });
    expect(openOn(wider, "2026-03-29", "2026-03-29")).toEqual(["03-29T01:00 03-29T02:00"]);
  });

  test("hours that lie in the repeated hour happen twice", () => {
    const rule = aRule({ days: everyDay(hours("02:15", "02:30")) });
    expect(openOn(rule, "2026-10-25", "2026-10-25")).toEqual([
      "10-25T00:15 10-25T00:30",
      "10-25T01:15 10-25T01:30",
    ]);
  });

  test("a window in another zone than the hours sees the hours of theirs", () => {
    const window = windowOf("Asia/Tokyo", "2026-10-25", "2026-10-25");
    expect(openIntervals(aRule(), window.startMs, window.endMs)).toEqual([
      at("2026-10-25T07:00:00Z"),
      at("2026-10-25T15:00:00Z"),
    ]);
  });
});

test("a window of no length is never open", () => {
  const noon = at("2026-07-15T10:00:00Z");
  expect(openIntervals(aRule(), noon, noon)).toEqual([]);
});

test("a time, date or zone that does not exist throws", () => {
  const ask = (rule: HoursRule) => () => openIntervals(rule, 0, HOUR_MS);
  expect(ask(aRule({ days: everyDay(hours("8:00", "17:00")) }))).toThrow(RangeError);
  expect(ask(aRule({ days: everyDay(hours("08:00", "24:01")) }))).toThrow(RangeError);
  expect(ask(aRule({ days: everyDay(hours("08:60", "17:00")) }))).toThrow(RangeError);
  expect(ask(aRule({ holidays: ["2026-02-30"] }))).toThrow(RangeError);
  expect(ask(aRule({ timezone: "Europe/Atlantis" }))).toThrow(RangeError);
});

// The oracle reads wall clock and calendar from Intl, minute by minute, and looks at the rule.
describe("minute by minute", () => {
  const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

  function isOpen(rule: HoursRule, wall: { date: string; minute: number }): boolean {
    if (rule.holidays.some((holiday) => holiday === wall.date)) return false;
    const weekday = (Temporal.PlainDate.from(wall.date).dayOfWeek + 6) % 7;
    const [today, yesterday] = [weekday, weekday + 6].map(
      (day) => rule.days[WEEKDAYS[day % 7] ?? "monday"] ?? [],
    );
    return (
      (today ?? []).some(({ start, end }) => {
        const [from, to] = [minuteOf(start), minuteOf(end)];
        return wall.minute >= from && (to <= from || wall.minute < to);
      }) ||
      (yesterday ?? []).some(
        ({ start, end }) => minuteOf(end) <= minuteOf(start) && wall.minute < minuteOf(end),
      )
    );
  }

  function* wallsOf(zone: string, fromMs: number, toMs: number) {
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "short",
    });
    for (let ms = fromMs; ms < toMs; ms += MINUTE_MS) {
      const [date = "", time = ""] = format.format(ms).split(" ");
      yield { ms, date, minute: minuteOf(time) };
    }
  }

  const clockTime = (max: number) =>
    fc.integer({ min: 0, max }).map((quarter) => {
      const two = (value: number) => String(value).padStart(2, "0");
      return `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`;
    });
  const anyHours = fc.array(fc.record({ start: clockTime(95), end: clockTime(96) }), { maxLength: 3 });
  // A zone, and the day on or next to which its clocks change or its date does.
  const anyChange = fc.constantFrom(
    ["Europe/Berlin", "2026-03-29"],
    ["Europe/Berlin", "2025-10-26"],
    ["America/New_York", "2026-03-08"],
    ["America/New_York", "2025-11-02"],
    ["Australia/Lord_Howe", "2026-04-05"],
    ["Africa/Cairo", "2026-04-24"],
    ["America/Santiago", "2026-04-04"],
    ["America/Havana", "2025-11-02"],
    ["America/St_Johns", "2010-11-07"],
    ["Asia/Kathmandu", "2026-05-01"],
    ["Pacific/Apia", "2011-12-30"],
  );

  test("the hours are open when a clock on the wall shows an open time", () => {
    const week = fc.tuple(...WEEKDAYS.map(() => anyHours));
    fc.assert(
      fc.property(anyChange, week, fc.boolean(), ([timezone = "", date = ""], open, isHoliday) => {
        const days = Object.fromEntries(WEEKDAYS.map((day, i) => [day, open[i]]));
        const rule: HoursRule = { timezone, days, holidays: isHoliday ? [date] : [] };
        const noonMs = at(`${date}T12:00:00Z`);
        const [fromMs, toMs] = [noonMs - 36 * HOUR_MS, noonMs + 36 * HOUR_MS];
        const walked: number[] = [];
        for (const wall of wallsOf(timezone, fromMs, toMs)) {
          if (!isOpen(rule, wall)) continue;
          if (walked.at(-1) === wall.ms) walked[walked.length - 1] = wall.ms + MINUTE_MS;
          else walked.push(wall.ms, wall.ms + MINUTE_MS);
        }
        expect(openIntervals(rule, fromMs, toMs)).toEqual(walked);
      }),
      examples(30),
    );
  });
});
