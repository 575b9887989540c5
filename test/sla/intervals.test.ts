import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  clip,
  type Intervals,
  intersect,
  measure,
  type Span,
  subtract,
  union,
  unionOf,
} from "../../src/sla/intervals.ts";
import { spansOf } from "./spans.ts";

const span = (startMs: number, endMs: number): Span => ({ startMs, endMs });

describe("the union of spans", () => {
  test("counts overlaps once", () => {
    expect(unionOf([span(0, 10), span(5, 15), span(6, 7)])).toEqual([0, 15]);
  });

  test("joins spans that touch, and keeps those a millisecond apart", () => {
    expect(unionOf([span(0, 10), span(10, 20), span(21, 30)])).toEqual([0, 20, 21, 30]);
  });

  test("takes spans in any order and more than once", () => {
    expect(unionOf([span(20, 30), span(0, 5), span(20, 30)])).toEqual([0, 5, 20, 30]);
  });

  test("leaves out what is empty or negative", () => {
    expect(unionOf([span(5, 5), span(9, 3)])).toEqual([]);
    expect(unionOf([])).toEqual([]);
  });

  test("reads from any iterable", () => {
    expect(unionOf(new Set([span(0, 1)]))).toEqual([0, 1]);
  });
});

test("clipping keeps the part inside, and nothing of what only touches", () => {
  expect(clip([0, 10, 20, 30], 5, 20)).toEqual([5, 10]);
  expect(clip([0, 10], 10, 20)).toEqual([]);
  expect(clip([0, 10], 7, 3)).toEqual([]);
});

test("one hole cuts an interval in two, and one over several bounds takes them all", () => {
  expect(subtract([0, 10], [3, 5])).toEqual([0, 3, 5, 10]);
  expect(subtract([0, 10, 20, 30, 40, 50], [5, 45])).toEqual([0, 5, 45, 50]);
});

test("spans tell the same bounds as objects", () => {
  expect(spansOf([0, 10, 20, 30])).toEqual([span(0, 10), span(20, 30)]);
});

// Looked at pair by pair, these would take hours: that they end at all is the test.
test("a million spans unite and intersect in one sweep", () => {
  const spans = Array.from({ length: 1_000_000 }, (_, i) => span(i * 10, i * 10 + (i % 13)));
  const set = unionOf(spans);
  expect(measure(intersect(set, union(set, [5, 25])))).toBe(measure(set));
});

test("a hundred thousand intervals less a hundred thousand holes take one sweep", () => {
  const a = Array.from({ length: 200_000 }, (_, i) => i * 10);
  const holes = a.map((ms) => ms + 5);
  expect(measure(subtract(a, holes))).toBe(500_000);
});

// The oracle: a set as one boolean for each of a few dozen instants.
describe("on a line of booleans", () => {
  const LENGTH = 40;
  const anySpan = fc.tuple(fc.integer({ min: 0, max: LENGTH }), fc.integer({ min: 0, max: LENGTH }));
  const anySpans = fc.array(
    anySpan.map(([start, end]) => span(start, end)),
    { maxLength: 12 },
  );
  const lineOf = (spans: readonly Span[]) =>
    Array.from({ length: LENGTH }, (_, i) => spans.some(({ startMs, endMs }) => startMs <= i && i < endMs));
  const setOf = (line: readonly boolean[]): Intervals => {
    const bounds: number[] = [];
    for (let i = 0; i <= LENGTH; i++) if ((line[i] ?? false) !== (line[i - 1] ?? false)) bounds.push(i);
    return bounds;
  };

  test("a union of spans is what any span covers", () => {
    fc.assert(fc.property(anySpans, (spans) => expect(unionOf(spans)).toEqual(setOf(lineOf(spans)))));
  });

  test("union, intersection and difference are or, and, and not", () => {
    fc.assert(
      fc.property(anySpans, anySpans, (spansA, spansB) => {
        const [a, b] = [lineOf(spansA), lineOf(spansB)];
        expect(union(setOf(a), setOf(b))).toEqual(setOf(a.map((on, i) => on || b[i] === true)));
        expect(intersect(setOf(a), setOf(b))).toEqual(setOf(a.map((on, i) => on && b[i] === true)));
        expect(subtract(setOf(a), setOf(b))).toEqual(setOf(a.map((on, i) => on && b[i] === false)));
      }),
      { numRuns: 1000 },
    );
  });

  test("clipping is intersecting with one span, whichever way its ends lie", () => {
    fc.assert(
      fc.property(anySpans, anySpan, (spans, [from, to]) => {
        const a = setOf(lineOf(spans));
        expect(clip(a, from, to)).toEqual(intersect(a, unionOf([span(from, to)])));
      }),
    );
  });

  test("the measure is the number of instants, and what is cut off and what is left add up", () => {
    fc.assert(
      fc.property(anySpans, anySpans, (spansA, spansB) => {
        const [a, b] = [setOf(lineOf(spansA)), setOf(lineOf(spansB))];
        expect(measure(a)).toBe(lineOf(spansA).filter(Boolean).length);
        expect(measure(subtract(a, b)) + measure(intersect(a, b))).toBe(measure(a));
      }),
    );
  });

  test("a set united from its own spans is itself", () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const a = unionOf(spans);
        expect(unionOf(spansOf(a).reverse())).toEqual(a);
      }),
    );
  });
});
