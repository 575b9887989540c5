// How often something may be done: buckets that fill up again, in memory.

/** So many keys are remembered; then the one that was quiet for longest is forgotten. */
export const MOST_KEYS = 10_000;
/** One, less what adding up many small costs can go astray. */
const ONE = 1 - 1e-9;

export type Allowance = {
  perMinute: number;
  /** So many may come at once. */
  burst: number;
  /** Epoch milliseconds. */
  now: () => number;
};

/**
 * The allowances of keys. `take` gives 0, or the seconds after which there is one again. Whoever has one left gets
 * what is asked for, however dear: what it costs beyond leaves a debt, which time pays first. `charge` takes what
 * turns out later.
 */
export function allowanceOf({ perMinute, burst, now }: Allowance) {
  const perMs = perMinute / 60_000;
  const known = new Map<string, { left: number; atMs: number }>();
  const leftOf = (key: string, nowMs: number) => {
    const { left, atMs } = known.get(key) ?? { left: burst, atMs: nowMs };
    return Math.min(burst, left + Math.max(0, nowMs - atMs) * perMs);
  };
  const keep = (key: string, left: number, nowMs: number) => {
    known.delete(key); // whoever called last stands last
    known.set(key, { left, atMs: nowMs });
    if (known.size > MOST_KEYS) known.delete(known.keys().next().value as string);
  };
  return {
    take: (key: string, cost = 1): number => {
      const nowMs = now();
      const there = leftOf(key, nowMs);
      const isEnough = there >= ONE;
      keep(key, isEnough ? there - cost : there, nowMs);
      return isEnough ? 0 : Math.ceil((ONE - there) / perMs / 1000);
    },
    charge: (key: string, cost: number): void => {
      const nowMs = now();
      if (cost > 0) keep(key, leftOf(key, nowMs) - cost, nowMs);
    },
  };
}
