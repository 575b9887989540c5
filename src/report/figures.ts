// Small pieces that sites and the summary share: lengths in seconds, error budget, downtime by cause.
import { CATEGORIES, type Category } from "../sla/causes.ts";
import { allowedDowntimeMs, isBreached, uptimePercentage } from "../sla/percentage.ts";

/** Milliseconds as seconds with milliseconds as decimals. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** The same for a length that may be unknown. */
export function secondsOrNull(ms: number | null): number | null {
  return ms === null ? null : seconds(ms);
}

/** Allowed, used and left downtime of a service time under a target. */
export function errorBudget(serviceMs: number, downtimeMs: number, target: number) {
  const allowedMs = allowedDowntimeMs(serviceMs, target);
  return {
    allowed_seconds: seconds(allowedMs),
    used_seconds: seconds(downtimeMs),
    left_seconds: seconds(allowedMs - downtimeMs),
  };
}

/** Downtime of every category, those without any as 0. */
export function byCategory(lengths: ReadonlyMap<Category, number>): Record<Category, number> {
  const entries = CATEGORIES.map((category) => [category, seconds(lengths.get(category) ?? 0)]);
  return Object.fromEntries(entries) as Record<Category, number>;
}

/** What a figure would be with another downtime. */
export function countedAs(serviceMs: number, downtimeMs: number, target: number) {
  return {
    uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
    downtime_seconds: seconds(downtimeMs),
    breached: isBreached(serviceMs, downtimeMs, target),
  };
}
