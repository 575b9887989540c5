// The digest of a document: one number of all that is in it, so that nothing in it can change unnoticed.

/**
 * SHA-256, in hexadecimal, over the canonical JSON (RFC 8785: keys in order, no white space) of a document
 * without its own `digest`.
 */
export function digestOf(document: object): string {
  const { digest: _, ...rest } = document as { digest?: unknown };
  return digestOfParts(sortedEntries(rest).map(([key, value]) => [key, partsOf(value)]));
}

/** The digest of a document whose sites are not in memory: their canonical JSON comes in parts, with its commas. */
export function digestAround(head: object, sites: Iterable<string | Uint8Array>): string {
  const entries = sortedEntries({ ...head, sites: null });
  return digestOfParts(
    entries.map(([key, value]) => [key, key === "sites" ? bracketed(sites) : partsOf(value)]),
  );
}

type Parts = Iterable<string | Uint8Array>;

function digestOfParts(entries: readonly [key: string, parts: Parts][]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  let separator = "{";
  for (const [key, parts] of entries) {
    hasher.update(`${separator}${JSON.stringify(key)}:`);
    separator = ",";
    for (const part of parts) hasher.update(part);
  }
  return hasher.update(separator === "{" ? "{}" : "}").digest("hex");
}

/** A value as text; a list entry by entry, so that the text of a large one need not be there as a whole. */
function partsOf(value: unknown): Parts {
  return Array.isArray(value) ? bracketed(canonicalEntries(value)) : [canonical(value)];
}

function* canonicalEntries(list: readonly unknown[]): Generator<string> {
  for (const [index, entry] of list.entries()) yield (index === 0 ? "" : ",") + canonical(entry);
}

function* bracketed(parts: Parts): Generator<string | Uint8Array> {
  yield "[";
  yield* parts;
  yield "]";
}

function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The keys of a kind of object as they stand, and in order; null when an object cannot have them so. */
type Kind = { names: readonly string[]; keys: readonly string[] | null };

/** Kinds by their number of keys: a document has few, and many objects of each. */
const kinds = new Map<number, Kind[]>();
const MOST_KINDS = 32;

/** Objects list such keys before all others, or take them for their prototype. */
const UNRULY_KEY = /^(?:\d+|__proto__)$/;

function keysOf(value: object): readonly string[] | null {
  const names = Object.keys(value);
  const alike = kinds.get(names.length) ?? [];
  const known = alike.find((kind) => areSame(kind.names, names));
  if (known !== undefined) return known.keys;
  const isUnruly = names.some((name) => UNRULY_KEY.test(name));
  const keys = isUnruly ? null : names.toSorted((a, b) => (a < b ? -1 : 1));
  if (alike.length < MOST_KINDS) kinds.set(names.length, [...alike, { names, keys }]);
  return keys;
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Canonical JSON (RFC 8785) of plain data. */
export function canonical(value: unknown): string {
  const ordered = inOrder(value);
  // What is in order already is written at once, which is several times as quick as key by key.
  return ordered === UNRULY ? written(value) : (JSON.stringify(ordered) as string);
}

const UNRULY = Symbol("unruly");

/** A copy with the keys of all objects in order; UNRULY when there can be none. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      const inner = inOrder(value[index]);
      if (inner === UNRULY) return UNRULY;
      copy[index] = inner;
    }
    return copy;
  }
  const keys = keysOf(value);
  if (keys === null) return UNRULY;
  const copy: Record<string, unknown> = {};
  for (const key of keys) {
    const inner = inOrder((value as Record<string, unknown>)[key]);
    if (inner === UNRULY) return UNRULY;
    copy[key] = inner;
  }
  return copy;
}

/** The same, key by key. */
function written(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  const entries = sortedEntries(value).map(([key, inner]) => `${JSON.stringify(key)}:${written(inner)}`);
  return `{${entries.join(",")}}`;
}
