// Uptime once more, slowly: time is walked step by step, and of every step it is asked whether the
// site was in service and whether it was down. Local time comes from Intl, so nothing but types is
// shared with src/sla. Exact as long as every instant of a question lies on its grid of steps.
import type { HoursRule } from "../../src/sla/businessHours.ts";
import type { Span } from "../../src/sla/intervals.ts";
import type { FaultSpan } from "../../src/sla/uptime.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
type Weekday = (typeof WEEKDAYS)[number];

/** What calendar and clock on the wall of a zone show. */
export type Wall = { date: string; weekday: Weekday; minute: number; second: number };

const formatters = new Map<string, Intl.DateTimeFormat>();
const walls = new Map<string, Wall>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    weekday: "long",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formatters.set(zone, made);
  return made;
}

export function wallAt(zone: string, ms: number): Wall {
  const key = `${zone} ${ms}`;
  const known = walls.get(key);
  if (known) return known;
  const part = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const wall = {
    date: `${part["year"]}-${part["month"]}-${part["day"]}`,
    weekday: part["weekday"]?.toLowerCase() as Weekday,
    minute: Number(part["hour"]) * 60 + Number(part["minute"]),
    second: Number(part["second"]),
  };
  walls.set(key, wall);
  return wall;
}

export function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - DAY).toISOString().slice(0, 10);
}

const minuteOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const isPastMidnight = (hours: { start: string; end: string }) =>
  minuteOf(hours.end) <= minuteOf(hours.start);

/** Does the sign on the door, read beside the clock on the wall, say "open"? */
export function isOpenAt(rule: HoursRule, ms: number): boolean {
  const { date, weekday, minute } = wallAt(rule.timezone, ms);
  if (rule.holidays.some((holiday) => (typeof holiday === "string" ? holiday : holiday.date) === date))
    return false;
  const yesterday = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + 6) % 7] as Weekday;
  const sinceToday = (rule.days[weekday] ?? []).some(
    (hours) => minute >= minuteOf(hours.start) && (isPastMidnight(hours) || minute < minuteOf(hours.end)),
  );
  const sinceYesterday = (rule.days[yesterday] ?? []).some(
    (hours) => isPastMidnight(hours) && minute < minuteOf(hours.end),
  );
  return sinceToday || sinceYesterday;
}

/** The first instant of the grid at which the wall shows that date and minute, or is already past it. */
export function firstInstantAt(zone: string, date: string, minute: number, stepMs: number): number {
  let ms = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE - 16 * HOUR;
  for (; ; ms += stepMs) {
    const wall = wallAt(zone, ms);
    if (wall.date > date || (wall.date === date && wall.minute >= minute)) return ms;
  }
}

export type Question = {
  stepMs: number;
  /** Where the walk begins and ends: around the window and the start of every fault. */
  fromMs: number;
  toMs: number;
  inWindow: (ms: number) => boolean;
  isOpen: (ms: number) => boolean;
  maintenance: readonly Span[];
  maintenanceCountsAs: "excluded" | "up";
  monitoredSinceMs: number | null;
  faults: readonly FaultSpan[];
};

/** What holds from `atMs` for one step. `blamed` is the fault that a step of downtime is put down to. */
export type Step = {
  atMs: number;
  inWindow: boolean;
  service: boolean;
  exempt: boolean;
  faulty: boolean;
  down: boolean;
  blamed: number | null;
};

const covers = (span: FaultSpan, ms: number) =>
  span.startMs <= ms && (span.endMs === null || ms < span.endMs);

function blame(faults: readonly FaultSpan[], ms: number): number | null {
  let first: number | null = null;
  faults.forEach((fault, index) => {
    if (!covers(fault, ms)) return;
    if (first === null || fault.startMs < (faults[first] as FaultSpan).startMs) first = index;
  });
  return first;
}

/** All steps up to the end of the window. */
export function walk(question: Question): Step[] {
  const steps: Step[] = [];
  let stepsToWindowEnd = 0;
  for (let atMs = question.fromMs; atMs < question.toMs; atMs += question.stepMs) {
    const inWindow = question.inWindow(atMs);
    const inMaintenance = question.maintenance.some((span) => covers(span, atMs));
    const isWatched = question.monitoredSinceMs === null || atMs >= question.monitoredSinceMs;
    const isExcluded = inMaintenance && question.maintenanceCountsAs === "excluded";
    const service = inWindow && question.isOpen(atMs) && isWatched && !isExcluded;
    const exempt = service && inMaintenance;
    const blamed = blame(question.faults, atMs);
    const faulty = blamed !== null;
    steps.push({ atMs, inWindow, service, exempt, faulty, down: service && !exempt && faulty, blamed });
    if (inWindow) stepsToWindowEnd = steps.length;
  }
  return steps.slice(0, stepsToWindowEnd);
}

export type Incident = {
  startMs: number;
  endMs: number;
  open: boolean;
  insideMs: number;
  outsideMs: number;
  faultIndexes: number[];
};

/** Runs of steps with a fault; whatever lies within the window. */
export function outagesOn(steps: readonly Step[], { stepMs, faults }: Question): Incident[] {
  const runs: Step[][] = [];
  steps.forEach((step, index) => {
    if (!step.faulty) return;
    if (steps[index - 1]?.faulty) runs.at(-1)?.push(step);
    else runs.push([step]);
  });
  return runs
    .filter((run) => run.some((step) => step.inWindow))
    .map((run) => {
      const startMs = (run[0] as Step).atMs;
      const endMs = (run.at(-1) as Step).atMs + stepMs;
      const windowEndMs = (steps.at(-1) as Step).atMs + stepMs;
      const faultIndexes = faults.flatMap((fault, index) =>
        fault.startMs < windowEndMs && fault.startMs <= endMs && (fault.endMs ?? endMs) >= startMs
          ? [index]
          : [],
      );
      const open = faultIndexes.some((index) => faults[index]?.endMs === null);
      const insideMs = run.filter((step) => step.down).length * stepMs;
      const outsideMs = run.filter((step) => step.inWindow && !step.down).length * stepMs;
      return { startMs, endMs, open, insideMs, outsideMs, faultIndexes };
    });
}

export type Answer = {
  serviceMs: number;
  exemptMs: number;
  downtimeMs: number;
  incidents: Incident[];
  longestMs: number;
  mttrMs: number | null;
  mtbfMs: number | null;
};

export function answerTo(question: Question, steps: readonly Step[] = walk(question)): Answer {
  const lengthOf = (holds: (step: Step) => boolean) => steps.filter(holds).length * question.stepMs;
  const serviceMs = lengthOf((step) => step.service);
  const downtimeMs = lengthOf((step) => step.down);
  const incidents = outagesOn(steps, question).filter((outage) => outage.insideMs > 0);
  return {
    serviceMs,
    exemptMs: lengthOf((step) => step.exempt),
    downtimeMs,
    incidents,
    longestMs: Math.max(0, ...incidents.map((incident) => incident.insideMs)),
    mttrMs:
      incidents.length === 0
        ? null
        : incidents.reduce((sum, { insideMs }) => sum + insideMs, 0) / incidents.length,
    mtbfMs: incidents.length === 0 ? null : (serviceMs - downtimeMs) / incidents.length,
  };
}

/** Lengths of the steps that hold, added up by a name each step is given. */
export function tally<K>(
  steps: readonly Step[],
  stepMs: number,
  nameOf: (step: Step) => K | null,
): Map<K, number> {
  const sums = new Map<K, number>();
  for (const step of steps) {
    const name = nameOf(step);
    if (name !== null) sums.set(name, (sums.get(name) ?? 0) + stepMs);
  }
  return sums;
}

/** A redundant group: in service while anyone is, down only while everyone in service is down. */
export function redundancyOf(members: readonly (readonly Step[])[], stepMs: number) {
  const stepsAt = new Map<number, Step[]>();
  for (const step of members.flat()) stepsAt.set(step.atMs, [...(stepsAt.get(step.atMs) ?? []), step]);
  let serviceMs = 0;
  let downtimeMs = 0;
  for (const together of stepsAt.values()) {
    const serving = together.filter((step) => step.service);
    if (serving.length === 0) continue;
    serviceMs += stepMs;
    if (serving.every((step) => step.down)) downtimeMs += stepMs;
  }
  return { serviceMs, downtimeMs };
}
