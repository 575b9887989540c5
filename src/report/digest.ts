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

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${sortedEntries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
    .join(",")}}`;
}
