// Sets of instants as people read them: the arithmetic holds them as a list of bounds.
import type { Intervals, Span } from "../../src/sla/intervals.ts";

/** The set as a list of spans. */
export function spansOf(a: Intervals): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i < a.length; i += 2) spans.push({ startMs: a[i] as number, endMs: a[i + 1] as number });
  return spans;
}
