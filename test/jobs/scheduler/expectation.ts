// What schedules must have produced, from what happened to them: no SQL, no next run, nothing of src/sla. For
// each schedule it knows until when runs were dealt with, and looks through every day of the calendar.
import type { ScheduleSettings } from "../../../src/model/schedule.ts";
import { DAY_MS, dateText, eightOClocks } from "../../sla/eightOClock.ts";

type Due = { atMs: number; cadence: string; from: string; to: string };
type Expected = {
  settings: ScheduleSettings;
  isDeleted: boolean;
  /** Runs up to here were produced, or are not owed. */
  dealtWithMs: number;
  changedMs: number;
  /** "cadence from" of all that was ever produced. */
  produced: Set<string>;
};

export type Expectation = ReturnType<typeof expectationOf>;

const MOST_MISSED = 31;
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Knows every run in `days` days from a midnight UTC. */
export function expectationOf(firstDayMs: number, days: number) {
  const schedules = new Map<string, Expected>();
  const reports = new Set<string>();
  const instantsOf = new Map<string, Float64Array>();
  let lastLookMs = Infinity;

  const runsOf = (settings: ScheduleSettings, afterMs: number, untilMs: number): Due[] => {
    if (settings.disabled) return [];
    const zone = settings.timezone;
    const instants = instantsOf.get(zone) ?? eightOClocks(zone, firstDayMs, days);
    instantsOf.set(zone, instants);
    const first = Math.max(0, Math.floor((afterMs - firstDayMs) / DAY_MS) - 2);
    const last = Math.min(days - 1, Math.ceil((untilMs - firstDayMs) / DAY_MS) + 2);
    const found: Due[] = [];
    for (let index = first; index <= last; index++) {
      const atMs = instants[index] as number;
      if (atMs > afterMs && atMs <= untilMs)
        found.push(...periodsOf(firstDayMs + index * DAY_MS, settings).map((due) => ({ ...due, atMs })));
    }
    return found;
  };

  const produce = (name: string, schedule: Expected, nowMs: number) => {
    // Only a schedule whose last change the clock has passed knows what it had dealt with by then.
    const settledMs = schedule.changedMs <= nowMs ? schedule.changedMs : -Infinity;
    const reached = runsOf(schedule.settings, Math.max(schedule.dealtWithMs, settledMs), nowMs);
    for (const { cadence, from, to } of reached.slice(-MOST_MISSED)) {
      const period = `${cadence} ${from}`;
      if (schedule.produced.has(period)) continue;
      schedule.produced.add(period);
      reports.add(`${name} ${period} ${to} ${schedule.settings.timezone} ${schedule.settings.sla_target}`);
    }
    schedule.dealtWithMs = Math.max(schedule.dealtWithMs, nowMs);
  };

  const existing = () => [...schedules].filter(([, { isDeleted }]) => !isDeleted);

  return {
    created: (name: string, settings: ScheduleSettings, nowMs: number) => {
      schedules.set(name, {
        settings,
        isDeleted: false,
        dealtWithMs: nowMs,
        changedMs: nowMs,
        produced: new Set(),
      });
    },
    changed: (name: string, settings: ScheduleSettings, nowMs: number) => {
      const schedule = schedules.get(name) as Expected;
      produce(name, schedule, nowMs);
      Object.assign(schedule, { settings, dealtWithMs: nowMs, changedMs: nowMs });
    },
    deleted: (name: string, nowMs: number) => {
      const schedule = schedules.get(name) as Expected;
      produce(name, schedule, nowMs);
      schedule.isDeleted = true;
    },
    /** The scheduler looked; for the first time since it started, if so. */
    looked: (nowMs: number, isFirst: boolean) => {
      const clockWentBack = isFirst || nowMs < lastLookMs - 1000;
      lastLookMs = nowMs;
      for (const [name, schedule] of existing()) {
        if (clockWentBack) schedule.dealtWithMs = Math.min(schedule.dealtWithMs, nowMs);
        produce(name, schedule, nowMs);
      }
    },
    reportDeleted: (report: string) => reports.delete(report),
    names: () => existing().map(([name]) => name),
    settings: (name: string) => (schedules.get(name) as Expected).settings,
    /** "schedule cadence from to zone target" of each report that must be there. */
    reports: () => [...reports].sort(),
  };
}

/** The periods that are due on a day: daily, weekly, monthly. */
function periodsOf(dayMs: number, settings: ScheduleSettings): Omit<Due, "atMs">[] {
  const day = new Date(dayMs);
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  const to = dateText(dayMs - DAY_MS);
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const isMonthly = day.getUTCDate() === Math.min(settings.day_of_month ?? 99, lastOfMonth);
  return [
    ...(settings.daily ? [{ cadence: "daily", from: to, to }] : []),
    ...(settings.weekly && settings.day_of_week === WEEKDAYS[day.getUTCDay()]
      ? [{ cadence: "weekly", from: dateText(dayMs - 7 * DAY_MS), to }]
      : []),
    ...(settings.monthly && isMonthly
      ? [
          {
            cadence: "monthly",
            from: dateText(Date.UTC(year, month - 1, 1)),
            to: dateText(Date.UTC(year, month, 0)),
          },
        ]
      : []),
  ];
}
