// Which sites a set of tag rules selects.

export type Rule = { key: string; value: string };

export type TagMap = Record<string, string | string[]>;

/** The distinct values of a tag, in order. The key is compared without regard to case, so several may join. */
export function tagValues(tags: TagMap, key: string): string[] {
  const wanted = key.toLowerCase();
  const values = new Set<string>();
  for (const [name, value] of Object.entries(tags)) {
    if (name.toLowerCase() !== wanted) continue;
    for (const one of typeof value === "string" ? [value] : value) values.add(one);
  }
  return [...values];
}

/**
 * Whether a site with these tags matches all of the rules ("and") or one of them ("or"). A rule matches when
 * the tag has exactly its value. No rules match nothing: an empty selection must not mean every site.
 */
export function matches(tags: TagMap, rules: readonly Rule[], logic: "and" | "or"): boolean {
  if (rules.length === 0) return false;
  const holds = (rule: Rule) => tagValues(tags, rule.key).includes(rule.value);
  return logic === "and" ? rules.every(holds) : rules.some(holds);
}
