// Uptime of groups of sites that share a tag's value.
import { meanPercentage, uptimePercentage } from "./percentage.ts";
import { type Lengths, type RedundantMember, redundancyOf } from "./redundancy.ts";
import { type TagMap, tagValues } from "./selection.ts";

export type Aggregation = "avg" | "min" | "max" | "redundancy";

export type GroupingRule = { key: string; aggregation: Aggregation };

/** A site with its tags and figures; its times are looked at by redundancy alone. */
export type Member = RedundantMember & { siteId: string; tags: TagMap; lengths: Lengths };

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

/** Mean, least or greatest of the members' uptimes; members without service time do not take part. */
function aggregate(members: readonly Member[], aggregation: "avg" | "min" | "max"): Figures {
  const uptimes = members
    .map(({ lengths: { serviceMs, downtimeMs } }) => uptimePercentage(serviceMs, downtimeMs))
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

/** The figures of each group, in order. A group of one is that one. */
function figuresOf(groups: readonly (readonly Member[])[], { aggregation }: GroupingRule): Figures[] {
  if (aggregation !== "redundancy") return groups.map((members) => aggregate(members, aggregation));
  const several = redundancyOf(groups.map((members) => (members.length > 1 ? members : [])));
  return groups.map((members, index) => {
    const { serviceMs, downtimeMs } =
      members.length === 1 ? (members[0] as Member).lengths : (several[index] as Lengths);
    return { uptimePercentage: uptimePercentage(serviceMs, downtimeMs), serviceMs, downtimeMs };
  });
}

/** The values by which a site is in groups: null stands for none. */
export function groupValues(tags: TagMap, key: string): (string | null)[] {
  const values = tagValues(tags, key);
  return values.length === 0 ? [null] : values;
}

/**
 * The groups that a rule makes, sorted by value (by code unit), those without the tag last. A site with
 * several values is once in each of their groups. Sites keep the order given.
 */
export function groupsOf(members: readonly Member[], rule: GroupingRule): Group[] {
  const byValue = new Map<string | null, Member[]>();
  for (const member of members) {
    for (const value of groupValues(member.tags, rule.key)) {
      const group = byValue.get(value);
      if (group === undefined) byValue.set(value, [member]);
      else group.push(member);
    }
  }
  const values = [...byValue.keys()].filter((value) => value !== null).sort();
  const sorted = [...values, ...(byValue.has(null) ? [null] : [])];
  const groups = sorted.map((value) => byValue.get(value) as Member[]);
  const figures = figuresOf(groups, rule);
  return sorted.map((value, index) => ({
    value,
    siteIds: (groups[index] as Member[]).map((member) => member.siteId),
    ...(figures[index] as Figures),
  }));
}
