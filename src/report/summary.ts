// The figures of all sites together. Every site counts once.
import type { Category } from "../sla/causes.ts";
import { isBreached, meanPercentage, uptimePercentage } from "../sla/percentage.ts";
import type { IfAllCounted, ReportDocument } from "./document.ts";
import { byCategory, countedAs, errorBudget, seconds, secondsOrNull } from "./figures.ts";
import type { SiteResult } from "./site.ts";

/** Sums the sites up: overall = Σ(|S| − |D|) / Σ|S|, beside it the mean of the sites and the worst one. */
export function summaryOf(
  results: readonly SiteResult[],
  target: number,
  dayCount: number,
): ReportDocument["summary"] {
  const serviceMs = sum(results.map(({ uptime }) => uptime.serviceMs));
  const downtimeMs = sum(results.map(({ uptime }) => uptime.downtimeMs));
  const incidents = sum(results.map(({ uptime }) => uptime.incidents.length));
  const count = (breached: boolean | null) =>
    results.filter(({ document }) => document.breached === breached).length;
  return {
    site_count: results.length,
    met_count: count(false),
    breached_count: count(true),
    no_service_time_count: count(null),
    uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
    service_seconds: seconds(serviceMs),
    downtime_seconds: seconds(downtimeMs),
    breached: isBreached(serviceMs, downtimeMs, target),
    if_all_counted: ifAllCounted(results, serviceMs, target),
    mean_uptime_percentage: meanPercentage(
      results.flatMap(({ document }) => document.uptime_percentage ?? []),
    ),
    worst_site_id: worstOf(results),
    incident_count: incidents,
    longest_seconds: seconds(results.reduce((longest, { uptime }) => Math.max(longest, uptime.longestMs), 0)),
    mttr_seconds: secondsOrNull(incidents === 0 ? null : downtimeMs / incidents),
    mtbf_seconds: secondsOrNull(incidents === 0 ? null : (serviceMs - downtimeMs) / incidents),
    error_budget: errorBudget(serviceMs, downtimeMs, target),
    downtime_by_cause: byCategory(causesOf(results)),
    days: {
      service_seconds: sumByDay(
        results.map(({ serviceDaysMs }) => serviceDaysMs),
        dayCount,
      ).map(seconds),
      downtime_seconds: sumByDay(
        results.map(({ downDaysMs }) => downDaysMs),
        dayCount,
      ).map(seconds),
    },
  };
}

/** The overall figure with every site's ignored faults counted; null when no site has any. */
function ifAllCounted(results: readonly SiteResult[], serviceMs: number, target: number): IfAllCounted {
  if (results.every(({ allCountedMs }) => allCountedMs === null)) return null;
  return countedAs(
    serviceMs,
    sum(results.map(({ allCountedMs, uptime }) => allCountedMs ?? uptime.downtimeMs)),
    target,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumByDay(sites: readonly (readonly number[])[], dayCount: number): number[] {
  const totals = new Array<number>(dayCount).fill(0);
  for (const days of sites)
    days.forEach((ms, day) => {
      totals[day] = (totals[day] ?? 0) + ms;
    });
  return totals;
}

function worstOf(results: readonly SiteResult[]): string | null {
  let worst: { id: string; uptime: number } | null = null;
  for (const { document } of results) {
    const uptime = document.uptime_percentage;
    if (uptime !== null && (worst === null || uptime < worst.uptime))
      worst = { id: document.site_id, uptime };
  }
  return worst?.id ?? null;
}

function causesOf(results: readonly SiteResult[]): Map<Category, number> {
  const totals = new Map<Category, number>();
  for (const { causes } of results) {
    for (const [category, ms] of causes) totals.set(category, (totals.get(category) ?? 0) + ms);
  }
  return totals;
}
