// When a schedule runs, and the period that each run covers.
import { WEEKDAYS, type Weekday } from "./businessHours.ts";
import { addDays, dateAt, instantOf, type LocalDate, lastDayOfMonth, weekdayOf } from "./calendar.ts";

export const CADENCES = ["daily", "weekly", "monthly"] as const;

export type Cadence = {
  timezone: string;
  daily: boolean;
  weekly: boolean;
  monthly: boolean;
  day_of_week: Weekday | null;
  /** 1 to 31; a month that is shorter uses its last day. */
  day_of_month: number | null;
};

/** A run at atMs, for the dates from fromDate to toDate, both included. */
export type PlannedRun = {
  atMs: number;
  cadence: (typeof CADENCES)[number];
  fromDate: LocalDate;
  toDate: LocalDate;
};

/** 08:00, in minutes since midnight. */
const RUN_MINUTE = 8 * 60;

function firstOfMonth(date: LocalDate): LocalDate {
  return `${date.slice(0, -2)}01`;
}

/** The periods that are due on a date, whose day before is `yesterday`: daily, weekly, monthly. */
function periodsOn(date: LocalDate, yesterday: LocalDate, cadence: Cadence): Omit<PlannedRun, "atMs">[] {
  const periods: Omit<PlannedRun, "atMs">[] = [];
  if (cadence.daily) periods.push({ cadence: "daily", fromDate: yesterday, toDate: yesterday });
  if (cadence.weekly && cadence.day_of_week === WEEKDAYS[weekdayOf(date)]) {
    periods.push({ cadence: "weekly", fromDate: addDays(date, -7), toDate: yesterday });
  }
  if (cadence.monthly && cadence.day_of_month !== null && isMonthlyDay(date, cadence.day_of_month)) {
    const lastOfMonthBefore = addDays(firstOfMonth(date), -1);
    periods.push({
      cadence: "monthly",
      fromDate: firstOfMonth(lastOfMonthBefore),
      toDate: lastOfMonthBefore,
    });
  }
  return periods;
}

function isMonthlyDay(date: LocalDate, dayOfMonth: number): boolean {
  const day = Number(date.slice(-2));
  return day === dayOfMonth || (day < dayOfMonth && day >= 28 && day === lastDayOfMonth(date));
}

/**
 * The next `count` runs strictly after `afterMs`, in order of time, then daily, weekly, monthly. Each is at
 * 08:00 in the zone, or where clocks skip that at the instant of the skip, and where they show it twice at the
 * first. None if no cadence is on, or its day is missing. Throws RangeError on an unknown zone.
 */
export function nextRuns(cadence: Cadence, afterMs: number, count: number): PlannedRun[] {
  const everRuns =
    cadence.daily ||
    (cadence.weekly && cadence.day_of_week !== null) ||
    (cadence.monthly && cadence.day_of_month !== null);
  const runs: PlannedRun[] = [];
  if (!everRuns) return runs;
  let date = dateAt(cadence.timezone, afterMs);
  let yesterday = addDays(date, -1);
  while (runs.length < count) {
    const periods = periodsOn(date, yesterday, cadence);
    const atMs = periods.length > 0 ? instantOf(cadence.timezone, date, RUN_MINUTE) : -Infinity;
    if (atMs > afterMs) runs.push(...periods.map((period) => ({ atMs, ...period })));
    yesterday = date;
    date = addDays(date, 1);
  }
  return runs.slice(0, count);
}
