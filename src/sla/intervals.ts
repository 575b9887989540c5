// Sets of time as flat arrays of bounds, and the arithmetic of sets on them. Every operation is one sweep.

/**
 * A set of instants as [start0, end0, start1, end1, …] in integer milliseconds: half open, sorted, disjoint,
 * never touching, never empty. Flat, because reports hold millions of bounds and objects would cost more
 * than the arithmetic.
 */
export type Intervals = readonly number[];

/** One stretch of time, half open: from startMs up to but without endMs. */
export type Span = { startMs: number; endMs: number };

/** Adds [startMs, endMs) to bounds that lie before or reach into it; starts must come in order. */
function append(bounds: number[], startMs: number, endMs: number): void {
  if (!(endMs > startMs)) return;
  const last = bounds.length - 1;
  if (last >= 0 && startMs <= (bounds[last] as number)) {
    if (endMs > (bounds[last] as number)) bounds[last] = endMs;
  } else bounds.push(startMs, endMs);
}

/** The union of spans in any order: overlaps count once, touching ones join, empty and negative ones vanish. */
export function unionOf(spans: Iterable<Span>): Intervals {
  const sorted = [...spans].filter((span) => span.endMs > span.startMs).sort((a, b) => a.startMs - b.startMs);
  const bounds: number[] = [];
  for (const span of sorted) append(bounds, span.startMs, span.endMs);
  return bounds;
}

/** The length of the whole set in milliseconds. */
export function measure(a: Intervals): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 2) sum += (a[i + 1] as number) - (a[i] as number);
  return sum;
}

/** The part of the set that lies in [fromMs, toMs). */
export function clip(a: Intervals, fromMs: number, toMs: number): Intervals {
  const bounds: number[] = [];
  for (let i = 0; i < a.length; i += 2) {
    append(bounds, Math.max(a[i] as number, fromMs), Math.min(a[i + 1] as number, toMs));
  }
  return bounds;
}

/** What lies in a, in b, or in both. */
export function union(a: Intervals, b: Intervals): Intervals {
  const bounds: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (j >= b.length || (i < a.length && (a[i] as number) <= (b[j] as number))) {
      append(bounds, a[i] as number, a[i + 1] as number);
      i += 2;
    } else {
      append(bounds, b[j] as number, b[j + 1] as number);
      j += 2;
    }
  }
  return bounds;
}

/** What lies in any of the sets, by halves: as quick for a thousand as for two. */
export function unionOfSets(sets: readonly Intervals[]): Intervals {
  if (sets.length <= 1) return sets[0] ?? [];
  const middle = sets.length >> 1;
  return union(unionOfSets(sets.slice(0, middle)), unionOfSets(sets.slice(middle)));
}

/**
 * The position of the first interval from position `from` on that ends after `ms`; the length when there is none.
 * Steps double and then halve: what is near is found at once, what is far costs its logarithm.
 */
function endingAfter(a: Intervals, from: number, ms: number): number {
  if (from >= a.length || (a[from + 1] as number) > ms) return from;
  let low = from; // the interval there ends by ms
  let step = 2;
  while (low + step < a.length && (a[low + step + 1] as number) <= ms) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, a.length);
  while (high - low > 2) {
    const middle = low + (((high - low) >> 2) << 1);
    if ((a[middle + 1] as number) <= ms) low = middle;
    else high = middle;
  }
  return high;
}

/** What lies in both a and b. Costs little when one of them is small, however large the other is. */
export function intersect(a: Intervals, b: Intervals): Intervals {
  const bounds: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const aEnd = a[i + 1] as number;
    const bEnd = b[j + 1] as number;
    append(bounds, Math.max(a[i] as number, b[j] as number), Math.min(aEnd, bEnd));
    if (aEnd <= bEnd) i = endingAfter(a, i + 2, b[j] as number);
    else j = endingAfter(b, j + 2, a[i] as number);
  }
  return bounds;
}

/** What lies in a but not in b. */
export function subtract(a: Intervals, b: Intervals): Intervals {
  if (b.length === 0) return a;
  const bounds: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let startMs = a[i] as number;
    const endMs = a[i + 1] as number;
    j = endingAfter(b, j, startMs);
    // A hole may reach past this interval into the next, so the walk over holes starts again at j.
    for (let hole = j; hole < b.length && (b[hole] as number) < endMs; hole += 2) {
      append(bounds, startMs, b[hole] as number);
      startMs = Math.max(startMs, b[hole + 1] as number);
    }
    append(bounds, startMs, endMs);
  }
  return bounds;
}

/** A set with how much of it lies before each of its intervals, so that a length in it needs no walk over it. */
export type MeasuredSet = { bounds: Float64Array; beforeMs: Float64Array; wholeMs: number };

/** Measures a set once, for many questions. */
export function measuredSet(a: Intervals): MeasuredSet {
  const beforeMs = new Float64Array(a.length / 2);
  let wholeMs = 0;
  for (let i = 0; i < a.length; i += 2) {
    beforeMs[i / 2] = wholeMs;
    wholeMs += (a[i + 1] as number) - (a[i] as number);
  }
  return { bounds: Float64Array.from(a), beforeMs, wholeMs };
}

/** How much of the set lies in [startMs, endMs), in milliseconds; 0 when that is empty. */
export function lengthBetween(set: MeasuredSet, startMs: number, endMs: number): number {
  return endMs > startMs ? lengthBefore(set, endMs) - lengthBefore(set, startMs) : 0;
}

function lengthBefore({ bounds, beforeMs, wholeMs }: MeasuredSet, ms: number): number {
  let low = 0;
  let high = beforeMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[2 * middle + 1] as number) > ms) high = middle;
    else low = middle + 1;
  }
  if (low === beforeMs.length) return wholeMs;
  return (beforeMs[low] as number) + Math.max(0, ms - (bounds[2 * low] as number));
}
