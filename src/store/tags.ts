// Tags over all sites: which keys there are, with which values, at how many sites.
import type { Tags } from "../model/site.ts";
import { foldedKey, type Rule } from "../sla/selection.ts";
import type { Reading } from "./database/context.ts";

export type TagSummary = {
  key: string;
  sites: number;
  /** How many values there are; `values` may list fewer. */
  valueCount: number;
  values: { value: string; sites: number }[];
};

/** Tags can be as many as sites: of keys and values so many are listed that an answer stays a few MB. */
export const MOST_KEYS = 1000;
export const MOST_VALUES = 10_000;
const STEPS_OF_VALUES = [MOST_VALUES, 1000, 300, 100, 30, MOST_VALUES / MOST_KEYS];

/**
 * Tag keys (spelt as first seen; compared by `foldedKey`) with values and counts, sorted. Where there are too
 * many, those at most sites are listed; `keyCount` and `valueCount` say how many there are.
 */
export function summariseTags(context: Reading, workspace: string): { keyCount: number; tags: TagSummary[] } {
  const all = tagsByKey(context, workspace);
  const kept = all.sort(commonFirst).slice(0, MOST_KEYS);
  const valuesWith = (most: number) =>
    kept.reduce((sum, { values }) => sum + Math.min(most, values.length), 0);
  const most = STEPS_OF_VALUES.find((step) => valuesWith(step) <= MOST_VALUES) as number;
  const tags = kept.map(({ key, sites, values }) => ({
    key,
    sites,
    valueCount: values.length,
    values: values
      .sort(commonFirst)
      .slice(0, most)
      .sort((a, b) => compare(a.value, b.value)),
  }));
  return { keyCount: all.length, tags: tags.sort((a, b) => compare(a.key, b.key)) };
}

/** How many sites a workspace has and how much their tags take; of the first `most` sites, when that is given. */
export function weightOfTags(
  { db }: Reading,
  workspace: string,
  most = -1,
): { sites: number; bytes: number } {
  return db
    .query<{ sites: number; bytes: number }, [string, number]>(
      `SELECT count(*) AS sites, coalesce(sum(octet_length(tags)), 0) AS bytes
       FROM (SELECT tags FROM sites WHERE workspace = ? LIMIT ?)`,
    )
    .get(workspace, most) as { sites: number; bytes: number };
}

function tagsByKey(context: Reading, workspace: string): Omit<TagSummary, "valueCount">[] {
  const keys = new Map<string, { key: string; sites: number; values: Map<string, number> }>();
  for (const tags of tagsOneByOne(context, workspace)) {
    for (const [folded, { key, values }] of valuesByKey(tags)) {
      const entry = keys.get(folded) ?? { key, sites: 0, values: new Map<string, number>() };
      keys.set(folded, entry);
      entry.sites++;
      for (const value of values) entry.values.set(value, (entry.values.get(value) ?? 0) + 1);
    }
  }
  return [...keys.values()].map(({ key, sites: count, values }) => ({
    key,
    sites: count,
    values: [...values].map(([value, n]) => ({ value, sites: n })),
  }));
}

/** The distinct values of each key of a site, by what the key is compared by, spelt as it is written last. */
function valuesByKey(tags: Tags): Map<string, { key: string; values: Iterable<string> }> {
  const byKey = new Map<string, { key: string; values: Iterable<string> }>();
  for (const [key, given] of Object.entries(tags)) {
    const folded = foldedKey(key);
    const own = typeof given === "string" ? [given] : new Set(given);
    const before = byKey.get(folded);
    byKey.set(folded, { key, values: before ? new Set([...before.values, ...own]) : own });
  }
  return byKey;
}

/** More looks at a text cost as much as reading it. */
const MOST_LOOKS = 2;

/**
 * What the stored tags of a site must contain for rules to hold: a look at the text tells most sites from those whose
 * tags are worth reading. Tags are stored as JSON.stringify writes them.
 */
export function mayMatch(rules: readonly Rule[], logic: "and" | "or"): { sql: string; params: string[] } {
  if (logic === "or" && rules.length > MOST_LOOKS) return { sql: "1", params: [] };
  const looked = rules.slice(0, MOST_LOOKS);
  const sql = looked.map(() => "instr(tags, ?) > 0").join(logic === "and" ? " AND " : " OR ");
  return { sql: `(${sql || "0"})`, params: looked.map(({ value }) => JSON.stringify(value)) };
}

/** The tags of every site, none longer in memory than needed. */
function* tagsOneByOne({ db }: Reading, workspace: string): Generator<Tags> {
  const rows = db.query<{ tags: string }, [string]>("SELECT tags FROM sites WHERE workspace = ?");
  for (const { tags } of rows.iterate(workspace)) yield JSON.parse(tags) as Tags;
}

function commonFirst(a: { sites: number }, b: { sites: number }): number {
  return b.sites - a.sites;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
