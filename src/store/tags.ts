// Tags over all sites: which keys there are, with which values, at how many sites.
import { foldedKey, tagValues } from "../sla/selection.ts";
import type { Reading } from "./database/context.ts";
import { tagsOfAllSites } from "./sites.ts";

export type TagSummary = { key: string; sites: number; values: { value: string; sites: number }[] };

/** Tag keys (spelt as first seen; compared by `foldedKey`) with values and counts, sorted. */
export function summariseTags(context: Reading, workspace: string): TagSummary[] {
  const keys = new Map<string, { key: string; sites: number; values: Map<string, number> }>();
  for (const { tags } of tagsOfAllSites(context, workspace)) {
    const spellings = new Map(Object.keys(tags).map((key) => [foldedKey(key), key]));
    for (const [folded, key] of spellings) {
      const entry = keys.get(folded) ?? { key, sites: 0, values: new Map<string, number>() };
      keys.set(folded, entry);
      entry.sites++;
      for (const value of tagValues(tags, key)) entry.values.set(value, (entry.values.get(value) ?? 0) + 1);
    }
  }
  return [...keys.values()]
    .map(({ key, sites: count, values }) => ({
      key,
      sites: count,
      values: [...values]
        .map(([value, n]) => ({ value, sites: n }))
        .sort((a, b) => compare(a.value, b.value)),
    }))
    .sort((a, b) => compare(a.key, b.key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
