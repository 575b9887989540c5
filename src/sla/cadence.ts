// When a schedule runs, and the period that each run covers.
import { WEEKDAYS, type Weekday } from "./businessHours.ts";
import { addDays, dateAt, instantOf, type LocalDate, lastDayOfMonth, weekdayOf } from "./calendar.ts";

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
  cadence: "daily" | "weekly" | "monthly";
  fromDate: LocalDate;
  toDate: LocalDate;
};

/** 08:00, in minutes since midnight. */
const RUN_MINUTE = 8 * 60;

function firstOfMonth(date: LocalDate): LocalDate {
  return `${date.slice(0, -2)}01`;
}

/** The runs of one date: daily, weekly, monthly. */
function runsOn(date: LocalDate, cadence: Cadence): PlannedRun[] {
  const atMs = instantOf(cadence.timezone, date, RUN_MINUTE);
  const toDate = addDays(date, -1);
  const runs: PlannedRun[] = [];
  if (cadence.daily) runs.push({ atMs, cadence: "daily", fromDate: toDate, toDate });
  if (cadence.weekly && cadence.day_of_week === WEEKDAYS[weekdayOf(date)]) {
    runs.push({ atMs, cadence: "weekly", fromDate: addDays(date, -7), toDate });
  }
  if (cadence.monthly && cadence.day_of_month !== null) {
    const lastDay = lastDayOfMonth(date);
    if (Number(date.slice(-2)) === Math.min(cadence.day_of_month, lastDay)) {
      const lastOfMonthBefore = addDays(firstOfMonth(date), -1);
      runs.push({
        atMs,
        cadence: "monthly",
        fromDate: firstOfMonth(lastOfMonthBefore),
        toDate: lastOfMonthBefore,
      });
    }
  }
  return runs;
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
  for (let date = dateAt(cadence.timezone, afterMs); runs.length < count; date = addDays(date, 1)) {
    runs.push(...runsOn(date, cadence).filter((run) => run.atMs > afterMs));
  }
  return runs.slice(0, count);
}
