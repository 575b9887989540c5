// What it costs to compute uptime, judged before anything is expanded: by days, open hours, occurrences and sites.
import { LimitExceeded } from "../model/limitExceeded.ts";
import { type HoursRule, openingsAWeek } from "../sla/businessHours.ts";
import { type GroupingRule, groupValues } from "../sla/grouping.ts";
import type { Span } from "../sla/intervals.ts";
import { DAY_MS } from "../sla/lengths.ts";
import type { TagMap } from "../sla/selection.ts";
import { formatCountOf } from "./format.ts";
import type { AppliedWindows } from "./maintenance.ts";

/** What the work is judged by. */
export type WorkInput = {
  window: Span;
  hours: HoursRule | null;
  /** Occurrences that each maintenance window can have, by position. */
  occurrences: readonly number[];
  /** The windows of each site. */
  applied: readonly AppliedWindows[];
  /** Whether the expanded times of all sites are held at once. */
  holdsTimes: boolean;
  /** The groups that are formed, of these sites with their tags in the same order. */
  groupings: readonly GroupingRule[];
  sites: readonly Tagged[];
};

type Tagged = { tags: TagMap };

export type Work = {
  /** About a microsecond each. */
  units: number;
  days: number;
  sites: number;
  occurrences: number;
};

/** So much is computed at once. A year of 10,000 sites, and ten years of a site, are far below with any hours. */
export const MOST_WORK = 24_000_000;

/**
 * In units, as measured: to expand an opening and an occurrence, to merge one of either into the time of sites, a site;
 * a site in a group, one of its outages there, and one of either in each time that differs within a redundant group.
 */
const COSTS = {
  opening: 1,
  occurrence: 3,
  merged: 0.3,
  held: 2,
  site: 20,
  member: 0.8,
  outage: 0.15,
  differing: 0.15,
};

/** Judges a computation. Cheap: rules are read, none is expanded. */
export function workOf(input: WorkInput): Work {
  const { window, hours, occurrences, applied, holdsTimes, groupings } = input;
  const days = Math.max(0, window.endMs - window.startMs) / DAY_MS;
  const openings = hours === null ? 0 : Math.ceil((days / 7) * openingsAWeek(hours));
  const all = occurrences.reduce((sum, count) => sum + count, 0);
  const sizes = new Map<AppliedWindows, number>();
  let merged = 0;
  for (const windows of new Set(applied)) {
    const { positions } = windows;
    const size = positions.reduce((sum, position) => sum + (occurrences[position] as number), openings);
    sizes.set(windows, size);
    merged += size;
  }
  const units =
    openings * COSTS.opening +
    all * COSTS.occurrence +
    merged * (holdsTimes ? COSTS.held : COSTS.merged) +
    applied.length * COSTS.site +
    groupings.reduce((sum, rule) => sum + groupUnits(input, rule, sizes), 0);
  return { units, days, sites: applied.length, occurrences: all };
}

/** What the groups of a rule cost: their members, and where a redundant group has several times, all of these. */
function groupUnits(
  { sites, applied }: Pick<WorkInput, "sites" | "applied">,
  { key, aggregation }: GroupingRule,
  sizes: ReadonlyMap<AppliedWindows, number>,
): number {
  let members = 0;
  const timesOf = new Map<string | null, Set<AppliedWindows>>();
  for (const [index, { tags }] of sites.entries()) {
    const values = groupValues(tags, key);
    members += values.length;
    if (aggregation !== "redundancy" || sizes.size === 1) continue;
    for (const value of values) {
      const times = timesOf.get(value) ?? new Set();
      timesOf.set(value, times.add(applied[index] as AppliedWindows));
    }
  }
  let differing = 0;
  for (const times of timesOf.values())
    if (times.size > 1) for (const time of times) differing += sizes.get(time) as number;
  return members * COSTS.member + differing * COSTS.differing;
}

/** The same work when it is known how many outages the sites have, which redundant groups look at. */
export function withOutages(
  work: Work,
  groupings: readonly GroupingRule[],
  sites: Iterable<Tagged & { outages: number }>,
): Work {
  const keys = groupings.filter(({ aggregation }) => aggregation === "redundancy").map(({ key }) => key);
  let looks = 0;
  if (keys.length > 0)
    for (const { tags, outages } of sites)
      for (const key of keys) looks += groupValues(tags, key).length * outages;
  return { ...work, units: work.units + looks * COSTS.outage };
}

/** What is wrong with work that is too much, and how many days would fit, as a clause beginning "it"; null when it fits. */
export function tooMuch({ units, days, sites, occurrences }: Work): string | null {
  if (units <= MOST_WORK) return null;
  const fitting = Math.floor((days * MOST_WORK) / units);
  return (
    `it is too much to compute at once: ${formatCountOf(Math.ceil(days), "day")} of ${formatCountOf(sites, "site")} ` +
    `with up to ${formatCountOf(occurrences, "occurrence")} of maintenance; about ${formatCountOf(fitting, "day")} would fit`
  );
}

/** Throws LimitExceeded for work that is too much: of a report, which then fails with that reason. */
export function refuseTooMuch(work: Work): void {
  const reason = tooMuch(work);
  if (reason !== null) throw new LimitExceeded(reason);
}
