// Ids: KSUIDs as the `ksuid` package makes them, in order of creation whatever the clock does.
import { expect, test } from "bun:test";
import fc from "fast-check";
import KSUID from "ksuid";
import { encodeKsuid, ID_PREFIXES, type IdKind, idMaker, idPattern } from "../../src/model/ids.ts";

const NOON = Date.parse("2026-02-18T12:00:00Z");
const EPOCH_S = 1_400_000_000;
const fixed = (word: number) => (array: Uint32Array) => array.fill(word);
const aMaker = (random: (array: Uint32Array) => unknown = crypto.getRandomValues.bind(crypto)) => {
  const clock = { nowMs: NOON };
  return { clock, newId: idMaker(() => clock.nowMs, random) };
};
/** What the package reads out of an id: seconds since 1970, and 32 hexadecimal digits. */
const partsOf = (id: string) => {
  const parsed = KSUID.parse(id.slice(id.indexOf("_") + 1));
  return { seconds: parsed.timestamp + EPOCH_S, payload: parsed.payload.toString("hex") };
};

test("160 bits are written as the ksuid package writes them", () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 61, 62, 0xffffffff), fc.nat({ max: 0xffffffff }));
  fc.assert(
    fc.property(fc.tuple(word, word, word, word, word), (words) => {
      const bytes = Buffer.alloc(20);
      for (const [index, value] of words.entries()) bytes.writeUInt32BE(value, index * 4);
      expect(encodeKsuid(words)).toBe(new KSUID(bytes).string);
    }),
    { numRuns: 500 },
  );
});

test("an id holds the second it was made in and what chance gave", () => {
  const id = aMaker(fixed(0x12345678)).newId("site");
  expect(id).toStartWith("site_");
  expect(partsOf(id)).toEqual({ seconds: NOON / 1000, payload: "12345678".repeat(4) });
});

test("the first bit of what chance gives is left free to count up", () => {
  const { newId } = aMaker(fixed(0xffffffff));
  const first = newId("fault");
  expect(partsOf(first).payload).toBe(`7${"f".repeat(31)}`);
  expect(partsOf(newId("fault"))).toEqual({ seconds: NOON / 1000, payload: `8${"0".repeat(31)}` });
});

test("ids of one second count up by one", () => {
  const { newId } = aMaker();
  const numbers = Array.from({ length: 200 }, () => BigInt(`0x${partsOf(newId("fault")).payload}`));
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] as bigint) + BigInt(index)));
});

test("ids strictly increase within a second, over seconds, and when the clock steps back", () => {
  const steps = fc.array(
    fc.oneof(fc.constantFrom(0, 1, 999, 1000, -1000, -86_400_000), fc.integer({ min: -5000, max: 5000 })),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(steps, (changes) => {
      const { clock, newId } = aMaker();
      const ids = changes.flatMap((change) => {
        clock.nowMs = Math.max(EPOCH_S * 1000, clock.nowMs + change);
        return [newId("report"), newId("report")];
      });
      expect(ids).toEqual([...new Set(ids)].sort());
    }),
  );
});

test("two makers make different ids in the same second", () => {
  expect(aMaker().newId("report")).not.toBe(aMaker().newId("report"));
});

test("every kind of id has its prefix and 27 letters or digits, and is no id of another kind", () => {
  const { newId } = aMaker();
  const kinds = Object.keys(ID_PREFIXES) as IdKind[];
  for (const kind of kinds) {
    const id = newId(kind);
    expect(id).toMatch(/^[a-z]+_[0-9A-Za-z]{27}$/);
    expect(kinds.filter((other) => new RegExp(idPattern(other)).test(id))).toEqual([kind]);
  }
});
