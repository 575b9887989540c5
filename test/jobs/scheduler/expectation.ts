// What schedules must have produced, from what happened to them: no SQL, no next run, nothing of src/sla. For
// each schedule it knows until when runs were dealt with, and looks through every day of the calendar.
import type { ScheduleSettings } from "../../../src/model/schedule.ts";
import { DAY_MS, dateText, eightOClocks } from "../../sla/eightOClock.ts";

type Due = { atMs: number; cadence: string; from: string; to: string };
/** The machine's clock, and one that is never set. */
type Clocks = { wallMs: number; evenMs: number };
/** A jump that is not believed: what wall minus even was before, is since, and from when on the even clock. */
type Hold = { beforeMs: number; sinceMs: number; offsetMs: number };
type Made = { text: string; createdMs: number; endMs: number };
type Expected = {
  settings: ScheduleSettings;
  isDeleted: boolean;
  /** Runs up to here were produced, or are not owed. */
  dealtWithMs: number;
  changedMs: number;
  /** "cadence from" of all that was produced and not forgotten, and when it was over. */
  produced: Map<string, number>;
};

export type Expectation = ReturnType<typeof expectationOf>;

const MOST_MISSED = 31;
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Knows every run in `days` days from a midnight UTC. */
export function expectationOf(firstDayMs: number, days: number) {
  const schedules = new Map<string, Expected>();
  let made = 0;
  const reports = new Map<string, Made>();
  const instantsOf = new Map<string, Float64Array>();
  let lastLookMs = Infinity;
  let believedMs = 0;
  let hold: Hold | null = null;
  let wasHeld = false;

  /** What every look at the clocks does, by the rule: a day is too far, ten minutes are enough. */
  const read = ({ wallMs, evenMs }: Clocks) => {
    const offsetMs = wallMs - evenMs;
    if (hold === null) {
      if (Math.abs(offsetMs - believedMs) > DAY_MS)
        hold = { beforeMs: believedMs, sinceMs: evenMs, offsetMs };
    } else if (offsetMs !== hold.offsetMs) hold = { ...hold, sinceMs: evenMs, offsetMs };
    else if (evenMs - hold.sinceMs >= 600_000) {
      hold = null;
      believedMs = offsetMs;
    }
  };
  /** A process starts: what lies before is no jump, unless reports lie ahead or a jump was written down. */
  const start = ({ wallMs, evenMs }: Clocks, heldExpectedMs: number | null) => {
    const newestMs = Math.max(-Infinity, ...[...reports.values()].map(({ createdMs }) => createdMs));
    const expectedMs = heldExpectedMs ?? newestMs;
    const isFar = wallMs < expectedMs - DAY_MS || (heldExpectedMs !== null && wallMs > expectedMs + DAY_MS);
    believedMs = wallMs - evenMs;
    hold = isFar ? { beforeMs: expectedMs - evenMs, sinceMs: evenMs, offsetMs: believedMs } : null;
  };
  /** What edits go by. */
  const steady = ({ wallMs, evenMs }: Clocks) => (hold ? evenMs + hold.beforeMs : wallMs);

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

  const produce = (name: string, schedule: Expected, nowMs: number, wallMs: number) => {
    // Only a schedule whose last change the clock has passed knows what it had dealt with by then.
    const settledMs = schedule.changedMs <= nowMs ? schedule.changedMs : -Infinity;
    const reached = runsOf(schedule.settings, Math.max(schedule.dealtWithMs, settledMs), nowMs);
    for (const { cadence, from, to } of reached.slice(-MOST_MISSED)) {
      const period = `${cadence} ${from}`;
      if (schedule.produced.has(period)) continue;
      const endMs = endOf(schedule.settings.timezone, to);
      schedule.produced.set(period, endMs);
      const text = `${name} ${period} ${to} ${schedule.settings.timezone} ${schedule.settings.sla_target}`;
      reports.set(`${text} ${made++}`, { text, createdMs: wallMs, endMs });
    }
    schedule.dealtWithMs = Math.max(schedule.dealtWithMs, nowMs);
  };

  /** What is of the future is forgotten, and will be made again. */
  const settle = (nowMs: number) => {
    for (const [key, { endMs }] of reports) if (endMs > nowMs) reports.delete(key);
    for (const schedule of schedules.values()) {
      schedule.produced = new Map([...schedule.produced].filter(([, endMs]) => endMs <= nowMs));
      if (runsOf(schedule.settings, nowMs, schedule.dealtWithMs).length === 0) continue;
      const lastMs = Math.max(schedule.changedMs, ...schedule.produced.values());
      const isKnown = schedule.changedMs <= nowMs && schedule.produced.size > 0;
      schedule.dealtWithMs = isKnown ? Math.min(nowMs, lastMs) : nowMs;
    }
  };

  const existing = () => [...schedules].filter(([, { isDeleted }]) => !isDeleted);

  return {
    created: (name: string, settings: ScheduleSettings, nowMs: number) => {
      schedules.set(name, {
        settings,
        isDeleted: false,
        dealtWithMs: nowMs,
        changedMs: nowMs,
        produced: new Map(),
      });
    },
    changed: (name: string, settings: ScheduleSettings, clocks: Clocks) => {
      const schedule = schedules.get(name) as Expected;
      read(clocks);
      const nowMs = steady(clocks);
      produce(name, schedule, nowMs, clocks.wallMs);
      Object.assign(schedule, { settings, dealtWithMs: nowMs, changedMs: nowMs });
    },
    deleted: (name: string, clocks: Clocks) => {
      const schedule = schedules.get(name) as Expected;
      read(clocks);
      produce(name, schedule, steady(clocks), clocks.wallMs);
      schedule.isDeleted = true;
    },
    /** The scheduler looked; for the first time since it started, if so. */
    looked: (clocks: Clocks, first?: { heldExpectedMs: number | null }) => {
      const nowMs = clocks.wallMs;
      if (first) start(clocks, first.heldExpectedMs);
      read(clocks);
      const clockWentBack = first || nowMs < lastLookMs - 1000;
      lastLookMs = nowMs;
      if (!hold && (clockWentBack || wasHeld)) settle(nowMs);
      wasHeld = hold !== null;
      if (hold) return;
      for (const [name, schedule] of existing()) produce(name, schedule, nowMs, nowMs);
    },
    reportDeleted: (report: string) => {
      const key = [...reports].find(([, { text }]) => text === report)?.[0];
      if (key !== undefined) reports.delete(key);
    },
    names: () => existing().map(([name]) => name),
    settings: (name: string) => (schedules.get(name) as Expected).settings,
    /** "schedule cadence from to zone target" of each report that must be there. */
    reports: () => [...reports.values()].map(({ text }) => text).sort(),
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

/** When a day is over in a zone. */
function endOf(zone: string, date: string): number {
  return Temporal.PlainDate.from(date).add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
}
