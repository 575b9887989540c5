// The figures of all sites together. Every site counts once.
import type { Category } from "../sla/causes.ts";
import { isBreached, meanPercentage, uptimePercentage } from "../sla/percentage.ts";
import type { ReportDocument } from "./document.ts";
import { byCategory, countedAs, errorBudget, seconds, secondsOrNull } from "./figures.ts";
import type { SiteResult } from "./site.ts";

type Totals = {
  siteCount: number;
  met: number;
  breached: number;
  serviceMs: number;
  downtimeMs: number;
  /** Downtime with the ignored faults in it, and whether any site has such. */
  allCountedMs: number;
  hasIgnored: boolean;
  incidents: number;
  longestMs: number;
  uptimes: number[];
  worst: { id: string; uptime: number } | null;
  causes: Map<Category, number>;
  serviceDaysMs: number[];
  downDaysMs: number[];
};

/** Totals of no sites yet. */
export function emptyTotals(dayCount: number): Totals {
  return {
    siteCount: 0,
    met: 0,
    breached: 0,
    serviceMs: 0,
    downtimeMs: 0,
    allCountedMs: 0,
    hasIgnored: false,
    incidents: 0,
    longestMs: 0,
    uptimes: [],
    worst: null,
    causes: new Map(),
    serviceDaysMs: new Array<number>(dayCount).fill(0),
    downDaysMs: new Array<number>(dayCount).fill(0),
  };
}

/** Adds the next site. Lengths are whole milliseconds, so that sums do not depend on their order. */
export function addToTotals(totals: Totals, result: SiteResult): void {
  const { document, uptime, allCountedMs } = result;
  totals.siteCount++;
  if (document.breached === false) totals.met++;
  if (document.breached === true) totals.breached++;
  totals.serviceMs += uptime.serviceMs;
  totals.downtimeMs += uptime.downtimeMs;
  totals.allCountedMs += allCountedMs ?? uptime.downtimeMs;
  totals.hasIgnored ||= allCountedMs !== null;
  totals.incidents += uptime.incidents.length;
  totals.longestMs = Math.max(totals.longestMs, uptime.longestMs);
  const percentage = document.uptime_percentage;
  if (percentage !== null) {
    totals.uptimes.push(percentage);
    if (totals.worst === null || percentage < totals.worst.uptime)
      totals.worst = { id: document.site_id, uptime: percentage };
  }
  for (const [category, ms] of result.causes)
    totals.causes.set(category, (totals.causes.get(category) ?? 0) + ms);
  addDays(totals.serviceDaysMs, result.serviceDaysMs);
  addDays(totals.downDaysMs, result.downDaysMs);
}

function addDays(totals: number[], days: readonly number[]): void {
  for (const [day, ms] of days.entries()) totals[day] = (totals[day] ?? 0) + ms;
}

/** Sums the sites up: overall = Σ(|S| − |D|) / Σ|S|, beside it the mean of the sites and the worst one. */
export function summaryOf(totals: Totals, target: number): ReportDocument["summary"] {
  const { serviceMs, downtimeMs, incidents } = totals;
  return {
    site_count: totals.siteCount,
    met_count: totals.met,
    breached_count: totals.breached,
    no_service_time_count: totals.siteCount - totals.met - totals.breached,
    uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
    service_seconds: seconds(serviceMs),
    downtime_seconds: seconds(downtimeMs),
    breached: isBreached(serviceMs, downtimeMs, target),
    // The overall figure with every site's ignored faults counted; null when no site has any.
    if_all_counted: totals.hasIgnored ? countedAs(serviceMs, totals.allCountedMs, target) : null,
    mean_uptime_percentage: meanPercentage(totals.uptimes),
    worst_site_id: totals.worst?.id ?? null,
    incident_count: incidents,
    longest_seconds: seconds(totals.longestMs),
    mttr_seconds: secondsOrNull(incidents === 0 ? null : downtimeMs / incidents),
    mtbf_seconds: secondsOrNull(incidents === 0 ? null : (serviceMs - downtimeMs) / incidents),
    error_budget: errorBudget(serviceMs, downtimeMs, target),
    downtime_by_cause: byCategory(totals.causes),
    days: {
      service_seconds: totals.serviceDaysMs.map(seconds),
      downtime_seconds: totals.downDaysMs.map(seconds),
    },
  };
}
