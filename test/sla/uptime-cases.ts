// Generated questions about uptime: windows near clock changes, and faults, maintenance and hours that
// like to meet each other and the window's edges. Asked of src/sla by `computed`, of the oracle by `asked`.
import fc from "fast-check";
import { type HoursRule, openIntervals } from "../../src/sla/businessHours.ts";
import { windowOf } from "../../src/sla/calendar.ts";
import { type Span, unionOf } from "../../src/sla/intervals.ts";
import {
  type FaultSpan,
  type ServiceTime,
  type SiteUptime,
  serviceTime,
  siteUptime,
} from "../../src/sla/uptime.ts";
import { DAY, firstInstantAt, HOUR, isOpenAt, MINUTE, type Question, wallAt } from "./oracle.ts";

/** Zones and local dates around which their clocks, or their calendars, jump. */
export const CLOCK_CHANGES: readonly (readonly [zone: string, date: string])[] = [
  ["Europe/Berlin", "2024-03-31"],
  ["Europe/Berlin", "2024-10-27"],
  ["Europe/Zurich", "2025-03-30"],
  ["Europe/Zurich", "2025-10-26"],
  ["America/New_York", "2024-03-10"],
  ["America/New_York", "2024-11-03"],
  ["Australia/Lord_Howe", "2024-04-07"],
  ["Australia/Lord_Howe", "2024-10-06"],
  ["Africa/Cairo", "2024-04-26"],
  ["Africa/Cairo", "2024-10-31"],
  ["America/Santiago", "2024-04-06"],
  ["America/Santiago", "2024-09-08"],
  ["Asia/Beirut", "2024-03-31"],
  ["Asia/Beirut", "2024-10-26"],
  ["Antarctica/Troll", "2024-03-31"],
  ["Antarctica/Troll", "2024-10-27"],
  ["America/Havana", "2025-03-09"],
  ["America/Havana", "2025-11-02"],
  ["Africa/Casablanca", "2025-02-23"],
  ["Africa/Casablanca", "2025-04-06"],
  ["Pacific/Apia", "2011-12-29"],
  ["Pacific/Apia", "2011-12-31"],
  ["Asia/Kathmandu", "2024-02-29"],
  ["Pacific/Kiritimati", "2024-12-31"],
  ["UTC", "2024-02-28"],
];
const ZONES = [...new Set(CLOCK_CHANGES.map(([zone]) => zone))];

export function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

export type Dates = { zone: string; fromDate: string; toDate: string };

/** One to four dates that begin up to two days before a clock change. */
export const aWindow: fc.Arbitrary<Dates> = fc
  .record({
    change: fc.constantFrom(...CLOCK_CHANGES),
    daysBefore: fc.integer({ min: -1, max: 2 }),
    length: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ change: [zone, date], daysBefore, length }) => {
    const fromDate = dateAfter(date, -daysBefore);
    return { zone, fromDate, toDate: dateAfter(fromDate, length) };
  });

const clockTime = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** Wall-clock minutes that favour the hours in which clocks jump. */
const aMinute = (stepMs: number, max: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: max / (stepMs / MINUTE) }).map((steps) => (steps * stepMs) / MINUTE),
    fc.constantFrom(0, 60, 90, 120, 150, 180, 540, 1020, 1380, 1410, max === 1440 ? 1440 : 1425),
  );

export function someHours(stepMs: number, { zone, fromDate, toDate }: Dates): fc.Arbitrary<HoursRule> {
  const interval = fc.record({
    start: aMinute(stepMs, 1440 - stepMs / MINUTE).map(clockTime),
    end: aMinute(stepMs, 1440).map(clockTime),
  });
  const day = fc.array(interval, { maxLength: 3 });
  const date = fc.integer({ min: -1, max: 5 }).map((days) => dateAfter(fromDate, days));
  const named = date.map((holiday) => ({ date: holiday, name: `closed in ${toDate}` }));
  return fc.record({
    timezone: fc.oneof(fc.constant(zone), fc.constantFrom(...ZONES)),
    days: fc.record(
      { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day, saturday: day, sunday: day },
      { requiredKeys: [] },
    ),
    holidays: fc.array(fc.oneof(date, named), { maxLength: 2 }),
  });
}

export type Times = { instant: fc.Arbitrary<number>; span: fc.Arbitrary<Span> };
type Units = { roundMs: number; stepMs: number; aroundMs: number };

/** In and around a window: its ends, round instants that meet again and again, any other; mostly short spans. */
export function timesAround({ startMs, endMs }: Span, { roundMs, stepMs, aroundMs }: Units): Times {
  const within = (unitMs: number) => {
    const first = -Math.floor(aroundMs / unitMs);
    const last = Math.floor((endMs - startMs + aroundMs) / unitMs);
    return fc.integer({ min: first, max: last }).map((n) => startMs + n * unitMs);
  };
  const instant = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(startMs, endMs) },
    { weight: 3, arbitrary: within(roundMs) },
    { weight: 3, arbitrary: within(stepMs) },
  );
  const length = fc.oneof(
    fc.integer({ min: 0, max: Math.ceil(roundMs / stepMs) }).map((steps) => steps * stepMs),
    fc.constant(roundMs),
  );
  const short = fc.tuple(instant, length).map(([start, lasts]) => ({ startMs: start, endMs: start + lasts }));
  const long = fc
    .tuple(instant, instant)
    .map(([a, b]) => ({ startMs: Math.min(a, b), endMs: Math.max(a, b) }));
  return { instant, span: fc.oneof({ weight: 6, arbitrary: short }, { weight: 1, arbitrary: long }) };
}

export const someSpans = ({ span }: Times): fc.Arbitrary<Span[]> => fc.array(span, { maxLength: 4 });

/** In any order, of no length now and then, and some of them still open. */
export function someFaults({ span }: Times, maxLength: number): fc.Arbitrary<FaultSpan[]> {
  const closed = { weight: 20, arbitrary: span };
  const none = { weight: 2, arbitrary: span.map(({ startMs }) => ({ startMs, endMs: startMs })) };
  const open = { weight: 1, arbitrary: span.map(({ startMs }) => ({ startMs, endMs: null })) };
  return fc.array(fc.oneof<fc.WeightedArbitrary<FaultSpan>[]>(closed, none, open), { maxLength });
}

/** Nothing, more often than not. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

export type SiteCase = {
  stepMs: number;
  dates: Dates;
  /** The window by the oracle's clock, and where it is cut off. */
  whole: Span;
  nowMs: number;
  hours: HoursRule | null;
  maintenance: Span[];
  maintenanceCountsAs: "excluded" | "up";
  monitoredSinceMs: number | null;
  faults: FaultSpan[];
};

function siteIn(dates: Dates, stepMs: number): fc.Arbitrary<SiteCase> {
  const startMs = firstInstantAt(dates.zone, dates.fromDate, 0, stepMs);
  const whole = { startMs, endMs: firstInstantAt(dates.zone, dateAfter(dates.toDate, 1), 0, stepMs) };
  const times = timesAround(whole, { roundMs: 3 * HOUR, stepMs, aroundMs: DAY });
  const inside = times.instant.map((ms) => Math.min(whole.endMs, Math.max(whole.startMs, ms)));
  return fc.record({
    stepMs: fc.constant(stepMs),
    dates: fc.constant(dates),
    whole: fc.constant(whole),
    nowMs: fc.oneof({ weight: 3, arbitrary: fc.constant(whole.endMs) }, inside),
    hours: fc.option(someHours(stepMs, dates), { freq: 2 }),
    maintenance: someSpans(times),
    maintenanceCountsAs: fc.constantFrom("excluded" as const, "up" as const),
    monitoredSinceMs: rarely(times.instant),
    faults: someFaults(times, 9),
  });
}

const aStep = fc.constantFrom(15 * MINUTE, 15 * MINUTE, 5 * MINUTE);

export const aSite: fc.Arbitrary<SiteCase> = fc
  .tuple(aWindow, aStep)
  .chain(([dates, stepMs]) => siteIn(dates, stepMs));

/** Sites that are reported on together: one window, cut off at one moment. */
export const someSites: fc.Arbitrary<SiteCase[]> = aWindow
  .chain((dates) => fc.array(siteIn(dates, 15 * MINUTE), { minLength: 1, maxLength: 4 }))
  .map((sites) => sites.map((site) => ({ ...site, nowMs: sites[0]?.nowMs ?? site.nowMs })));

/** The case as a question to the oracle: the window is whatever has a local date of the window. */
export function asked(site: SiteCase): Question {
  const { zone, fromDate, toDate } = site.dates;
  return {
    ...site,
    fromMs: site.whole.startMs - DAY,
    toMs: site.whole.endMs + 6 * HOUR,
    inWindow: (ms) => {
      if (ms >= site.nowMs) return false;
      const { date } = wallAt(zone, ms);
      return fromDate <= date && date <= toDate;
    },
    isOpen: (ms) => site.hours === null || isOpenAt(site.hours, ms),
  };
}

export type Computed = { window: Span; time: ServiceTime; uptime: SiteUptime };

/** The case as a report computes it. */
export function computed(site: SiteCase): Computed {
  const { startMs, endMs } = windowOf(site.dates.zone, site.dates.fromDate, site.dates.toDate);
  const window = { startMs, endMs: Math.max(startMs, Math.min(endMs, site.nowMs)) };
  const openHours = site.hours === null ? null : openIntervals(site.hours, window.startMs, window.endMs);
  const { maintenanceCountsAs, monitoredSinceMs } = site;
  const maintenance = unionOf(site.maintenance);
  const time = serviceTime({ window, openHours, maintenance, maintenanceCountsAs, monitoredSinceMs });
  return { window, time, uptime: siteUptime(time, site.faults, window) };
}
