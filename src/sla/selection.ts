// Which sites a set of tag rules selects, and when two keys of tags are the same.

export type Rule = { key: string; value: string };

export type TagMap = Record<string, string | string[]>;

/**
 * What keys of tags are compared by, wherever they are: the same for "Étage" and "étage", and for an É that is
 * written as one character or as a letter with an accent after it.
 */
export function foldedKey(key: string): string {
  return key.normalize("NFC").toLowerCase();
}

/** The distinct values of a tag, in order. Keys are compared by `foldedKey`, so several may join. */
export function tagValues(tags: TagMap, key: string): string[] {
  const wanted = foldedKey(key);
  const values = new Set<string>();
  for (const [name, value] of Object.entries(tags)) {
    if (foldedKey(name) !== wanted) continue;
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
  const folded = Object.entries(tags).map(([name, value]) => [foldedKey(name), value] as const);
  const holds = ({ key, value }: Rule) => {
    const wanted = foldedKey(key);
    return folded.some(
      ([name, own]) => name === wanted && (typeof own === "string" ? own === value : own.includes(value)),
    );
  };
  return logic === "and" ? rules.every(holds) : rules.some(holds);
}
