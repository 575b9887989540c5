// What it costs to compute uptime, judged before anything is expanded: by days, open hours, occurrences and sites.
import { LimitExceeded } from "../model/limitExceeded.ts";
import { type HoursRule, openingsAWeek } from "../sla/businessHours.ts";
import type { Span } from "../sla/intervals.ts";
import { DAY_MS } from "../sla/lengths.ts";
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
};

export type Work = {
  /** About a microsecond each. */
  units: number;
  days: number;
  sites: number;
  occurrences: number;
};

/** So much is computed at once. A year of 10,000 sites, and ten years of a site, are far below with any hours. */
export const MOST_WORK = 24_000_000;

/** In units, as measured: to expand an opening and an occurrence, to merge one of either into the time of sites, a site. */
const COSTS = { opening: 1, occurrence: 3, merged: 0.3, held: 2, site: 20 };

/** Judges a computation. Cheap: rules are read, none is expanded. */
export function workOf({ window, hours, occurrences, applied, holdsTimes }: WorkInput): Work {
  const days = Math.max(0, window.endMs - window.startMs) / DAY_MS;
  const openings = hours === null ? 0 : Math.ceil((days / 7) * openingsAWeek(hours));
  const all = occurrences.reduce((sum, count) => sum + count, 0);
  let merged = 0;
  for (const { positions } of new Set(applied)) {
    merged += openings;
    for (const position of positions) merged += occurrences[position] as number;
  }
  const units =
    openings * COSTS.opening +
    all * COSTS.occurrence +
    merged * (holdsTimes ? COSTS.held : COSTS.merged) +
    applied.length * COSTS.site;
  return { units, days, sites: applied.length, occurrences: all };
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
