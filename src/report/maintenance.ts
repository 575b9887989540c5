// Where in time the maintenance windows of a report lie, and which of them are for a site.
import { parseInstant } from "../model/instants.ts";
import { type Intervals, type Span, unionOf, unionOfSets } from "../sla/intervals.ts";
import { mostOccurrences, occurrencesOf, type Recurring } from "../sla/recurrence.ts";
import { foldedKey } from "../sla/selection.ts";
import type { SourceMaintenance, SourceSite } from "./source.ts";

type Times = Pick<SourceMaintenance, "starts_at" | "ends_at" | "rrule" | "timezone">;
type Whom = Pick<SourceSite, "id" | "tags">;

/** Windows that are for the same sites, whether they touch the period or not. Sites with the same ones share one object. */
export type AppliedWindows = { positions: readonly number[] };

/**
 * The occurrences of a maintenance window that share more than a bound with `window`, by start; they may overlap.
 * Throws RangeError on a time or a rule that cannot be read.
 */
export function spansOfMaintenance(one: Times, window: Span): Span[] {
  return occurrencesOf(recurringOf(one), window);
}

function recurringOf({ starts_at, ends_at, rrule, timezone }: Times): Recurring {
  return { first: { startMs: instant(starts_at), endMs: instant(ends_at) }, rrule, timezone };
}

function instant(text: string): number {
  const ms = parseInstant(text);
  if (ms === null) throw new RangeError(`'${text}' is not a time`);
  return ms;
}

/** The maintenance within a window. Nothing is expanded before it is asked for, and then each rule once. */
export function maintenanceIn(windows: readonly SourceMaintenance[], window: Span) {
  const timesOf = new Map<number, Intervals>();
  const timeAt = (position: number): Intervals => {
    const time =
      timesOf.get(position) ?? unionOf(spansOfMaintenance(windows[position] as SourceMaintenance, window));
    timesOf.set(position, time);
    return time;
  };
  return {
    appliedTo: appliedTo(windows),
    /** Of these windows, those that touch the period. */
    windowsOf: ({ positions }: AppliedWindows): SourceMaintenance[] =>
      positions
        .filter((position) => timeAt(position).length > 0)
        .map((position) => windows[position] as SourceMaintenance),
    timeOf: ({ positions }: AppliedWindows): Intervals => unionOfSets(positions.map(timeAt)),
    /** How many occurrences each window can have, by position: told by its rule alone. */
    mostOccurrences: () => windows.map((one) => mostOccurrences(recurringOf(one), window)),
  };
}

/** Tells which windows are for a site: by its id, by one of its tags, or because they are for all. */
function appliedTo(windows: readonly SourceMaintenance[]): (site: Whom) => AppliedWindows {
  const { forAll, bySite, byTag } = indexOf(windows);
  const known = new Map<string, AppliedWindows>();
  return ({ id, tags }) => {
    const own = new Set(bySite.get(id));
    if (byTag.size > 0) addByTags(own, tags, byTag);
    const positions = [...own].sort((a, b) => a - b);
    const name = positions.join();
    const applied = known.get(name) ?? { positions: [...forAll, ...positions].sort((a, b) => a - b) };
    known.set(name, applied);
    return applied;
  };
}

/** Each key is folded once, not once a value or a window: a site may have fifty of fifty values. */
function addByTags(own: Set<number>, tags: Whom["tags"], byTag: ReadonlyMap<string, number[]>): void {
  for (const [key, given] of Object.entries(tags)) {
    const start = tagKey(key, "");
    for (const value of typeof given === "string" ? [given] : given)
      for (const position of byTag.get(start + value) ?? []) own.add(position);
  }
}

const tagKey = (key: string, value: string) => `${foldedKey(key)}\n${value}`;

/** Positions of windows by whom they are for: to look at every window for every site would cost their product. */
function indexOf(windows: readonly SourceMaintenance[]) {
  const forAll: number[] = [];
  const bySite = new Map<string, number[]>();
  const byTag = new Map<string, number[]>();
  const add = (index: Map<string, number[]>, key: string, position: number) => {
    const positions = index.get(key);
    if (positions) positions.push(position);
    else index.set(key, [position]);
  };
  for (const [position, { site_ids, tags }] of windows.entries()) {
    if (site_ids) for (const id of site_ids) add(bySite, id, position);
    else if (tags) for (const { key, value } of tags) add(byTag, tagKey(key, value), position);
    else forAll.push(position);
  }
  return { forAll, bySite, byTag };
}
