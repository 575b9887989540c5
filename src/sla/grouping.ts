// Uptime of groups of sites that share a tag's value.
import { type Intervals, intersect, measure, subtract, union } from "./intervals.ts";
import { meanPercentage, uptimePercentage } from "./percentage.ts";
import { type TagMap, tagValues } from "./selection.ts";

export type Aggregation = "avg" | "min" | "max" | "redundancy";

export type GroupingRule = { key: string; aggregation: Aggregation };

/**
 * A site with its service time and the part of it that is downtime. Only redundancy looks at these, each once and one
 * after the other, so they may be made as they are asked for; the others need their lengths alone.
 */
export type Member = {
  siteId: string;
  tags: TagMap;
  readonly service: Intervals;
  readonly down: Intervals;
  /** The lengths of both, where they are known already. */
  lengths?: { serviceMs: number; downtimeMs: number };
};

export type Group = {
  /** The tag's value; null for the sites that do not have the tag. */
  value: string | null;
  siteIds: string[];
  uptimePercentage: number | null;
  /** Lengths exist only for redundancy, where the group itself is up or down. */
  serviceMs: number | null;
  downtimeMs: number | null;
};

type Figures = Pick<Group, "uptimePercentage" | "serviceMs" | "downtimeMs">;

/** Union of service times by halves: as quick for a thousand members as for two, and few sets are held at a time. */
function unionOfServices(members: readonly Member[]): Intervals {
  if (members.length <= 1) return members[0]?.service ?? [];
  const middle = members.length >> 1;
  const [left, right] = [unionOfServices(members.slice(0, middle)), unionOfServices(members.slice(middle))];
  return left === right ? left : union(left, right);
}

/**
 * The group is in service while a member is, and up while a member in service is up: S = ⋃ Sᵢ and
 * D = S − ⋃ (Sᵢ − Dᵢ), from which each member takes what it leaves neither out of service nor down.
 */
function redundancyOf(members: readonly Member[]): Figures {
  const service = unionOfServices(members);
  let left = service;
  for (const member of members) {
    if (left.length === 0) break;
    left = union(subtract(left, member.service), intersect(left, member.down));
  }
  const [serviceMs, downtimeMs] = [measure(service), measure(left)];
  return { uptimePercentage: uptimePercentage(serviceMs, downtimeMs), serviceMs, downtimeMs };
}

function lengthsOf({ service, down }: Member): { serviceMs: number; downtimeMs: number } {
  return { serviceMs: measure(service), downtimeMs: measure(down) };
}

/** Mean, least or greatest of the members' uptimes; members without service time do not take part. */
function aggregate(members: readonly Member[], aggregation: "avg" | "min" | "max"): Figures {
  const uptimes = members
    .map((member) => member.lengths ?? lengthsOf(member))
    .map(({ serviceMs, downtimeMs }) => uptimePercentage(serviceMs, downtimeMs))
    .filter((uptime) => uptime !== null);
  const pick = (better: (a: number, b: number) => number) =>
    uptimes.length === 0 ? null : uptimes.reduce(better);
  const result = {
    avg: () => meanPercentage(uptimes),
    min: () => pick((a, b) => Math.min(a, b)),
    max: () => pick((a, b) => Math.max(a, b)),
  }[aggregation]();
  return { uptimePercentage: result, serviceMs: null, downtimeMs: null };
}

/**
 * The groups that a rule makes, sorted by value (by code unit), those without the tag last. A site with
 * several values is once in each of their groups. Sites keep the order given.
 */
export function groupsOf(members: readonly Member[], rule: GroupingRule): Group[] {
  const byValue = new Map<string | null, Member[]>();
  for (const member of members) {
    const values = tagValues(member.tags, rule.key);
    for (const value of values.length === 0 ? [null] : values) {
      const group = byValue.get(value);
      if (group === undefined) byValue.set(value, [member]);
      else group.push(member);
    }
  }
  const values = [...byValue.keys()].filter((value) => value !== null).sort();
  return [...values, ...(byValue.has(null) ? [null] : [])].map((value) => {
    const group = byValue.get(value) ?? [];
    const figures =
      rule.aggregation === "redundancy" ? redundancyOf(group) : aggregate(group, rule.aggregation);
    return { value, siteIds: group.map((member) => member.siteId), ...figures };
  });
}
