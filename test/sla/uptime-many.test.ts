// A site with 20,000 faults, against a scan that keeps nothing but the latest end so far.
import { describe, expect, test } from "bun:test";
import { openIntervals } from "../../src/sla/businessHours.ts";
import { windowOf } from "../../src/sla/calendar.ts";
import { type Intervals, measuredSet, type Span } from "../../src/sla/intervals.ts";
import {
  downtimeBy,
  downtimeOfSorted,
  type FaultSpan,
  serviceTime,
  siteUptime,
} from "../../src/sla/uptime.ts";
import { DAY, HOUR, MINUTE } from "./oracle.ts";
import { spansOf } from "./spans.ts";

const OCTOBER = windowOf("Europe/Berlin", "2024-10-01", "2024-10-31");
const HOURS = {
  timezone: "Europe/Berlin",
  days: { monday: [{ start: "08:00", end: "18:00" }], friday: [{ start: "20:00", end: "04:00" }] },
  holidays: ["2024-10-07"],
};
const OPEN = openIntervals(HOURS, OCTOBER.startMs, OCTOBER.endMs);

/** A linear congruential generator (Numerical Recipes): the same faults in every run. */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** In no order; from a day before the window to a day after it, and a few of no length. */
function manyFaults(count: number, longestMs: number): FaultSpan[] {
  const below = randomBelow(20_000);
  return Array.from({ length: count }, (_, n) => {
    const startMs = OCTOBER.startMs - DAY + below(33 * DAY);
    return { startMs, endMs: n % 50 === 0 ? startMs : startMs + 1 + below(longestMs) };
  });
}

function timeOf(openHours: Intervals | null) {
  const window = OCTOBER;
  return serviceTime({
    window,
    openHours,
    maintenance: [],
    maintenanceCountsAs: "excluded",
    monitoredSinceMs: null,
  });
}

const byStart = (faults: readonly FaultSpan[]) => [...faults].sort((a, b) => a.startMs - b.startMs);

/** Lengths within each service span, and how many outages have any. */
function scan(faults: readonly FaultSpan[], service: readonly Span[]) {
  let downtimeMs = 0;
  let incidents = 0;
  const close = (startMs: number, endMs: number) => {
    let insideMs = 0;
    for (const span of service) {
      insideMs += Math.max(0, Math.min(endMs, span.endMs) - Math.max(startMs, span.startMs));
    }
    downtimeMs += insideMs;
    if (insideMs > 0) incidents += 1;
  };
  let startMs = Number.NaN;
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const fault of byStart(faults)) {
    if (fault.startMs > latestMs) {
      if (latestMs > startMs) close(startMs, latestMs);
      startMs = fault.startMs;
    }
    latestMs = Math.max(latestMs, fault.endMs ?? Number.POSITIVE_INFINITY);
  }
  if (latestMs > startMs) close(startMs, latestMs);
  return { downtimeMs, incidents };
}

function bySortedRows(faults: readonly FaultSpan[], service: Intervals) {
  const rows = byStart(faults);
  const starts = rows.map(({ startMs }) => startMs);
  const ends = rows.map(({ endMs }) => endMs ?? -1);
  const range = { from: 0, to: rows.length, fromMs: OCTOBER.startMs, windowEndMs: OCTOBER.endMs };
  return downtimeOfSorted(measuredSet(service), { starts, ends }, range);
}

describe("20,000 faults of one site", () => {
  test.each([
    ["sparse, all hours", MINUTE, null],
    ["dense, all hours", 10 * MINUTE, null],
    ["sparse, business hours", MINUTE, OPEN],
    ["dense, business hours", 10 * MINUTE, OPEN],
  ] as const)("%s: the scan, the report and the rows agree", (_, longestMs, openHours) => {
    const faults = manyFaults(20_000, longestMs);
    const time = timeOf(openHours);
    const expected = scan(faults, openHours === null ? [OCTOBER] : spansOf(openHours));
    const uptime = siteUptime(time, faults, OCTOBER);
    expect({ downtimeMs: uptime.downtimeMs, incidents: uptime.incidents.length }).toEqual(expected);
    expect(bySortedRows(faults, time.service)).toEqual(expected);
    expect(expected.incidents).toBeGreaterThan(1000 / (longestMs / MINUTE));
  });

  test("with one of them open, all after it is down", () => {
    const open = { startMs: OCTOBER.endMs - 5 * DAY, endMs: null };
    const faults = [...manyFaults(20_000, MINUTE), open];
    const expected = scan(faults, [OCTOBER]);
    const uptime = siteUptime(timeOf(null), faults, OCTOBER);
    expect(uptime.downtimeMs).toBe(expected.downtimeMs);
    expect(bySortedRows(faults, timeOf(null).service)).toEqual(expected);
    expect(uptime.incidents.at(-1)).toMatchObject({ open: true, endMs: OCTOBER.endMs });
    expect(uptime.incidents.filter((incident) => incident.open)).toHaveLength(1);
  });

  test("each fault with a length inside the window belongs to exactly one incident", () => {
    const faults = manyFaults(20_000, 10 * MINUTE);
    const { incidents } = siteUptime(timeOf(null), faults, OCTOBER);
    const named = incidents.flatMap((incident) => incident.faultIndexes).sort((a, b) => a - b);
    expect(new Set(named).size).toBe(named.length);
    const known = new Set(named);
    const missing = faults.filter(
      ({ startMs, endMs }, index) =>
        startMs < (endMs ?? 0) &&
        startMs < OCTOBER.endMs &&
        (endMs ?? 0) > OCTOBER.startMs &&
        !known.has(index),
    );
    expect(missing).toEqual([]);
  });

  test("without a gap, they are one outage of 25 hours on the day the clock goes back", () => {
    const startMs = Date.parse("2024-10-27T00:00:00+02:00");
    const faults = Array.from({ length: 20_000 }, (_, n) => ({
      startMs: startMs + n * 4500,
      endMs: startMs + (n + 1) * 4500,
    }));
    const uptime = siteUptime(timeOf(null), faults.reverse(), OCTOBER);
    expect(uptime).toMatchObject({ downtimeMs: 25 * HOUR, mttrMs: 25 * HOUR });
    expect(uptime.incidents).toMatchObject([{ startMs, endMs: Date.parse("2024-10-28T00:00:00+01:00") }]);
    expect(uptime.incidents[0]?.faultIndexes).toHaveLength(20_000);
    expect(bySortedRows(faults, timeOf(null).service)).toEqual({ downtimeMs: 25 * HOUR, incidents: 1 });
    expect(
      downtimeBy(
        uptime.down,
        faults.map((fault, n) => ({ ...fault, key: n % 4 })),
      ),
    ).toEqual(new Map([0, 1, 2, 3].map((key) => [key, 6.25 * HOUR])));
  });

  test("all open since the same moment, they are one outage", () => {
    const faults = Array.from({ length: 20_000 }, () => ({ startMs: OCTOBER.endMs - HOUR, endMs: null }));
    expect(siteUptime(timeOf(null), faults, OCTOBER)).toMatchObject({ downtimeMs: HOUR, longestMs: HOUR });
    expect(bySortedRows(faults, timeOf(null).service)).toEqual({ downtimeMs: HOUR, incidents: 1 });
  });
});
