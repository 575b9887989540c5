// Percentages, targets and breaches, from lengths in integer milliseconds. What decides or is printed is
// computed on integers; doubles are for JSON.

/** Targets have up to five decimals, so 100 % is 10⁷ units. */
const UNITS_PER_PERCENT = 1e5;
const ALL_UNITS = 10_000_000n;

/** The largest double below 100. */
const JUST_BELOW_100 = 100 - 2 ** -46;

/**
 * A mean carries the rounding of its members, about 1.4e-14 each; differences below this are noise. One
 * millisecond of one site in 30,000, over a year, is more than this.
 */
const MEAN_NOISE = 1e-13;

/**
 * A target in percent as an exact integer, target · 10⁵. Throws RangeError if it is not within 75 to 100 or
 * has more than five decimals.
 */
export function targetUnits(target: number): number {
  const units = Math.round(target * UNITS_PER_PERCENT);
  // Division rounds to the double nearest to the decimal, which is the one that its digits are read as.
  if (!(target >= 75 && target <= 100) || units / UNITS_PER_PERCENT !== target) {
    throw new RangeError(`a target must be within 75 and 100 with up to 5 decimals: ${target}`);
  }
  return units;
}

/** The downtime that a target leaves, in units of 10⁻⁷ of service time. */
function allowedUnits(target: number): bigint {
  return ALL_UNITS - BigInt(targetUnits(target));
}

/**
 * Whether uptime is below the target: |D| · 10⁷ > (10⁷ − target · 10⁵) · |S|, exactly; equal is met. Null
 * without service time. Lengths are integers in any one unit; throws RangeError on a fraction or a bad target.
 */
export function isBreached(serviceMs: number, downtimeMs: number, target: number): boolean | null {
  const allowed = allowedUnits(target);
  if (serviceMs === 0) return null;
  return BigInt(downtimeMs) * ALL_UNITS > allowed * BigInt(serviceMs);
}

/**
 * Uptime in percent as an unrounded double: 100 only if there is no downtime, 0 if there is nothing else, null
 * without service time.
 */
export function uptimePercentage(serviceMs: number, downtimeMs: number): number | null {
  if (serviceMs === 0) return null;
  if (downtimeMs === 0) return 100;
  return Math.min(((serviceMs - downtimeMs) * 100) / serviceMs, JUST_BELOW_100);
}

function thousandthsToText(thousandths: number): string {
  const digits = String(thousandths).padStart(4, "0");
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/**
 * Uptime in percent for print, with three decimals rounded down, so that "100.000" means not one millisecond
 * lost. Exact; null without service time. Throws RangeError on lengths that are not integers.
 */
export function displayPercentage(serviceMs: number, downtimeMs: number): string | null {
  if (serviceMs === 0) return null;
  return thousandthsToText(Number((BigInt(serviceMs - downtimeMs) * 100_000n) / BigInt(serviceMs)));
}

/**
 * A percentage that exists only as a double, such as a mean, with three decimals rounded down; what a double
 * misses of a decimal by noise is made good (99.95 is "99.950"), but "100.000" is for exactly 100.
 */
export function displayOfDouble(percentage: number): string {
  if (percentage === 100) return "100.000";
  return thousandthsToText(Math.min(Math.floor((percentage + MEAN_NOISE) * 1000), 99_999));
}

/** The error budget: the most downtime in whole milliseconds that still meets the target. */
export function allowedDowntimeMs(serviceMs: number, target: number): number {
  return Number((allowedUnits(target) * BigInt(serviceMs)) / ALL_UNITS);
}

/** Whether a mean of percentages is below the target by more than the noise of its sum. Throws RangeError on a bad target. */
export function isMeanBreached(mean: number, target: number): boolean {
  return mean < targetUnits(target) / UNITS_PER_PERCENT - MEAN_NOISE;
}

/** The mean of percentages, never outside of them, and 100 only if all are; null of none. */
export function meanPercentage(percentages: readonly number[]): number | null {
  if (percentages.length === 0) return null;
  let sum = 0;
  let lost = 0; // what the sum's rounding lost, after Neumaier: the error does not grow with the members
  let least = 100;
  let greatest = 0;
  for (const percentage of percentages) {
    const next = sum + percentage;
    lost += Math.abs(sum) >= percentage ? sum - next + percentage : percentage - next + sum;
    sum = next;
    least = Math.min(least, percentage);
    greatest = Math.max(greatest, percentage);
  }
  // The sum is rounded, so the quotient may come out a little beyond the values that went in.
  const mean = Math.max(least, Math.min((sum + lost) / percentages.length, greatest));
  return least < 100 ? Math.min(mean, JUST_BELOW_100) : mean;
}
