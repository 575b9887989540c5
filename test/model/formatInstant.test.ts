// Instants are written as the runtime writes them.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatInstant } from "../../src/model/formats.ts";
import { examples } from "../support/chance.ts";

test("any instant is written as toISOString writes it, also before 1970, after 9999 and between milliseconds", () => {
  const bound = 8_640_000_000_000_000;
  const instants = fc.oneof(
    fc.integer({ min: -bound, max: bound }),
    fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
    fc.constantFrom(
      0,
      -1,
      999,
      86_399_999,
      86_400_000,
      Date.UTC(10_000, 0, 1),
      Date.UTC(10_000, 0, 1) - 1,
      -0.5,
    ),
    fc.double({ min: 0, max: Date.UTC(2100, 0, 1), noNaN: true }),
  );
  fc.assert(
    fc.property(instants, (ms) => {
      expect(formatInstant(ms)).toBe(new Date(ms).toISOString());
    }),
    examples(500),
  );
});
