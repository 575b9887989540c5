// The arithmetic of src/sla held to the oracle, over windows near clock changes.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { daysOf, windowOf } from "../../src/sla/calendar.ts";
import { groupsOf, type Member } from "../../src/sla/grouping.ts";
import { intersect, measure, subtract } from "../../src/sla/intervals.ts";
import { downtimeBy, measurePerDay, outagesOf, siteUptime } from "../../src/sla/uptime.ts";
import { examples } from "../support/chance.ts";
import { answerTo, outagesOn, redundancyOf, type Step, tally, walk, wallAt } from "./oracle.ts";
import { aSite, asked, computed, type SiteCase, someSites } from "./uptime-cases.ts";

// Time to find the smallest counterexample, should there be one.
setDefaultTimeout(120_000);

const withoutZeros = <K>(sums: Map<K, number>) => new Map([...sums].filter(([, ms]) => ms !== 0));

/** Faults from the end of the window on belong to no outage, or to the last: the contract is silent. */
const withFaultsOf = <T extends { faultIndexes: number[] }>(
  outages: readonly T[],
  site: SiteCase,
  endMs: number,
) =>
  outages.map((outage) => ({
    ...outage,
    faultIndexes: outage.faultIndexes
      .filter((index) => (site.faults[index]?.startMs ?? endMs) < endMs)
      .sort((a, b) => a - b),
  }));

describe("uptime of a site", () => {
  test("is what walking the window step by step gives", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const { window, time, uptime } = computed(site);
        const expected = answerTo(asked(site));
        expect({
          serviceMs: uptime.serviceMs,
          exemptMs: measure(time.exempt),
          downtimeMs: uptime.downtimeMs,
          incidents: withFaultsOf(uptime.incidents, site, window.endMs),
          longestMs: uptime.longestMs,
          mttrMs: uptime.mttrMs,
          mtbfMs: uptime.mtbfMs,
        }).toEqual(expected);
      }),
      examples(200),
    );
  });

  test("has its downtime within service time and outside exempt time, as long as its incidents together", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const { time, uptime } = computed(site);
        expect(measure(time.service)).toBe(uptime.serviceMs);
        expect(intersect(time.exempt, time.service)).toEqual(time.exempt);
        expect(intersect(uptime.down, subtract(time.service, time.exempt))).toEqual(uptime.down);
        expect(measure(uptime.down)).toBe(uptime.downtimeMs);
        expect(uptime.incidents.reduce((sum, { insideMs }) => sum + insideMs, 0)).toBe(uptime.downtimeMs);
      }),
      examples(60),
    );
  });

  test("has its times in order, none of them empty, overlapping or touching", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const { time, uptime } = computed(site);
        for (const bounds of [time.service, time.exempt, uptime.down]) {
          bounds.forEach((bound, n) => {
            if (n > 0) expect(bound).toBeGreaterThan(bounds[n - 1] as number);
          });
        }
      }),
      examples(60),
    );
  });

  test("does not depend on the order of the faults, nor on a fault told twice", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const { window, time, uptime } = computed(site);
        const { incidents: _, ...figures } = uptime;
        const again = siteUptime(time, [...site.faults, ...site.faults].reverse(), window);
        expect(again).toMatchObject(figures);
        expect(again.incidents.map(({ insideMs }) => insideMs)).toEqual(
          uptime.incidents.map((i) => i.insideMs),
        );
      }),
      examples(40),
    );
  });

  test("outages are runs of steps with a fault, whatever the hours and the maintenance", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const question = asked(site);
        const { window } = computed(site);
        const expected = outagesOn(walk(question), question).map(
          ({ insideMs: _, outsideMs: __, ...outage }) => outage,
        );
        expect(withFaultsOf(outagesOf(site.faults, window), site, window.endMs)).toEqual(expected);
      }),
      examples(60),
    );
  });
});

describe("breakdowns add up to the total", () => {
  test("by day: each step belongs to its local date", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const steps = walk(asked(site));
        const { time, uptime } = computed(site);
        const { zone, fromDate, toDate } = site.dates;
        const days = daysOf(zone, fromDate, toDate);
        const dateOf = ({ atMs }: Step) => wallAt(zone, atMs).date;
        for (const [intervals, holds] of [
          [uptime.down, (step: Step) => step.down],
          [time.service, (step: Step) => step.service],
        ] as const) {
          const perDay = measurePerDay(intervals, days);
          expect(perDay.reduce((sum, ms) => sum + ms, 0)).toBe(measure(intervals));
          const byDate = new Map(days.map(({ date }, n) => [date, perDay[n] as number]));
          expect(withoutZeros(byDate)).toEqual(
            tally(steps, site.stepMs, (step) => (holds(step) ? dateOf(step) : null)),
          );
        }
      }),
      examples(60),
    );
  });

  test("by cause: each step goes to the fault that started first, then to the one told first", () => {
    const causes = ["power", "network", "device", "other"] as const;
    fc.assert(
      fc.property(
        aSite,
        fc.array(fc.constantFrom(...causes), { minLength: 9, maxLength: 9 }),
        (site, keys) => {
          const keyOf = (index: number) => keys[index] ?? "other";
          const { uptime } = computed(site);
          const faults = site.faults.map((fault, index) => ({ ...fault, key: keyOf(index) }));
          const byCause = downtimeBy(uptime.down, faults);
          const expected = tally(walk(asked(site)), site.stepMs, (step) =>
            step.down && step.blamed !== null ? keyOf(step.blamed) : null,
          );
          expect(withoutZeros(byCause)).toEqual(expected);
          expect([...byCause.values()].reduce((sum, ms) => sum + ms, 0)).toBe(uptime.downtimeMs);
        },
      ),
      examples(60),
    );
  });

  test("by date reported alone: the days' own reports add up to the window's", () => {
    fc.assert(
      fc.property(aSite, (site) => {
        const { zone, fromDate, toDate } = site.dates;
        const alone = daysOf(zone, fromDate, toDate).map(({ date }) => {
          const whole = windowOf(zone, date, date);
          return computed({ ...site, whole, dates: { zone, fromDate: date, toDate: date } }).uptime;
        });
        const { uptime } = computed(site);
        expect(alone.reduce((sum, day) => sum + day.serviceMs, 0)).toBe(uptime.serviceMs);
        expect(alone.reduce((sum, day) => sum + day.downtimeMs, 0)).toBe(uptime.downtimeMs);
      }),
      examples(30),
    );
  });
});

describe("groups", () => {
  const percentage = (serviceMs: number, downtimeMs: number) =>
    serviceMs === 0 ? null : ((serviceMs - downtimeMs) / serviceMs) * 100;

  function combined(
    aggregation: "avg" | "min" | "max" | "redundancy",
    sites: readonly SiteCase[],
  ): number | null {
    const questions = sites.map(asked);
    if (aggregation === "redundancy") {
      const { serviceMs, downtimeMs } = redundancyOf(questions.map(walk), sites[0]?.stepMs ?? 0);
      return percentage(serviceMs, downtimeMs);
    }
    const figures = questions.flatMap((question) => {
      const { serviceMs, downtimeMs } = answerTo(question);
      return percentage(serviceMs, downtimeMs) ?? [];
    });
    if (figures.length === 0) return null;
    if (aggregation === "avg") return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
    return aggregation === "min" ? Math.min(...figures) : Math.max(...figures);
  }

  const someTags = fc.array(fc.subarray(["east", "north", "south"]), { minLength: 4, maxLength: 4 });
  const anAggregation = fc.constantFrom(
    "avg" as const,
    "min" as const,
    "max" as const,
    "redundancy" as const,
  );

  test("combine the members with each value of the key as the step-by-step walk does", () => {
    fc.assert(
      fc.property(someSites, someTags, anAggregation, (sites, tags, aggregation) => {
        const valuesOf = (index: number) => tags[index] ?? [];
        const members: Member[] = sites.map((site, index) => {
          const { time, uptime } = computed(site);
          return {
            siteId: `site ${index}`,
            tags: { Region: valuesOf(index) },
            time,
            fromMs: -Infinity,
            down: uptime.down,
            lengths: uptime,
          };
        });
        const groups = groupsOf(members, { key: "region", aggregation });
        const values: (string | null)[] = [...new Set(sites.flatMap((_, index) => valuesOf(index)))].sort();
        if (sites.some((_, index) => valuesOf(index).length === 0)) values.push(null);
        expect(groups.map((group) => group.value)).toEqual(values);
        for (const group of groups) {
          const belongs = (index: number) =>
            group.value === null ? valuesOf(index).length === 0 : valuesOf(index).includes(group.value);
          expect([...group.siteIds].sort()).toEqual(
            sites.flatMap((_, n) => (belongs(n) ? [`site ${n}`] : [])),
          );
          const expected = combined(
            aggregation,
            sites.filter((_, index) => belongs(index)),
          );
          if (expected === null) expect(group.uptimePercentage).toBeNull();
          else expect(group.uptimePercentage).toBeCloseTo(expected, 9);
        }
      }),
      examples(40),
    );
  });

  test("a redundant group has the service time of any member, and is down while every serving member is", () => {
    fc.assert(
      fc.property(someSites, (sites) => {
        const members = sites.map((site, index) => {
          const { time, uptime } = computed(site);
          return {
            siteId: `site ${index}`,
            tags: {},
            time,
            fromMs: -Infinity,
            down: uptime.down,
            lengths: uptime,
          };
        });
        const [group] = groupsOf(members, { key: "region", aggregation: "redundancy" });
        const expected = redundancyOf(
          sites.map((site) => walk(asked(site))),
          sites[0]?.stepMs ?? 0,
        );
        expect(group).toMatchObject(expected);
      }),
      examples(40),
    );
  });
});
