import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Cadence, nextRuns } from "../../src/sla/cadence.ts";
import { formatLocal } from "../../src/sla/calendar.ts";

const at = (iso: string) => Date.parse(iso);

function aCadence(given: Partial<Cadence> = {}): Cadence {
  return {
    timezone: "UTC",
    daily: false,
    weekly: false,
    monthly: false,
    day_of_week: null,
    day_of_month: null,
    ...given,
  };
}

/** The runs as "instant cadence from to". */
function runs(cadence: Cadence, afterIso: string, count: number): string[] {
  return nextRuns(cadence, at(afterIso), count).map(
    (run) => `${new Date(run.atMs).toISOString().slice(0, 16)}Z ${run.cadence} ${run.fromDate} ${run.toDate}`,
  );
}

describe("daily", () => {
  const daily = aCadence({ daily: true });

  test("runs at eight for yesterday", () => {
    expect(runs(daily, "2026-11-23T00:00:00Z", 2)).toEqual([
      "2026-11-23T08:00Z daily 2026-11-22 2026-11-22",
      "2026-11-24T08:00Z daily 2026-11-23 2026-11-23",
    ]);
  });

  test("runs strictly after the given instant", () => {
    expect(runs(daily, "2026-11-23T07:59:59.999Z", 1)).toEqual([
      "2026-11-23T08:00Z daily 2026-11-22 2026-11-22",
    ]);
    expect(runs(daily, "2026-11-23T08:00:00.000Z", 1)).toEqual([
      "2026-11-24T08:00Z daily 2026-11-23 2026-11-23",
    ]);
  });

  test("is at eight on the wall on both sides of a clock change", () => {
    const berlin = aCadence({ daily: true, timezone: "Europe/Berlin" });
    expect(runs(berlin, "2026-03-28T00:00:00Z", 2)).toEqual([
      "2026-03-28T07:00Z daily 2026-03-27 2026-03-27",
      "2026-03-29T06:00Z daily 2026-03-28 2026-03-28",
    ]);
    expect(runs(berlin, "2026-10-24T00:00:00Z", 2)).toEqual([
      "2026-10-24T06:00Z daily 2026-10-23 2026-10-23",
      "2026-10-25T07:00Z daily 2026-10-24 2026-10-24",
    ]);
  });

  test("goes by the zone's date, which may be tomorrow already", () => {
    const auckland = aCadence({ daily: true, timezone: "Pacific/Auckland" });
    expect(runs(auckland, "2026-11-22T12:00:00Z", 1)).toEqual([
      "2026-11-22T19:00Z daily 2026-11-22 2026-11-22",
    ]);
  });

  test("produces every period once over Apia's lost day", () => {
    const apia = aCadence({ daily: true, timezone: "Pacific/Apia" });
    expect(runs(apia, "2011-12-29T00:00:00Z", 4)).toEqual([
      "2011-12-29T18:00Z daily 2011-12-28 2011-12-28",
      "2011-12-30T10:00Z daily 2011-12-29 2011-12-29",
      "2011-12-30T18:00Z daily 2011-12-30 2011-12-30",
      "2011-12-31T18:00Z daily 2011-12-31 2011-12-31",
    ]);
  });
});

describe("weekly", () => {
  test("runs on its weekday for the seven days before", () => {
    const mondays = aCadence({ weekly: true, day_of_week: "monday" });
    expect(runs(mondays, "2026-11-23T08:00:00Z", 2)).toEqual([
      "2026-11-30T08:00Z weekly 2026-11-23 2026-11-29",
      "2026-12-07T08:00Z weekly 2026-11-30 2026-12-06",
    ]);
    const sundays = aCadence({ weekly: true, day_of_week: "sunday" });
    expect(runs(sundays, "2026-11-23T08:00:00Z", 1)).toEqual([
      "2026-11-29T08:00Z weekly 2026-11-22 2026-11-28",
    ]);
  });
});

describe("monthly", () => {
  const onThe = (day_of_month: number) => aCadence({ monthly: true, day_of_month });

  test("runs on its day for the calendar month before", () => {
    expect(runs(onThe(1), "2026-11-23T00:00:00Z", 2)).toEqual([
      "2026-12-01T08:00Z monthly 2026-11-01 2026-11-30",
      "2027-01-01T08:00Z monthly 2026-12-01 2026-12-31",
    ]);
    expect(runs(onThe(15), "2024-03-01T00:00:00Z", 1)).toEqual([
      "2024-03-15T08:00Z monthly 2024-02-01 2024-02-29",
    ]);
  });

  test("uses the last day of a shorter month", () => {
    expect(runs(onThe(31), "2027-01-31T08:00:00Z", 3)).toEqual([
      "2027-02-28T08:00Z monthly 2027-01-01 2027-01-31",
      "2027-03-31T08:00Z monthly 2027-02-01 2027-02-28",
      "2027-04-30T08:00Z monthly 2027-03-01 2027-03-31",
    ]);
    expect(runs(onThe(30), "2028-02-01T00:00:00Z", 1)).toEqual([
      "2028-02-29T08:00Z monthly 2028-01-01 2028-01-31",
    ]);
  });
});

describe("several cadences", () => {
  const all = aCadence({ daily: true, weekly: true, monthly: true, day_of_week: "tuesday", day_of_month: 1 });

  test("of the same instant come as daily, weekly, monthly", () => {
    // 2026-12-01 is a tuesday.
    expect(runs(all, "2026-11-30T08:00:00Z", 4)).toEqual([
      "2026-12-01T08:00Z daily 2026-11-30 2026-11-30",
      "2026-12-01T08:00Z weekly 2026-11-24 2026-11-30",
      "2026-12-01T08:00Z monthly 2026-11-01 2026-11-30",
      "2026-12-02T08:00Z daily 2026-12-01 2026-12-01",
    ]);
  });

  test("leave out one that is off, though its day is set", () => {
    const dailyOnly = { ...all, weekly: false, monthly: false };
    expect(runs(dailyOnly, "2026-11-30T08:00:00Z", 2)).toEqual([
      "2026-12-01T08:00Z daily 2026-11-30 2026-11-30",
      "2026-12-02T08:00Z daily 2026-12-01 2026-12-01",
    ]);
  });

  test("are cut off at the count, in the middle of an instant too", () => {
    expect(runs(all, "2026-11-30T08:00:00Z", 2)).toHaveLength(2);
    expect(runs(all, "2026-11-30T08:00:00Z", 0)).toEqual([]);
  });
});

test("nothing runs if no cadence is on, or its day is missing", () => {
  expect(runs(aCadence(), "2026-11-23T00:00:00Z", 5)).toEqual([]);
  expect(runs(aCadence({ weekly: true }), "2026-11-23T00:00:00Z", 5)).toEqual([]);
  expect(runs(aCadence({ monthly: true }), "2026-11-23T00:00:00Z", 5)).toEqual([]);
  expect(runs(aCadence({ day_of_week: "monday", day_of_month: 1 }), "2026-11-23T00:00:00Z", 5)).toEqual([]);
});

test("an unknown zone throws", () => {
  expect(() =>
    runs(aCadence({ daily: true, timezone: "Europe/Atlantis" }), "2026-11-23T00:00:00Z", 1),
  ).toThrow(RangeError);
});

test("in every zone and year runs are at eight on the wall, a day apart, and the next one follows from the last", () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
  fc.assert(
    // Since 1994 no clock change skipped eight in the morning, but for the days lost in Kiribati and Samoa.
    fc.property(
      zone,
      fc.integer({ min: at("1994-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") }),
      (name, after) => {
        const daily = aCadence({ daily: true, timezone: name });
        const planned = nextRuns(daily, after, 3);
        expect(planned[0]?.atMs).toBeGreaterThan(after);
        expect((planned[0]?.atMs ?? 0) - after).toBeLessThanOrEqual(50 * 3_600_000);
        expect(nextRuns(daily, planned[0]?.atMs ?? 0, 2)).toEqual(planned.slice(1));
        fc.pre(
          !planned.some(({ fromDate }) => fromDate.startsWith("2011-12-") || fromDate.startsWith("1994-12-")),
        );
        for (const { atMs } of planned) expect(formatLocal(name, atMs).slice(11)).toBe("08:00:00");
      },
    ),
    { numRuns: 500 },
  );
});
