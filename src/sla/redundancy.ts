// When groups of sites are down together. What sites have the same service time is put together first, so that a
// group costs by the outages of its members, and by service times only where these differ within it.
import {
  clip,
  type Intervals,
  intersect,
  lengthBetween,
  measure,
  measuredSet,
  subtract,
  union,
  unionOfSets,
} from "./intervals.ts";
import type { ServiceTime } from "./uptime.ts";

/**
 * A site in a group that is down only while every member is. Sites with the same service time share one object.
 * Of `down` counts what lies in service and is not exempt, from `fromMs` on.
 */
export type RedundantMember = {
  readonly time: ServiceTime;
  /** From when the site was watched; -Infinity: always. */
  fromMs: number;
  down: Intervals;
};

export type Lengths = { serviceMs: number; downtimeMs: number };

/** Members of a group with one service time: since when any is watched, and when all that are watched have outages. */
type Part = { time: ServiceTime; fromMs: number; down: Intervals };

/** The lengths of each group, in order. One set of service time after the other is measured, and then forgotten. */
export function redundancyOf(groups: readonly (readonly RedundantMember[])[]): Lengths[] {
  const lengths: Lengths[] = groups.map(() => ({ serviceMs: 0, downtimeMs: 0 }));
  const simple = new Map<ServiceTime, { group: number; part: Part }[]>();
  for (const [group, members] of groups.entries()) {
    const parts = partsOf(members);
    const [first] = parts;
    if (first === undefined) continue;
    if (parts.length > 1) lengths[group] = lengthsOfParts(parts);
    else {
      const same = simple.get(first.time);
      if (same) same.push({ group, part: first });
      else simple.set(first.time, [{ group, part: first }]);
    }
  }
  for (const [time, same] of simple) {
    const service = measuredSet(time.service);
    const counting = time.exempt.length === 0 ? service : measuredSet(subtract(time.service, time.exempt));
    for (const { group, part } of same) {
      const { fromMs, down } = part;
      let downtimeMs = 0;
      for (let i = 0; i < down.length; i += 2)
        downtimeMs += lengthBetween(counting, Math.max(down[i] as number, fromMs), down[i + 1] as number);
      lengths[group] = { serviceMs: lengthBetween(service, fromMs, Infinity), downtimeMs };
    }
  }
  return lengths;
}

function partsOf(members: readonly RedundantMember[]): Part[] {
  const alike = Map.groupBy(members, ({ time }) => time);
  return alike
    .entries()
    .map(([time, some]) => ({
      time,
      fromMs: some.reduce((least, { fromMs }) => Math.min(least, fromMs), Infinity),
      down: allDown(some),
    }))
    .toArray();
}

/** When all members have an outage or are not watched yet; by halves, and no further than until nothing is left. */
function allDown(members: readonly RedundantMember[]): Intervals {
  if (members.length === 1) {
    const { fromMs, down } = members[0] as RedundantMember;
    return fromMs === -Infinity ? down : union([-Infinity, fromMs], down);
  }
  const middle = members.length >> 1;
  const left = allDown(members.slice(0, middle));
  return left.length === 0 ? left : intersect(left, allDown(members.slice(middle)));
}

/** A group is in service while a part is, and up while a part is: D = ⋃ Sᵢ − ⋃ (Sᵢ − Dᵢ), of which the latter lies in the former. */
function lengthsOfParts(parts: readonly Part[]): Lengths {
  const services = parts.map(({ time, fromMs }) =>
    fromMs === -Infinity ? time.service : clip(time.service, fromMs, Infinity),
  );
  const ups = parts.map(({ time, down }, index) =>
    subtract(services[index] as Intervals, subtract(down, time.exempt)),
  );
  const serviceMs = measure(unionOfSets(services));
  return { serviceMs, downtimeMs: serviceMs - measure(unionOfSets(ups)) };
}
