// Uptime of one site: service time S, outages, downtime D = measure(S ∩ ⋃ faults), and how downtime is
// shared out. Lengths only, in integer milliseconds; percentage.ts makes percentages of them.
import {
  clip,
  type Intervals,
  intersect,
  lengthBetween,
  type MeasuredSet,
  measure,
  type Span,
  subtract,
} from "./intervals.ts";

/** A recorded fault; an endMs of null means that it is still open. */
export type FaultSpan = { startMs: number; endMs: number | null };

/**
 * The time in which a site is measured. In the exempt part of it, which lies inside service, nothing counts
 * as downtime: it is maintenance that counts as up.
 */
export type ServiceTime = { service: Intervals; exempt: Intervals };

export type ServiceTimeInput = {
  window: Span;
  /** Business hours; null if the site is in service around the clock. */
  openHours: Intervals | null;
  maintenance: Intervals;
  maintenanceCountsAs: "excluded" | "up";
  /** Before this instant nobody watched; null if the site was always watched. */
  monitoredSinceMs: number | null;
};

/** The part of a service time from an instant on: of a site that was not watched before. */
export function serviceFrom({ service, exempt }: ServiceTime, fromMs: number): ServiceTime {
  return { service: clip(service, fromMs, Infinity), exempt: clip(exempt, fromMs, Infinity) };
}

/** Faults merged: overlapping and touching ones are one outage. */
export type Outage = {
  /** When it began, even if that was before the window. */
  startMs: number;
  /** When it ended, but never after the window's end. */
  endMs: number;
  /** Whether one of its faults is still open. */
  open: boolean;
  /** Positions of its faults in the list given, in order of their start. */
  faultIndexes: number[];
};

/** An outage that made downtime, with its length inside and outside of the time that counts. */
export type Incident = Outage & { insideMs: number; outsideMs: number };

export type SiteUptime = {
  serviceMs: number;
  downtimeMs: number;
  down: Intervals;
  incidents: Incident[];
  /** The longest insideMs; 0 without incidents. */
  longestMs: number;
  /** Mean insideMs, which may have a fraction; null without incidents. */
  mttrMs: number | null;
  /** Uptime by incident; null without incidents. */
  mtbfMs: number | null;
};

/**
 * S of the uptime formula: the window, within business hours, since the site was first watched, less
 * maintenance, which is either taken out or kept as exempt.
 */
export function serviceTime(input: ServiceTimeInput): ServiceTime {
  const { window, maintenance } = input;
  const fromMs = Math.max(window.startMs, input.monitoredSinceMs ?? window.startMs);
  const watched = clip([window.startMs, window.endMs], fromMs, window.endMs);
  const base = input.openHours === null ? watched : intersect(watched, input.openHours);
  if (input.maintenanceCountsAs === "up") return { service: base, exempt: intersect(base, maintenance) };
  return { service: subtract(base, maintenance), exempt: [] };
}

/** Positions of the faults in order of their start; equal starts stay in the order given. */
function byStart(faults: readonly FaultSpan[]): number[] {
  const startOf = (index: number) => (faults[index] as FaultSpan).startMs;
  return faults.map((_, index) => index).sort((a, b) => startOf(a) - startOf(b) || a - b);
}

/**
 * The outages that share more than a bound with the window, in order of time. Open faults, and those that end
 * later, end with the window. A fault without length belongs to an outage only if it touches one.
 */
export function outagesOf(faults: readonly FaultSpan[], window: Span): Outage[] {
  const outages: Outage[] = [];
  for (const index of byStart(faults)) {
    const { startMs, endMs: resolvedMs } = faults[index] as FaultSpan;
    if (startMs >= window.endMs) break;
    const open = resolvedMs === null;
    const endMs = open ? window.endMs : Math.min(Math.max(resolvedMs, startMs), window.endMs);
    const last = outages.at(-1);
    if (last !== undefined && startMs <= last.endMs) {
      last.endMs = Math.max(last.endMs, endMs);
      last.open ||= open;
      last.faultIndexes.push(index);
    } else outages.push({ startMs, endMs, open, faultIndexes: [index] });
  }
  return outages.filter(({ startMs, endMs }) => endMs > startMs && endMs > window.startMs);
}

/** The uptime figures of one site. `faults` are those that count, in any order. */
export function siteUptime(time: ServiceTime, faults: readonly FaultSpan[], window: Span): SiteUptime {
  const counting = subtract(time.service, time.exempt);
  const outages = outagesOf(faults, window);
  const faulty = outages.flatMap(({ startMs, endMs }) => [startMs, endMs]);
  const down = intersect(counting, faulty);
  const insideMs = measurePerDay(counting, outages);
  const incidents: Incident[] = [];
  for (const [i, outage] of outages.entries()) {
    const inside = insideMs[i] as number;
    if (inside === 0) continue;
    const inWindowMs = outage.endMs - Math.max(outage.startMs, window.startMs);
    incidents.push({ ...outage, insideMs: inside, outsideMs: inWindowMs - inside });
  }
  const serviceMs = measure(time.service);
  const downtimeMs = measure(down);
  const count = incidents.length;
  return {
    serviceMs,
    downtimeMs,
    down,
    incidents,
    longestMs: incidents.reduce((longest, incident) => Math.max(longest, incident.insideMs), 0),
    mttrMs: count === 0 ? null : downtimeMs / count,
    mtbfMs: count === 0 ? null : (serviceMs - downtimeMs) / count,
  };
}

/**
 * Shares downtime out to the faults' keys: each instant goes to the fault that started first of those that
 * cover it, and of equal starts to the first in the list. The shares add up to measure(down) if the faults
 * cover it all. Every key has an entry, also with 0.
 */
export function downtimeBy<K>(down: Intervals, faults: readonly (FaultSpan & { key: K })[]): Map<K, number> {
  const order = byStart(faults);
  const pieces: Span[] = [];
  // Of what lies after a fault's start, earlier faults cover all up to the latest of their ends and nothing
  // else. So each fault is left one piece, and the pieces come in order.
  let coveredMs = -Infinity;
  for (const index of order) {
    const { startMs: faultStartMs, endMs: faultEndMs } = faults[index] as FaultSpan;
    const startMs = Math.max(faultStartMs, coveredMs);
    const endMs = Math.max(startMs, faultEndMs ?? Infinity);
    pieces.push({ startMs, endMs });
    coveredMs = endMs;
  }
  const lengths = measurePerDay(down, pieces);
  const shares = new Map<K, number>();
  for (const [i, index] of order.entries()) {
    const { key } = faults[index] as FaultSpan & { key: K };
    shares.set(key, (shares.get(key) ?? 0) + (lengths[i] as number));
  }
  return shares;
}

/**
 * How much of `a` lies in each day, or in any spans that are in order and do not overlap. Adds up to
 * measure(a) when the days tile the window that a lies in.
 */
export function measurePerDay(a: Intervals, days: readonly Span[]): number[] {
  let i = 0;
  return days.map(({ startMs, endMs }) => {
    let sum = 0;
    while (i < a.length && (a[i + 1] as number) <= startMs) i += 2;
    for (let j = i; j < a.length && (a[j] as number) < endMs; j += 2) {
      sum += Math.max(0, Math.min(a[j + 1] as number, endMs) - Math.max(a[j] as number, startMs));
    }
    return sum;
  });
}

/** Faults in columns, sorted by start; a negative or NaN end means open. */
export type FaultTimes = { starts: ArrayLike<number>; ends: ArrayLike<number> };

/** The rows [from, to) of columns, and the time that counts for them: [fromMs, windowEndMs). */
export type RowRange = { from: number; to: number; fromMs: number; windowEndMs: number };

/**
 * Downtime and number of incidents as siteUptime counts them, without an object per row. `counting` is service time
 * without what is exempt, and may be shared by many sites: of it counts what lies from `fromMs` on. It ends by
 * windowEndMs at the latest. The cost grows with the rows, not with the set.
 */
export function downtimeOfSorted(
  counting: MeasuredSet,
  { starts, ends }: FaultTimes,
  { from, to, fromMs, windowEndMs }: RowRange,
): { downtimeMs: number; incidents: number } {
  let downtimeMs = 0;
  let incidents = 0;
  let coveredMs = -Infinity; // the end of the outage that the last rows made
  let hasCounted = false; // whether that outage is an incident already
  for (let row = from; row < to; row++) {
    const startMs = starts[row] as number;
    if (startMs >= windowEndMs) break;
    if (startMs > coveredMs) {
      coveredMs = startMs;
      hasCounted = false;
    }
    const resolvedMs = ends[row] as number;
    const endMs = resolvedMs >= 0 && resolvedMs < windowEndMs ? resolvedMs : windowEndMs;
    if (endMs <= coveredMs) continue;
    // What this row adds to the outage is [coveredMs, endMs).
    const addedMs = lengthBetween(counting, Math.max(coveredMs, fromMs), endMs);
    if (addedMs > 0) {
      downtimeMs += addedMs;
      if (!hasCounted) incidents++;
      hasCounted = true;
    }
    coveredMs = endMs;
  }
  return { downtimeMs, incidents };
}
