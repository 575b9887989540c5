// Recurrence rules (RFC 5545, RRULE): on which dates something comes back. Dates only: the times of day, and
// where they lie in time, are recurrence.ts'. The expansion is the library's, in floating UTC; the text
// is read here, because the library takes what is no rule, and walks to the year 9999 after a date that
// never comes.
import { type Options, RRule, Weekday } from "rrule";
import { addDays, dateAt, type LocalDate, parseDate } from "./calendar.ts";
import { DAY_MS } from "./lengths.ts";
import { offsetAt } from "./zone.ts";

/** The most occurrences that COUNT may ask for. */
export const MAX_COUNT = 5000;
const MAX_INTERVAL = 1000;

/** The last moment of a rule: a date, a time on the wall clock written as if it were UTC, or an instant. */
type Until = { kind: "date"; date: LocalDate } | { kind: "wall" | "instant"; ms: number };

export type RecurrenceRule = { options: Partial<Options>; count: number | null; until: Until | null };

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const FREQUENCIES: Record<string, number> = {
  DAILY: RRule.DAILY,
  WEEKLY: RRule.WEEKLY,
  MONTHLY: RRule.MONTHLY,
  YEARLY: RRule.YEARLY,
};
const LISTS: Record<string, { option: keyof Options; most: number; signed: boolean }> = {
  BYMONTH: { option: "bymonth", most: 12, signed: false },
  BYMONTHDAY: { option: "bymonthday", most: 31, signed: true },
  BYYEARDAY: { option: "byyearday", most: 366, signed: true },
  BYWEEKNO: { option: "byweekno", most: 53, signed: true },
  BYSETPOS: { option: "bysetpos", most: 366, signed: true },
};
/** Parts beyond FREQ, INTERVAL, COUNT, UNTIL and WKST. With others a rule could be without a date for centuries. */
const PARTS_OF: Record<string, readonly string[]> = {
  DAILY: ["BYDAY", "BYMONTH"],
  WEEKLY: ["BYDAY", "BYMONTH"],
  MONTHLY: ["BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"],
  YEARLY: ["BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"],
};
const GENERAL_PARTS = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"];

/** Reads a rule's text. Throws RangeError with a sentence of what is wrong. */
export function readRecurrenceRule(text: string): RecurrenceRule {
  const parts = partsOf(text);
  const [count, until] = [parts.get("COUNT"), parts.get("UNTIL")];
  if (count !== undefined && until !== undefined)
    throw new RangeError("it has COUNT and UNTIL, and may have one");
  return {
    options: byWeeks({ ...stepOf(parts), ...filtersOf(parts) }),
    count: count === undefined ? null : wholeNumber("COUNT", count, MAX_COUNT),
    until: until === undefined ? null : untilOf(until),
  };
}

/** Every day is every week with all its days (or those named): the library finds these in a third of the time. */
function byWeeks(options: Partial<Options>): Partial<Options> {
  if (options.freq !== RRule.DAILY || options.interval !== 1) return options;
  const byweekday = options.byweekday ?? WEEKDAYS.map((_, day) => new Weekday(day));
  return { ...options, freq: RRule.WEEKLY, byweekday };
}

/** How far it is from one period to the next, and that nothing is said that does not go with it. */
function stepOf(parts: ReadonlyMap<string, string>): Partial<Options> {
  const frequency = parts.get("FREQ") ?? "missing";
  const freq = FREQUENCIES[frequency];
  if (freq === undefined)
    throw new RangeError(`FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY, but is ${frequency.slice(0, 20)}`);
  for (const name of parts.keys()) {
    if (!GENERAL_PARTS.includes(name) && !PARTS_OF[frequency]?.includes(name))
      throw new RangeError(`${name.slice(0, 20)} cannot be used with FREQ=${frequency}`);
  }
  const interval = wholeNumber("INTERVAL", parts.get("INTERVAL") ?? "1", MAX_INTERVAL);
  const weekStart = parts.get("WKST");
  return { freq, interval, ...(weekStart && { wkst: weekdayOf("WKST", weekStart) }) };
}

/** Which days of a period it has. */
function filtersOf(parts: ReadonlyMap<string, string>): Partial<Options> {
  const filters: Partial<Options> = {};
  for (const [name, { option, most, signed }] of Object.entries(LISTS)) {
    const list = parts.get(name)?.split(",");
    if (list) Object.assign(filters, { [option]: list.map((entry) => listEntry(name, entry, most, signed)) });
  }
  const days = parts.get("BYDAY")?.split(",");
  const takesOrdinals = ["MONTHLY", "YEARLY"].includes(parts.get("FREQ") ?? "") && !parts.has("BYWEEKNO");
  if (days) filters.byweekday = days.map((day) => weekdayEntry(day, takesOrdinals));
  if (filters.bysetpos && Object.keys(filters).length === 1)
    throw new RangeError("BYSETPOS needs another BY… part to choose from");
  if (filters.byweekno && !days) throw new RangeError("BYWEEKNO needs BYDAY");
  return filters;
}

function partsOf(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().split(";")) {
    const [, name, value] = /^([A-Z]+)=(\S+)$/.exec(part) ?? [];
    if (name === undefined || value === undefined)
      throw new RangeError(
        `it must be NAME=VALUE parts with ';' between, such as FREQ=WEEKLY;BYDAY=SU, but has '${part.slice(0, 40)}'`,
      );
    if (parts.has(name)) throw new RangeError(`${name.slice(0, 20)} is there twice`);
    parts.set(name, value);
  }
  return parts;
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, but is ${text.slice(0, 20)}`);
}

function listEntry(name: string, text: string, most: number, signed: boolean): number {
  const value = /^[+-]?\d{1,3}$/.test(text) ? Number(text) : 0;
  if (Math.abs(value) >= 1 && Math.abs(value) <= most && (signed || value > 0)) return value;
  throw new RangeError(
    `${name} must hold numbers from 1 to ${most}${signed ? ` or -1 to -${most}` : ""}, but has ${text.slice(0, 20)}`,
  );
}

function weekdayOf(name: string, text: string): number {
  const day = WEEKDAYS.indexOf(text);
  if (day >= 0) return day;
  throw new RangeError(`${name} must be of ${WEEKDAYS.join(", ")}, but has ${text.slice(0, 20)}`);
}

function weekdayEntry(text: string, takesOrdinals: boolean): Weekday {
  const [, ordinal = "", day = ""] = /^([+-]?\d{0,2})(\D*)$/.exec(text) ?? ["", "", text];
  const weekday = weekdayOf("BYDAY", day);
  if (ordinal === "") return new Weekday(weekday);
  if (!takesOrdinals)
    throw new RangeError(`BYDAY with a number (${text}) needs FREQ=MONTHLY or YEARLY, without BYWEEKNO`);
  return new Weekday(weekday, listEntry("BYDAY", ordinal, 53, true));
}

function untilOf(text: string): Until {
  const [, year, month, day, hour, minute, second, zulu] =
    /^(\d{4})(\d{2})(\d{2})(?:T([01]\d|2[0-3])([0-5]\d)([0-5]\d)(Z?))?$/.exec(text) ?? [];
  const date = parseDate(`${year}-${month}-${day}`);
  if (date === null)
    throw new RangeError(
      `UNTIL must be a date as 20261231 or a time as 20261231T235959Z, but is ${text.slice(0, 20)}`,
    );
  if (hour === undefined) return { kind: "date", date };
  return { kind: zulu === "Z" ? "instant" : "wall", ms: Date.parse(`${date}T${hour}:${minute}:${second}Z`) };
}

const FILTERS: readonly (keyof Options)[] = [
  ...Object.values(LISTS).map(({ option }) => option),
  "byweekday",
];

/** No fewer than the dates that the rule can have in so many days, and that are looked at to find them. */
export function mostDatesIn({ options, count }: RecurrenceRule, days: number): number {
  if (count !== null) return count; // those before are walked over
  const interval = options.interval ?? 1;
  const isFiltered = FILTERS.some((option) => options[option] !== undefined);
  const [periodDays, datesAPeriod] = {
    [RRule.DAILY]: [1, 1],
    [RRule.WEEKLY]: [7, (options.byweekday as Weekday[] | undefined)?.length ?? 1],
    [RRule.MONTHLY]: [28, isFiltered ? 31 : 1],
    [RRule.YEARLY]: [365, isFiltered ? 366 : 1],
  }[options.freq as number] as [number, number];
  return Math.ceil((Math.ceil(days / (periodDays * interval)) + 1) * datesAPeriod);
}

const midnight = (date: LocalDate) => new Date(`${date}T00:00:00Z`);
const dateOf = (date: Date): LocalDate => date.toISOString().slice(0, 10);

/** Whether the rule's own pattern has this date, if it is also where the rule begins. */
export function beginsOn({ options }: RecurrenceRule, first: LocalDate): boolean {
  // With so long a step there is only one period to look at, whatever the rule.
  const rule = new RRule({ ...options, interval: 10_000_000, dtstart: midnight(first) }, true);
  let begins = false;
  rule.all((date) => {
    begins = dateOf(date) === first;
    return false;
  });
  return begins;
}

/**
 * The rule's dates from `from` to `to`, both included, in order, as their midnights in UTC, when it begins on `first`;
 * UNTIL is left to the caller. `first` must be one of the rule's dates (`beginsOn`): then another one is never far, and
 * the cost is that of the dates between `from` and `to` (with COUNT, of those since `first`).
 */
export function datesOf(rule: RecurrenceRule, first: LocalDate, from: LocalDate, to: LocalDate): number[] {
  const begin =
    rule.count === null && from > first ? movedTo(rule.options, first, from) : { dtstart: midnight(first) };
  const recurring = new RRule({ ...rule.options, ...begin, count: rule.count }, true);
  const [firstMs, fromMs, toMs] = [first, from, to].map((date) => midnight(date).getTime()) as [
    number,
    number,
    number,
  ];
  const dates: number[] = [];
  recurring.all((found) => {
    const ms = found.getTime();
    if (ms >= fromMs && ms >= firstMs && ms <= toMs) dates.push(ms);
    return ms < toMs;
  });
  return dates;
}

/** Whether UNTIL allows an occurrence that starts at this instant in the zone. */
export function allowsStart({ until }: RecurrenceRule, zone: string, startMs: number): boolean {
  if (until === null) return true;
  if (until.kind === "date") return dateAt(zone, startMs) <= until.date;
  return (until.kind === "wall" ? startMs + offsetAt(zone, startMs) : startMs) <= until.ms;
}

const CENTURY_DAYS = 36_525;

/** No date of the rule comes after this one; null when it goes on for a hundred years or for ever. */
export function lastDateOf(rule: RecurrenceRule, first: LocalDate): LocalDate | null {
  if (rule.until !== null) {
    return rule.until.kind === "date" ? rule.until.date : addDays(dateOf(new Date(rule.until.ms)), 1);
  }
  if (rule.count === null) return null;
  const dates = datesOf(rule, first, first, addDays(first, CENTURY_DAYS));
  const last = dates.at(-1);
  return dates.length === rule.count && last !== undefined ? dateOf(new Date(last)) : null;
}

/** The options of the same rule, begun a whole number of its steps later and not after `from`. */
function movedTo(options: Partial<Options>, first: LocalDate, from: LocalDate): Partial<Options> {
  const [start, goal] = [midnight(first), midnight(from)];
  const interval = options.interval ?? 1;
  const stepsOf = (units: number) => Math.max(0, Math.floor(units / interval) - 1) * interval;
  const months =
    (goal.getUTCFullYear() - start.getUTCFullYear()) * 12 + goal.getUTCMonth() - start.getUTCMonth();
  switch (options.freq) {
    case RRule.DAILY:
    case RRule.WEEKLY: {
      const unit = options.freq === RRule.DAILY ? DAY_MS : 7 * DAY_MS;
      return {
        dtstart: new Date(start.getTime() + stepsOf((goal.getTime() - start.getTime()) / unit) * unit),
      };
    }
    case RRule.MONTHLY:
      return {
        ...dayOfStart(options, start),
        dtstart: new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + stepsOf(months), 1)),
      };
    default:
      return {
        ...dayOfStart(options, start),
        dtstart: new Date(Date.UTC(start.getUTCFullYear() + stepsOf(months / 12), 0, 1)),
      };
  }
}

/** What a rule that names no day takes from its start, written out. */
function dayOfStart(options: Partial<Options>, start: Date): Partial<Options> {
  if (options.byweekday ?? options.bymonthday ?? options.byyearday ?? options.byweekno) return {};
  const bymonth =
    options.freq === RRule.YEARLY && !options.bymonth ? { bymonth: [start.getUTCMonth() + 1] } : {};
  return { ...bymonth, bymonthday: [start.getUTCDate()] };
}
