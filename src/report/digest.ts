// The digest of a document: one number of all that is in it, so that nothing in it can change unnoticed.

/**
 * SHA-256, in hexadecimal, over the canonical JSON (RFC 8785: keys in order, no white space) of a document
 * without its own `digest`.
 */
export function digestOf(document: object): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const { digest: _, ...rest } = document as { digest?: unknown };
  // By parts of the document, so that the text of a large one need not be there as a whole.
  let separator = "{";
  for (const [key, value] of sortedEntries(rest)) {
    hasher.update(`${separator}${JSON.stringify(key)}:`);
    separator = ",";
    if (!Array.isArray(value)) hasher.update(canonical(value));
    else {
      hasher.update("[");
      value.forEach((entry, index) => {
        hasher.update((index === 0 ? "" : ",") + canonical(entry));
      });
      hasher.update("]");
    }
  }
  return hasher.update(separator === "{" ? "{}" : "}").digest("hex");
}

function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

type Key = { name: string; written: string };

/** The keys of objects in order, by the keys as they stand: a document has few kinds of objects, and many of each. */
const sortedKeys = new Map<string, Key[]>();
const MOST_KINDS = 10_000;

function keysOf(value: object): Key[] {
  const names = Object.keys(value);
  const kind = names.join("\n");
  const known = sortedKeys.get(kind);
  // A key may hold the separator: the same text need not be the same keys.
  if (known?.length === names.length && known.every(({ name }) => Object.hasOwn(value, name))) return known;
  const keys = names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => ({ name, written: `${JSON.stringify(name)}:` }));
  if (sortedKeys.size < MOST_KINDS) sortedKeys.set(kind, keys);
  return keys;
}

function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const entry of value) text += (text === "" ? "" : ",") + canonical(entry);
    return `[${text}]`;
  }
  for (const { name, written } of keysOf(value)) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner !== undefined) text += (text === "" ? written : `,${written}`) + canonical(inner);
  }
  return `{${text}}`;
}
