// What computing costs is judged before it begins: what must fit does, and what runs away is refused with a reason.
import { describe, expect, test } from "bun:test";
import { LimitExceeded } from "../../src/model/limitExceeded.ts";
import { buildDocument } from "../../src/report/build.ts";
import { rulesOf } from "../../src/report/rules.ts";
import type { SourceMaintenance } from "../../src/report/source.ts";
import { tooMuch, withOutages } from "../../src/report/work.ts";
import { WEEKDAYS } from "../../src/sla/businessHours.ts";
import type { Aggregation } from "../../src/sla/grouping.ts";
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
    aggregation = "avg",
    holdsTimes = aggregation === "redundancy",
    tags = () => [],
  }: {
    sites: number;
    windows: SourceMaintenance[];
    holdsTimes?: boolean;
    aggregation?: Aggregation;
    tags?: (index: number) => string[];
  },
) {
  const rules = rulesOf({
    settings: settings(),
    hours: HALF_HOURS,
    window: { startMs: at(from), endMs: at(to) },
    maintenanceWindows: windows,
    causePatterns: [],
  });
  const tagged = sitesOf(sites).map((site, index) => ({ ...site, tags: { Ring: tags(index) } }));
  return rules.workFor(tagged, { holdsTimes, groupings: [{ key: "ring", aggregation }] });
}

const fifty = (index: number) => Array.from({ length: 50 }, (_, value) => `${(index + value) % 500}`);

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
    [
      "a year of 10,000 sites, each in fifty redundant groups",
      YEAR,
      { sites: 10_000, windows: daily(1), aggregation: "redundancy" as const, tags: fifty },
    ],
    [
      "ten years of a site in fifty redundant groups, with a thousand daily windows",
      TEN_YEARS,
      { sites: 1, windows: daily(1000), aggregation: "redundancy" as const, tags: fifty },
    ],
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

describe("redundant groups of sites whose service times differ", () => {
  const windows = daily(600, (index) => ({ site_ids: [`site_${index}`] }));
  const few = { sites: 600, windows, aggregation: "redundancy" as const, tags: () => ["one"] };

  test("cost by every value that a site has", () => {
    const [one, many] = [workOf(YEAR, few), workOf(YEAR, { ...few, tags: fifty })];
    expect(tooMuch(one)).toBeNull();
    expect(tooMuch(many)).toMatch(/ of 600 sites .*about \d+ days would fit$/);
  });

  test("cost no more than others in groups of which each has one of the times, or for a mean", () => {
    const alone = workOf(YEAR, { ...few, tags: (index) => [`${index}`] });
    expect(alone.units).toBeLessThan(workOf(YEAR, few).units);
    const mean = workOf(YEAR, { ...few, aggregation: "avg", holdsTimes: true, tags: fifty });
    expect(tooMuch(mean)).toBeNull();
  });

  test("cost by the outages of every member, once these are known", () => {
    const work = workOf(YEAR, few);
    const members = sitesOf(600).map((_, index) => ({ tags: { Ring: fifty(index) }, outages: 10_000 }));
    const rule = { key: "ring", aggregation: "redundancy" as const };
    expect(tooMuch(withOutages(work, [rule], members))).toContain("too much");
    expect(withOutages(work, [{ ...rule, aggregation: "min" }], members)).toEqual(work);
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
