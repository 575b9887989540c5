// Ten years of every kind of time zone, in the long form of every zone: each period is due once, when it is 08:00 by the runtime's clocks.
import { describe, expect, test } from "bun:test";
import { type Cadence, nextRuns, type PlannedRun } from "../../src/sla/cadence.ts";
import { chanceOf, isLong, SEED } from "../support/chance.ts";
import {
  DAY_MS,
  dateText,
  eightOClocks,
  offsetIn,
  STALE_FROM_MS,
  STALE_ZONES,
  stretchesOf,
} from "./eightOClock.ts";

const FIRST = Date.UTC(2026, 0, 1);
const LAST = Date.UTC(2036, 0, 1);
const DAYS = (LAST - FIRST) / DAY_MS;
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const MONTH_DAYS = [1, 15, 31] as const;
const ZONES = Intl.supportedValuesOf("timeZone");

const day = (index: number) => FIRST + index * DAY_MS;
const dates = Array.from({ length: DAYS + 7 }, (_, index) => dateText(day(index - 7)));
/** The date so many days after the first; up to a week before it. */
const dateOf = (index: number) => dates[index + 7] as string;

type Day = { weekday: (typeof WEEKDAYS)[number]; date: number; last: number; monthBefore: [string, string] };
/** What calendars say of each day. */
const calendar: Day[] = Array.from({ length: DAYS }, (_, index) => {
  const at = new Date(day(index));
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  return {
    weekday: WEEKDAYS[at.getUTCDay()] ?? "sunday",
    date: at.getUTCDate(),
    last: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
    monthBefore: [dateText(Date.UTC(year, month - 1, 1)), dateText(Date.UTC(year, month, 0))],
  };
});

const isSame = (run: PlannedRun, atMs: number, cadence: string, from: string, to: string) =>
  run.atMs === atMs && run.cadence === cadence && run.fromDate === from && run.toDate === to;

/** What differs between the runs and what must be due at these instants, one for each day; in words. */
function differences(cadence: Cadence, runs: PlannedRun[], instants: Float64Array): string[] {
  const found: string[] = [];
  let next = 0;
  const expectRun = (atMs: number, name: string, from: string, to: string) => {
    const run = runs[next++];
    if (run && isSame(run, atMs, name, from, to)) return;
    const expected = `${new Date(atMs).toISOString()} ${name} ${from} ${to}`;
    found.push(`${cadence.timezone}: ${expected}, but: ${JSON.stringify(run)}`);
  };
  for (let index = 0; index < instants.length && found.length < 3; index++) {
    const [atMs, today] = [instants[index] as number, calendar[index] as Day];
    const yesterday = dateOf(index - 1);
    if (cadence.daily) expectRun(atMs, "daily", yesterday, yesterday);
    if (cadence.weekly && cadence.day_of_week === today.weekday)
      expectRun(atMs, "weekly", dateOf(index - 7), yesterday);
    if (cadence.monthly && today.date === Math.min(cadence.day_of_month as number, today.last))
      expectRun(atMs, "monthly", ...today.monthBefore);
  }
  return found;
}

const everything = (timezone: string, index: number): Cadence => ({
  timezone,
  daily: true,
  weekly: true,
  monthly: true,
  day_of_week: (WEEKDAYS[index % 7] ?? "monday") as Exclude<Cadence["day_of_week"], null>,
  day_of_month: MONTH_DAYS[index % 3] ?? 1,
});

const lastDayOf = (zone: string) => (STALE_ZONES.has(zone) ? (STALE_FROM_MS - FIRST) / DAY_MS : DAYS);

/** Of all zones whose clocks show the same all through the years, one by chance. */
function oneOfEachKind(zones: readonly string[]): string[] {
  const chance = chanceOf(SEED);
  const kinds = Map.groupBy(zones, (zone) => JSON.stringify(stretchesOf(zone, FIRST, LAST)));
  return [...kinds.values()].map((same) => chance.oneOf(same));
}

// In the short form a third of the zones: another third with another seed.
const tried = isLong ? ZONES : oneOfEachKind(ZONES.filter((_, index) => index % 3 === SEED % 3));
const which = isLong ? "every zone" : "zones of many kinds";

test(`in ${which}, every day, week and month of ten years is due once, at the first instant of 08:00 or later`, () => {
  expect(ZONES.length).toBeGreaterThan(400);
  expect(tried.length).toBeGreaterThan(30);
  const found: string[] = [];
  for (const [index, zone] of tried.entries()) {
    const days = lastDayOf(zone);
    const instants = eightOClocks(zone, FIRST, days);
    const cadence = everything(zone, index);
    const first = instants[0] as number;
    found.push(...differences(cadence, nextRuns(cadence, first - 1, Math.ceil(days * 1.19)), instants));
  }
  expect(found).toEqual([]);
}, 60_000);

const STRANGE = [
  "Europe/Zurich",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "Antarctica/Troll",
];
const STRANGE_TOO = ["America/Nuuk", "Asia/Gaza", "Pacific/Apia", "Pacific/Chatham"];

describe.each(isLong ? [...STRANGE, ...STRANGE_TOO] : STRANGE)("in %s", (zone) => {
  const instants = eightOClocks(zone, FIRST, DAYS);
  const base = { ...everything(zone, 0), daily: false, weekly: false, monthly: false };

  test("each weekday has its week, and each day its month", () => {
    for (const day_of_week of WEEKDAYS) {
      const weekly: Cadence = { ...base, weekly: true, day_of_week };
      expect(differences(weekly, nextRuns(weekly, (instants[0] as number) - 1, 522), instants)).toEqual([]);
    }
    for (const day_of_month of [1, 15, 28, 29, 30, 31]) {
      const monthly: Cadence = { ...base, monthly: true, day_of_month };
      expect(differences(monthly, nextRuns(monthly, (instants[0] as number) - 1, 121), instants)).toEqual([]);
    }
  });

  test("asked for one after the other, from before, at and between runs, they are the same", () => {
    const daily: Cadence = { ...base, daily: true };
    for (let index = 1; index < DAYS; index++) {
      const [before, atMs] = [instants[index - 1] as number, instants[index] as number];
      // In the short form every fifth, and each after which the clocks are set.
      if (!isLong && index % 5 !== 0 && atMs - before === DAY_MS) continue;
      for (const afterMs of [before, before + (index % 1380) * 60_000, atMs - 1])
        if (nextRuns(daily, afterMs, 1)[0]?.atMs !== atMs)
          throw new Error(`not ${new Date(atMs).toISOString()} after ${new Date(afterMs).toISOString()}`);
    }
  });
});

// The clocks of these zones stopped changing in 2026 (Havana's for a winter), which the runtime does not know.
test.each([
  ["Africa/Casablanca", "2026-12-01T08:00Z", "2030-07-01T08:00Z"],
  ["Africa/El_Aaiun", "2026-12-01T08:00Z", "2030-07-01T08:00Z"],
  ["America/Edmonton", "2026-12-01T14:00Z", "2030-07-01T14:00Z"],
  ["America/Inuvik", "2026-12-01T14:00Z", "2030-07-01T14:00Z"],
  ["America/Vancouver", "2026-12-01T15:00Z", "2030-07-01T15:00Z"],
  ["America/Winnipeg", "2026-12-01T13:00Z", "2030-07-01T13:00Z"],
  ["America/Havana", "2026-12-01T12:00Z", "2027-12-01T13:00Z"],
])("in %s it is 08:00 at %s and at %s", (timezone, winter, later) => {
  const daily: Cadence = { ...everything(timezone, 0), weekly: false, monthly: false };
  for (const instant of [winter, later])
    expect(nextRuns(daily, Date.parse(instant) - 1, 1)[0]?.atMs).toBe(Date.parse(instant));
});

test("the clocks that this is held against are the runtime's", () => {
  let state = 20_260_101;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (const zone of tried) {
    const stretches = stretchesOf(zone, FIRST - 2 * DAY_MS, LAST);
    const clock = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      dateStyle: "short",
      timeStyle: "medium",
    });
    for (let count = 0; count < 5; count++) {
      const ms = FIRST + Math.floor(random() * (LAST - FIRST) * 1e-3) * 1e3;
      const local = new Date(ms + offsetIn(stretches, ms)).toISOString().slice(0, 19).replace("T", ", ");
      expect(clock.format(ms), zone).toBe(local);
    }
  }
});
