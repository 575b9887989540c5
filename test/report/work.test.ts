// What computing costs is judged before it begins: what must fit does, and what runs away is refused with a reason.
import { describe, expect, test } from "bun:test";
import { LimitExceeded } from "../../src/model/limitExceeded.ts";
import { buildDocument } from "../../src/report/build.ts";
import { rulesOf } from "../../src/report/rules.ts";
import type { SourceMaintenance } from "../../src/report/source.ts";
import { tooMuch } from "../../src/report/work.ts";
import { WEEKDAYS } from "../../src/sla/businessHours.ts";
import { chanceOf } from "../support/chance.ts";
import { aMaintenance, aSite, aSource, at, settings } from "./source.ts";

/** 24 half hours a day, every day. */
const HALF_HOURS = {
  timezone: "Europe/Zurich",
  days: Object.fromEntries(
    WEEKDAYS.map((day) => [
      day,
      Array.from({ length: 24 }, (_, hour) => {
        const clock = String(hour).padStart(2, "0");
        return { start: `${clock}:00`, end: `${clock}:30` };
      }),
    ]),
  ),
  holidays: [],
};

const daily = (count: number, changes: (index: number) => Partial<SourceMaintenance> = () => ({})) =>
  Array.from({ length: count }, (_, index) =>
    aMaintenance("1970-01-01T02:00:00Z", "1970-01-01T03:00:00Z", { rrule: "FREQ=DAILY", ...changes(index) }),
  );

const sitesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => aSite({ id: `site_${index}` }));

function workOf(
  [from, to]: [string, string],
  {
    sites,
    windows,
    holdsTimes = false,
  }: { sites: number; windows: SourceMaintenance[]; holdsTimes?: boolean },
) {
  const rules = rulesOf({
    settings: settings(),
    hours: HALF_HOURS,
    window: { startMs: at(from), endMs: at(to) },
    maintenanceWindows: windows,
    causePatterns: [],
  });
  return rules.workFor(sitesOf(sites), holdsTimes);
}

const YEAR: [string, string] = ["2025-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const TEN_YEARS: [string, string] = ["2016-01-01T00:00:00Z", "2026-01-01T00:00:00Z"];
const EVER: [string, string] = ["1970-01-01T00:00:00Z", "2026-11-01T00:00:00Z"];

describe("with 168 half hours a week", () => {
  test.each([
    ["a year of 10,000 sites", YEAR, { sites: 10_000, windows: [] }],
    ["a year of 10,000 sites with a thousand daily windows", YEAR, { sites: 10_000, windows: daily(1000) }],
    [
      "a year of 10,000 sites, a thousand of them with a daily window of their own, times held",
      YEAR,
      {
        sites: 10_000,
        windows: daily(1000, (index) => ({ site_ids: [`site_${index}`] })),
        holdsTimes: true,
      },
    ],
    ["ten years of a site with a thousand daily windows", TEN_YEARS, { sites: 1, windows: daily(1000) }],
    ["all the time that there is, of 10,000 sites", EVER, { sites: 10_000, windows: daily(100) }],
  ])("%s can be computed", (_, window, options) => {
    expect(tooMuch(workOf(window, options))).toBeNull();
  });

  test("all the time that there is with a thousand daily windows cannot, and what would fit is said", () => {
    const reason = tooMuch(workOf(EVER, { sites: 1, windows: daily(1000) }));
    expect(reason).toMatch(
      /^it is too much to compute at once: 20,758 days of 1 site with up to 20,76\d,000 occ/,
    );
    const fitting = Number(/about ([\d,]+) days would fit$/.exec(reason ?? "")?.[1]?.replaceAll(",", ""));
    const days = (count: number): [string, string] => [
      EVER[0],
      new Date(at(EVER[0]) + count * 86_400_000).toISOString(),
    ];
    expect(tooMuch(workOf(days(fitting - 30), { sites: 1, windows: daily(1000) }))).toBeNull();
    expect(tooMuch(workOf(days(fitting + 30), { sites: 1, windows: daily(1000) }))).not.toBeNull();
  });

  test("sites that each have other ones of many windows cannot, however they are combined", () => {
    const chance = chanceOf(1);
    const windows = daily(200, () => ({
      site_ids: sitesOf(10_000)
        .map(({ id }) => id)
        .filter(() => chance.happens(0.5)),
    }));
    expect(tooMuch(workOf(TEN_YEARS, { sites: 10_000, windows, holdsTimes: true }))).toContain("too much");
  });
});

test("a report that is too much fails with the reason, before anything is expanded", () => {
  const source = {
    ...aSource([aSite({ id: "a" })], {}),
    fromDate: "2000-01-01",
    toDate: "2026-09-30",
    maintenanceWindows: daily(5000),
  };
  expect(() => buildDocument(source)).toThrow(LimitExceeded);
});
