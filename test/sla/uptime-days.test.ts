// Days as the zone has them, and wall-clock hours across clock changes; every length worked by hand.
import { describe, expect, test } from "bun:test";
import { type HoursRule, openIntervals } from "../../src/sla/businessHours.ts";
import { daysOf, windowOf } from "../../src/sla/calendar.ts";
import { measure, type Span } from "../../src/sla/intervals.ts";
import { displayPercentage } from "../../src/sla/percentage.ts";
import { measurePerDay, serviceTime, siteUptime } from "../../src/sla/uptime.ts";
import { HOUR, MINUTE } from "./oracle.ts";
import { spansOf } from "./spans.ts";

const at = (instant: string) => Date.parse(instant);
const span = (start: string, end: string): Span => ({ startMs: at(start), endMs: at(end) });

function uptimeOf(
  zone: string,
  [fromDate, toDate]: [string, string],
  fault: Span,
  rule: HoursRule | null = null,
) {
  const window = windowOf(zone, fromDate, toDate);
  const openHours = rule === null ? null : openIntervals(rule, window.startMs, window.endMs);
  const hours = {
    window,
    openHours,
    maintenance: [],
    maintenanceCountsAs: "excluded" as const,
    monitoredSinceMs: null,
  };
  return siteUptime(serviceTime(hours), [fault], window);
}

describe("a day is what the zone says", () => {
  test.each([
    ["Europe/Berlin", "2024-03-31", "2024-03-30T23:00Z", "2024-03-31T22:00Z", 23],
    ["Europe/Berlin", "2024-10-27", "2024-10-26T22:00Z", "2024-10-27T23:00Z", 25],
    ["Europe/Zurich", "2025-03-30", "2025-03-29T23:00Z", "2025-03-30T22:00Z", 23],
    ["America/New_York", "2024-03-10", "2024-03-10T05:00Z", "2024-03-11T04:00Z", 23],
    ["America/New_York", "2024-11-03", "2024-11-03T04:00Z", "2024-11-04T05:00Z", 25],
    ["Australia/Lord_Howe", "2024-10-06", "2024-10-05T13:30Z", "2024-10-06T13:00Z", 23.5],
    ["Australia/Lord_Howe", "2024-04-07", "2024-04-06T13:00Z", "2024-04-07T13:30Z", 24.5],
    ["Antarctica/Troll", "2024-03-31", "2024-03-31T00:00Z", "2024-03-31T22:00Z", 22],
    ["Asia/Kathmandu", "2024-02-29", "2024-02-28T18:15Z", "2024-02-29T18:15Z", 24],
    ["Pacific/Kiritimati", "2024-12-31", "2024-12-30T10:00Z", "2024-12-31T10:00Z", 24],
    ["UTC", "2024-12-31", "2024-12-31T00:00Z", "2025-01-01T00:00Z", 24],
  ])("%s %s lasts from %s to %s, %d hours", (zone, date, start, end, hours) => {
    expect(windowOf(zone, date, date)).toEqual(span(start, end));
    expect(at(end) - at(start)).toBe(hours * HOUR);
  });

  test("a midnight that does not exist: in Cairo and Santiago the day starts at one o'clock", () => {
    expect(windowOf("Africa/Cairo", "2024-04-26", "2024-04-26")).toEqual(
      span("2024-04-25T22:00Z", "2024-04-26T21:00Z"),
    );
    expect(windowOf("America/Santiago", "2024-09-08", "2024-09-08")).toEqual(
      span("2024-09-08T04:00Z", "2024-09-09T03:00Z"),
    );
  });

  test("a midnight that comes twice: in Havana the day starts at the first, and has 25 hours", () => {
    const day = windowOf("America/Havana", "2024-11-03", "2024-11-03");
    expect(day).toEqual(span("2024-11-03T04:00Z", "2024-11-04T05:00Z"));
  });

  test("a last hour that comes twice belongs to the day it ends: Cairo 2024-10-31 has 25 hours", () => {
    const day = windowOf("Africa/Cairo", "2024-10-31", "2024-10-31");
    expect(day).toEqual(span("2024-10-30T21:00Z", "2024-10-31T22:00Z"));
  });

  test("a day that never was: Apia's 2011-12-29 to 2011-12-31 is 48 hours, none of them on the 30th", () => {
    const window = windowOf("Pacific/Apia", "2011-12-29", "2011-12-31");
    expect(window).toEqual(span("2011-12-29T10:00Z", "2011-12-31T10:00Z"));
    const days = daysOf("Pacific/Apia", "2011-12-29", "2011-12-31");
    const lengths = new Map(days.map((day) => [day.date, day.endMs - day.startMs]));
    expect(lengths.get("2011-12-29")).toBe(24 * HOUR);
    expect(lengths.get("2011-12-30") ?? 0).toBe(0);
    expect(lengths.get("2011-12-31")).toBe(24 * HOUR);
  });

  test("reported alone, the day that never was has no service time and no downtime", () => {
    const fault = span("2011-12-30T09:00Z", "2011-12-30T11:00Z");
    const uptime = uptimeOf("Pacific/Apia", ["2011-12-30", "2011-12-30"], fault);
    expect(uptime).toMatchObject({ serviceMs: 0, downtimeMs: 0, incidents: [], mttrMs: null, mtbfMs: null });
  });
});

describe("an outage over a clock change", () => {
  test("from 01:30 to 03:30 lasts one hour when the clock goes forward", () => {
    const fault = span("2024-03-31T01:30:00+01:00", "2024-03-31T03:30:00+02:00");
    const { serviceMs, downtimeMs } = uptimeOf("Europe/Berlin", ["2024-03-31", "2024-03-31"], fault);
    expect([serviceMs, downtimeMs]).toEqual([82_800_000, 3_600_000]);
    expect(displayPercentage(serviceMs, downtimeMs)).toBe("95.652"); // 22/23 = 95.6521…
  });

  test("from 01:30 to 03:30 lasts three hours when the clock goes back", () => {
    const fault = span("2024-10-27T01:30:00+02:00", "2024-10-27T03:30:00+01:00");
    const { serviceMs, downtimeMs } = uptimeOf("Europe/Berlin", ["2024-10-27", "2024-10-27"], fault);
    expect([serviceMs, downtimeMs]).toEqual([90_000_000, 10_800_000]);
    expect(displayPercentage(serviceMs, downtimeMs)).toBe("88.000"); // 22/25
  });

  test("day by day it adds up to the week of 167 hours", () => {
    const fault = span("2024-03-30T22:00:00+01:00", "2024-03-31T04:00:00+02:00");
    const { down, serviceMs, downtimeMs } = uptimeOf("Europe/Berlin", ["2024-03-25", "2024-03-31"], fault);
    const days = daysOf("Europe/Berlin", "2024-03-25", "2024-03-31");
    expect(serviceMs).toBe(167 * HOUR);
    expect(downtimeMs).toBe(5 * HOUR);
    expect(measurePerDay(down, days)).toEqual([0, 0, 0, 0, 0, 2 * HOUR, 3 * HOUR]);
  });

  test("week by week it adds up to the month", () => {
    const fault = span("2024-03-17T20:00:00+01:00", "2024-03-19T06:30:00+01:00");
    const weeks = [
      windowOf("Europe/Berlin", "2024-03-01", "2024-03-03"),
      windowOf("Europe/Berlin", "2024-03-04", "2024-03-10"),
      windowOf("Europe/Berlin", "2024-03-11", "2024-03-17"),
      windowOf("Europe/Berlin", "2024-03-18", "2024-03-24"),
      windowOf("Europe/Berlin", "2024-03-25", "2024-03-31"),
    ];
    const { down, downtimeMs } = uptimeOf("Europe/Berlin", ["2024-03-01", "2024-03-31"], fault);
    expect(measurePerDay(down, weeks)).toEqual([0, 0, 4 * HOUR, 30.5 * HOUR, 0]);
    expect(downtimeMs).toBe(34.5 * HOUR);
  });
});

describe("business hours are the wall clock's", () => {
  const hours = (
    timezone: string,
    days: HoursRule["days"],
    holidays: HoursRule["holidays"] = [],
  ): HoursRule => ({
    timezone,
    days,
    holidays,
  });
  const open = (rule: HoursRule, date: string) => {
    const window = windowOf(rule.timezone, date, date);
    return openIntervals(rule, window.startMs, window.endMs);
  };

  test("a night shift has seven hours when the clock goes forward and nine when it goes back", () => {
    const rule = hours("Europe/Berlin", { saturday: [{ start: "22:00", end: "06:00" }] });
    const spring = windowOf("Europe/Berlin", "2024-03-30", "2024-03-31");
    const autumn = windowOf("Europe/Berlin", "2024-10-26", "2024-10-27");
    expect(measure(openIntervals(rule, spring.startMs, spring.endMs))).toBe(7 * HOUR);
    expect(measure(openIntervals(rule, autumn.startMs, autumn.endMs))).toBe(9 * HOUR);
  });

  test("02:15 to 02:45 is never shown in spring, and shown twice in autumn", () => {
    const rule = hours("Europe/Berlin", { sunday: [{ start: "02:15", end: "02:45" }] });
    expect(measure(open(rule, "2024-03-31"))).toBe(0);
    expect(spansOf(open(rule, "2024-10-27"))).toEqual([
      span("2024-10-27T00:15Z", "2024-10-27T00:45Z"),
      span("2024-10-27T01:15Z", "2024-10-27T01:45Z"),
    ]);
  });

  test("opening in the missing hour is opening at its end", () => {
    const rule = hours("Europe/Berlin", { sunday: [{ start: "02:30", end: "04:00" }] });
    expect(spansOf(open(rule, "2024-03-31"))).toEqual([span("2024-03-31T01:00Z", "2024-03-31T02:00Z")]);
  });

  test("hours of New York cover 13:00 to 21:00 UTC of a Berlin day once New York has changed its clock", () => {
    const rule = hours("America/New_York", { monday: [{ start: "09:00", end: "17:00" }] });
    const fault = span("2024-03-11T12:30Z", "2024-03-11T13:30Z");
    const uptime = uptimeOf("Europe/Berlin", ["2024-03-11", "2024-03-11"], fault, rule);
    expect(uptime).toMatchObject({ serviceMs: 8 * HOUR, downtimeMs: 30 * MINUTE });
    const weekBefore = uptimeOf(
      "Europe/Berlin",
      ["2024-03-04", "2024-03-04"],
      span("2024-03-04T13:30Z", "2024-03-04T14:30Z"),
      rule,
    );
    expect(weekBefore).toMatchObject({ serviceMs: 8 * HOUR, downtimeMs: 30 * MINUTE });
  });

  test("24:00 is the end of the day, also of one of 23 or 25 hours", () => {
    const rule = hours("Europe/Berlin", { sunday: [{ start: "00:00", end: "24:00" }] });
    expect(measure(open(rule, "2024-03-31"))).toBe(23 * HOUR);
    expect(measure(open(rule, "2024-10-27"))).toBe(25 * HOUR);
    expect(measure(open(rule, "2024-10-28"))).toBe(0);
  });

  test("an interval that ends as it starts lasts to the same time of the next day", () => {
    const rule = hours("UTC", { monday: [{ start: "09:00", end: "09:00" }] });
    expect(spansOf(open(rule, "2024-06-03"))).toEqual([span("2024-06-03T09:00Z", "2024-06-04T00:00Z")]);
    expect(spansOf(open(rule, "2024-06-04"))).toEqual([span("2024-06-04T00:00Z", "2024-06-04T09:00Z")]);
  });

  test("a holiday closes its date: what runs in from the evening before too, what runs out of it not", () => {
    const night = [{ start: "22:00", end: "02:00" }];
    const days = { monday: night, tuesday: night, wednesday: night };
    const rule = hours("UTC", days, [{ date: "2024-06-04", name: "a tuesday" }]);
    expect(open(rule, "2024-06-03")).toEqual([at("2024-06-03T22:00Z"), at("2024-06-04T00:00Z")]);
    expect(open(rule, "2024-06-04")).toEqual([]);
    expect(spansOf(open(rule, "2024-06-05"))).toEqual([
      span("2024-06-05T00:00Z", "2024-06-05T02:00Z"),
      span("2024-06-05T22:00Z", "2024-06-06T00:00Z"),
    ]);
  });

  test("over a midnight taken back: St. John's went from sunday 00:01 to saturday 23:01 in 2010", () => {
    const days = { friday: [{ start: "23:30", end: "23:30" }], sunday: [{ start: "00:00", end: "24:00" }] };
    const rule = hours("America/St_Johns", days);
    const aroundIt = openIntervals(rule, at("2010-11-07T02:30:30Z"), at("2010-11-07T03:10:00Z"));
    expect(spansOf(aroundIt)).toEqual([span("2010-11-07T02:30:30Z", "2010-11-07T03:00:00Z")]);
    const onlySunday = hours("America/St_Johns", { sunday: days.sunday });
    const untilAfterIt = openIntervals(onlySunday, at("2010-11-07T02:00:00Z"), at("2010-11-07T02:40:00Z"));
    expect(spansOf(untilAfterIt)).toEqual([span("2010-11-07T02:30:00Z", "2010-11-07T02:31:00Z")]);
  });
});
