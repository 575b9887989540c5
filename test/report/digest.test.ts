// The digest is over canonical JSON, whatever the keys are, and the same when the sites come in parts.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { canonical, digestAround, digestOf } from "../../src/report/digest.ts";
import { examples } from "../support/chance.ts";

/** Canonical JSON after RFC 8785, key by key. */
function plainly(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainly).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  const inner = names.map(
    (name) => `${JSON.stringify(name)}:${plainly((value as Record<string, unknown>)[name])}`,
  );
  return `{${inner.join(",")}}`;
}

const key = fc.oneof(
  fc.string(),
  fc.constantFrom("10", "9", "a\nb", "a", "b", "__proto__", "constructor", "Ä"),
);
const { tree } = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
  tree: fc.oneof(
    { depthSize: "small" },
    tie("leaf"),
    fc.array(tie("tree")),
    fc.array(fc.tuple(key, tie("tree"))).map((entries) => JSON.parse(JSON.stringify(fromEntries(entries)))),
  ),
}));

/** Also with a key that an assignment would take for the prototype. */
function fromEntries(entries: [string, unknown][]): object {
  const object = {};
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

test("canonical JSON has the keys of every object in the order of their code units", () => {
  fc.assert(
    fc.property(tree, (value) => {
      expect(canonical(value)).toBe(plainly(value));
    }),
    examples(200),
  );
});

test("the digest is the hash of the canonical JSON without the digest itself", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), tree), (document) => {
      const { digest: _, ...rest } = document;
      expect(digestOf({ ...document, digest: "x" })).toBe(
        new Bun.CryptoHasher("sha256").update(plainly(rest)).digest("hex"),
      );
    }),
    examples(50),
  );
});

test("sites in parts give the digest that they give in a list, between what is before and after them", () => {
  fc.assert(
    fc.property(fc.array(tree), (sites) => {
      const head = { zone: "UTC", settings: { b: 1, a: [2] }, groups: [], trend: null };
      const parts = sites.flatMap((site, index) => [...(index === 0 ? [] : [","]), canonical(site)]);
      expect(digestAround(head, parts)).toBe(digestOf({ ...head, sites }));
    }),
    examples(50),
  );
});
