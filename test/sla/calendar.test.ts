import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addDays,
  dateAt,
  daysBetween,
  daysOf,
  formatLocal,
  instantOf,
  lastDayOfMonth,
  parseDate,
  startOfDay,
  weekdayOf,
  windowOf,
} from "../../src/sla/calendar.ts";

const HOUR_MS = 3_600_000;
const at = (iso: string) => Date.parse(iso);
const hoursOf = (zone: string, date: string) => {
  const { startMs, endMs } = windowOf(zone, date, date);
  return (endMs - startMs) / HOUR_MS;
};

describe("dates", () => {
  test("a date that exists is read as it is", () => {
    for (const date of ["1970-01-01", "2024-02-29", "2000-02-29", "2026-12-31", "9999-12-31"]) {
      expect(parseDate(date)).toBe(date);
    }
  });

  test("a date that does not exist, has another form or lies before 1970 is refused", () => {
    for (const text of [
      "2026-02-29",
      "1900-02-29",
      "2100-02-29",
      "2026-04-31",
      "2026-13-01",
      "2026-00-10",
      "2026-01-00",
      "1969-12-31",
      "0050-01-01",
      "10000-01-01",
      "2026-1-1",
      "2026-01-01 ",
      "2026-01-01\n",
      "2026-01-01T00:00:00Z",
      "20260101",
      "+002026-01-01",
      "٢٠٢٦-٠١-٠١",
      "",
    ]) {
      expect(parseDate(text)).toBeNull();
    }
  });

  test("days are added over the ends of months and years", () => {
    expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
    expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("1970-01-01", -1)).toBe("1969-12-31");
    expect(addDays("2026-07-01", 0)).toBe("2026-07-01");
  });

  test("what is not a date throws", () => {
    expect(() => addDays("2026-02-30", 1)).toThrow(RangeError);
    expect(() => daysBetween("2026-01-01", "tomorrow")).toThrow(RangeError);
    expect(() => weekdayOf("")).toThrow(RangeError);
    expect(() => startOfDay("UTC", "2026-02-30")).toThrow(RangeError);
  });

  test("days between two dates count up, and negative backwards", () => {
    expect(daysBetween("2026-01-01", "2027-01-01")).toBe(365);
    expect(daysBetween("2024-01-01", "2025-01-01")).toBe(366);
    expect(daysBetween("2026-03-01", "2026-02-28")).toBe(-1);
  });

  test("adding the days between leads from one date to the other, whatever Temporal says too", () => {
    const day = fc.integer({ min: 0, max: 2_932_896 });
    fc.assert(
      fc.property(day, day, (a, b) => {
        const [from, to] = [addDays("1970-01-01", a), addDays("1970-01-01", b)];
        expect(daysBetween(from, to)).toBe(b - a);
        expect(addDays(from, b - a)).toBe(to);
        const plain = Temporal.PlainDate.from("1970-01-01").add({ days: a });
        expect(from).toBe(plain.toString());
        expect(weekdayOf(from)).toBe(plain.dayOfWeek - 1);
        expect(lastDayOfMonth(from)).toBe(plain.daysInMonth);
      }),
    );
  });

  test("the week begins with monday as 0", () => {
    expect(weekdayOf("2026-11-23")).toBe(0);
    expect(weekdayOf("2026-11-29")).toBe(6);
    expect(weekdayOf("1970-01-01")).toBe(3);
    expect(weekdayOf("1969-12-28")).toBe(6);
  });

  test("february has 28 or 29 days", () => {
    expect(lastDayOfMonth("2026-02-10")).toBe(28);
    expect(lastDayOfMonth("2024-02-01")).toBe(29);
    expect(lastDayOfMonth("2100-02-01")).toBe(28);
    expect(lastDayOfMonth("2026-12-31")).toBe(31);
  });
});

describe("days in a zone", () => {
  test("Berlin's days have 24 hours, 23 in spring and 25 in autumn", () => {
    expect(hoursOf("Europe/Berlin", "2026-03-28")).toBe(24);
    expect(hoursOf("Europe/Berlin", "2026-03-29")).toBe(23);
    expect(hoursOf("Europe/Berlin", "2026-10-25")).toBe(25);
  });

  test("New York's days have 23 hours in March and 25 in November", () => {
    expect(hoursOf("America/New_York", "2026-03-08")).toBe(23);
    expect(hoursOf("America/New_York", "2026-11-01")).toBe(25);
    expect(startOfDay("America/New_York", "2026-11-01")).toBe(at("2026-11-01T04:00:00Z"));
    expect(startOfDay("America/New_York", "2026-11-02")).toBe(at("2026-11-02T05:00:00Z"));
  });

  test("Lord Howe's clocks change by half an hour", () => {
    expect(hoursOf("Australia/Lord_Howe", "2026-04-05")).toBe(24.5);
    expect(hoursOf("Australia/Lord_Howe", "2026-10-04")).toBe(23.5);
  });

  test("Kathmandu's midnight is at a quarter past six in the evening UTC", () => {
    expect(startOfDay("Asia/Kathmandu", "2026-05-01")).toBe(at("2026-04-30T18:15:00Z"));
  });

  test("where midnight is skipped the day begins with its first instant, at one o'clock", () => {
    // Cairo: Friday 2026-04-24, 00:00 becomes 01:00. Santiago: Sunday 2026-09-06, the same.
    expect(startOfDay("Africa/Cairo", "2026-04-24")).toBe(at("2026-04-23T22:00:00Z"));
    expect(formatLocal("Africa/Cairo", at("2026-04-23T22:00:00Z"))).toBe("2026-04-24 01:00:00");
    expect(hoursOf("Africa/Cairo", "2026-04-24")).toBe(23);
    expect(startOfDay("America/Santiago", "2026-09-06")).toBe(at("2026-09-06T04:00:00Z"));
    expect(formatLocal("America/Santiago", at("2026-09-06T04:00:00Z"))).toBe("2026-09-06 01:00:00");
    expect(hoursOf("America/Santiago", "2026-09-06")).toBe(23);
  });

  test("where clocks go back at midnight to the day before, that day has 25 hours", () => {
    // Santiago: Saturday 2026-04-04, 24:00 becomes 23:00.
    expect(hoursOf("America/Santiago", "2026-04-04")).toBe(25);
    expect(startOfDay("America/Santiago", "2026-04-05")).toBe(at("2026-04-05T04:00:00Z"));
  });

  test("where midnight comes twice the day begins with the first", () => {
    // Havana: Sunday 2025-11-02, 01:00 becomes 00:00.
    expect(startOfDay("America/Havana", "2025-11-02")).toBe(at("2025-11-02T04:00:00Z"));
    expect(formatLocal("America/Havana", at("2025-11-02T05:00:00Z"))).toBe("2025-11-02 00:00:00");
    expect(hoursOf("America/Havana", "2025-11-02")).toBe(25);
  });

  test("where clocks go back over midnight the new day begins when it is first shown", () => {
    // St. John's: Sunday 2010-11-07, 00:01 became 23:01 of Saturday.
    expect(startOfDay("America/St_Johns", "2010-11-07")).toBe(at("2010-11-07T02:30:00Z"));
    expect(dateAt("America/St_Johns", at("2010-11-07T02:30:30Z"))).toBe("2010-11-07");
    expect(dateAt("America/St_Johns", at("2010-11-07T02:31:00Z"))).toBe("2010-11-06");
    expect(hoursOf("America/St_Johns", "2010-11-07")).toBe(25);
  });

  test("Apia's lost day 2011-12-30 has no length and begins where the next one does", () => {
    expect(startOfDay("Pacific/Apia", "2011-12-30")).toBe(at("2011-12-30T10:00:00Z"));
    expect(startOfDay("Pacific/Apia", "2011-12-31")).toBe(at("2011-12-30T10:00:00Z"));
    expect(dateAt("Pacific/Apia", at("2011-12-30T09:59:59.999Z"))).toBe("2011-12-29");
    expect(dateAt("Pacific/Apia", at("2011-12-30T10:00:00Z"))).toBe("2011-12-31");
    const days = daysOf("Pacific/Apia", "2011-12-29", "2011-12-31");
    expect(days.map(({ date, startMs, endMs }) => [date, (endMs - startMs) / HOUR_MS])).toEqual([
      ["2011-12-29", 24],
      ["2011-12-30", 0],
      ["2011-12-31", 24],
    ]);
  });

  test("a date ends a millisecond after 23:59:59.999", () => {
    expect(dateAt("Europe/Berlin", at("2026-07-01T21:59:59.999Z"))).toBe("2026-07-01");
    expect(dateAt("Europe/Berlin", at("2026-07-01T22:00:00.000Z"))).toBe("2026-07-02");
  });

  test("a window runs from the first date's midnight to the midnight after the last", () => {
    expect(windowOf("Europe/Zurich", "2026-02-01", "2026-02-28")).toEqual({
      startMs: at("2026-01-31T23:00:00Z"),
      endMs: at("2026-02-28T23:00:00Z"),
    });
  });

  test("the days of a year tile its window, and all its instants show their date", () => {
    for (const zone of ["Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "UTC"]) {
      const days = daysOf(zone, "2026-01-01", "2026-12-31");
      const window = windowOf(zone, "2026-01-01", "2026-12-31");
      expect(days.length).toBe(365);
      expect(days[0]?.startMs).toBe(window.startMs);
      expect(days.at(-1)?.endMs).toBe(window.endMs);
      for (const [i, { date, startMs, endMs }] of days.entries()) {
        expect([dateAt(zone, startMs), dateAt(zone, endMs - 1)]).toEqual([date, date]);
        if (i > 0) expect(days[i - 1]?.endMs).toBe(startMs);
      }
    }
  });

  test("no dates make no days", () => {
    expect(daysOf("UTC", "2026-01-02", "2026-01-01")).toEqual([]);
  });

  test("the start of a day is Temporal's, in all zones and years", () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
    fc.assert(
      // Up to summer 2026, where the runtime's zone data ends to be right.
      fc.property(zone, fc.integer({ min: 0, max: 20_630 }), (name, day) => {
        const date = addDays("1970-01-01", day);
        const start = Temporal.PlainDate.from(date).toZonedDateTime(name);
        // Temporal gives a lost day's midnight to the day before; everything else is the same.
        fc.pre(start.toPlainDate().toString() === date);
        expect(startOfDay(name, date)).toBe(start.epochMilliseconds);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("wall-clock times", () => {
  test("a time that clocks skip is the instant of the skip", () => {
    expect(instantOf("Europe/Berlin", "2026-03-29", 2 * 60 + 30)).toBe(at("2026-03-29T01:00:00Z"));
    expect(instantOf("Europe/Berlin", "2026-03-29", 3 * 60)).toBe(at("2026-03-29T01:00:00Z"));
  });

  test("a time that clocks show twice is the first", () => {
    expect(instantOf("America/New_York", "2026-11-01", 90)).toBe(at("2026-11-01T05:30:00Z"));
  });

  test("minute 1440 is the start of the next day", () => {
    expect(instantOf("Africa/Cairo", "2026-04-23", 1440)).toBe(startOfDay("Africa/Cairo", "2026-04-24"));
    expect(instantOf("America/Havana", "2025-11-01", 1440)).toBe(startOfDay("America/Havana", "2025-11-02"));
  });

  test("a wall clock is shown to the second, the rest cut off", () => {
    expect(formatLocal("Europe/Zurich", at("2026-02-17T15:30:55.999Z"))).toBe("2026-02-17 16:30:55");
    expect(formatLocal("America/St_Johns", at("2026-01-01T00:00:00Z"))).toBe("2025-12-31 20:30:00");
    expect(formatLocal("UTC", -1)).toBe("1969-12-31 23:59:59");
  });
});
