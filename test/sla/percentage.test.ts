import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  allowedDowntimeMs,
  displayOfDouble,
  displayPercentage,
  isBreached,
  isMeanBreached,
  meanPercentage,
  targetUnits,
  uptimePercentage,
} from "../../src/sla/percentage.ts";

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

// Service time up to that of a hundred thousand sites in a leap year, downtime within it.
const lengths = fc
  .integer({ min: 1, max: 100_000 * 366 * DAY_MS })
  .chain((serviceMs) => fc.tuple(fc.constant(serviceMs), fc.integer({ min: 0, max: serviceMs })));
const units = fc.integer({ min: 7_500_000, max: 10_000_000 });

describe("a target", () => {
  test("has up to five decimals", () => {
    expect(targetUnits(99.95)).toBe(9_995_000);
    expect(targetUnits(99.99999)).toBe(9_999_999);
    expect(targetUnits(75)).toBe(7_500_000);
    expect(targetUnits(100)).toBe(10_000_000);
    expect(() => targetUnits(99.999999)).toThrow(RangeError);
  });

  test("lies within 75 and 100", () => {
    for (const target of [74.99999, 100.00001, -99, 0, Number.NaN, Infinity]) {
      expect(() => targetUnits(target)).toThrow(RangeError);
    }
  });

  test("is read exactly, whatever its five decimals are", () => {
    fc.assert(
      fc.property(units, (unit) => {
        const text = String(unit).padStart(8, "0");
        expect(targetUnits(Number(`${text.slice(0, 3)}.${text.slice(3)}`))).toBe(unit);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a breach", () => {
  test("is one millisecond more than the target allows; equal is met", () => {
    // 0.05 % of 30 days is 21 minutes 36 seconds.
    expect(isBreached(MONTH_MS, 1_296_000, 99.95)).toBe(false);
    expect(isBreached(MONTH_MS, 1_296_001, 99.95)).toBe(true);
  });

  test("of 100 % is any downtime", () => {
    expect(isBreached(MONTH_MS, 0, 100)).toBe(false);
    expect(isBreached(MONTH_MS, 1, 100)).toBe(true);
  });

  test("is undecided without service time, but a bad target is refused", () => {
    expect(isBreached(0, 0, 99.9)).toBeNull();
    expect(() => isBreached(0, 0, 70)).toThrow(RangeError);
  });

  test("is decided as with fractions, exactly", () => {
    fc.assert(
      fc.property(lengths, units, ([serviceMs, downtimeMs], unit) => {
        // Uptime < target, both multiplied by |S| · 10⁷.
        const isBelow = BigInt(serviceMs - downtimeMs) * 10_000_000n < BigInt(unit) * BigInt(serviceMs);
        expect(isBreached(serviceMs, downtimeMs, unit / 1e5)).toBe(isBelow);
      }),
      { numRuns: 1000 },
    );
  });

  test("begins right after the allowed downtime", () => {
    fc.assert(
      fc.property(lengths, units, ([serviceMs], unit) => {
        const target = unit / 1e5;
        const allowed = allowedDowntimeMs(serviceMs, target);
        expect(isBreached(serviceMs, allowed, target)).toBe(false);
        expect(isBreached(serviceMs, allowed + 1, target)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("uptime as a double", () => {
  test("is the plain percentage", () => {
    expect(uptimePercentage(1000, 71)).toBe(92.9);
    expect(uptimePercentage(MONTH_MS, MONTH_MS / 2)).toBe(50);
  });

  test("is 100 without downtime, 0 without uptime, null without service time", () => {
    expect(uptimePercentage(MONTH_MS, 0)).toBe(100);
    expect(uptimePercentage(MONTH_MS, MONTH_MS)).toBe(0);
    expect(uptimePercentage(0, 0)).toBeNull();
  });

  test("is below 100 for one millisecond in the time of a hundred thousand sites", () => {
    const uptime = uptimePercentage(Number.MAX_SAFE_INTEGER, 1) ?? 100;
    expect(uptime).toBeLessThan(100);
    expect(uptime).toBe(99.99999999999999);
  });

  test("is within a double's noise of the fraction, and 100 or 0 only if it is", () => {
    fc.assert(
      fc.property(lengths, ([serviceMs, downtimeMs]) => {
        const uptime = uptimePercentage(serviceMs, downtimeMs) ?? Number.NaN;
        const trillionths = (BigInt(serviceMs - downtimeMs) * 10n ** 14n) / BigInt(serviceMs);
        expect(Math.abs(uptime - Number(trillionths) / 1e12)).toBeLessThan(1e-11);
        expect(uptime === 100).toBe(downtimeMs === 0);
        expect(uptime === 0).toBe(downtimeMs === serviceMs);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("uptime in print", () => {
  test("has three decimals, rounded down", () => {
    expect(displayPercentage(100_000, 51)).toBe("99.949");
    expect(displayPercentage(100_000, 50)).toBe("99.950");
    expect(displayPercentage(3, 1)).toBe("66.666");
    expect(displayPercentage(1000, 999)).toBe("0.100");
    expect(displayPercentage(100_000, 99_999)).toBe("0.001");
  });

  test("is 100.000 only if not one millisecond is lost", () => {
    expect(displayPercentage(MONTH_MS, 0)).toBe("100.000");
    expect(displayPercentage(Number.MAX_SAFE_INTEGER, 1)).toBe("99.999");
    expect(displayPercentage(MONTH_MS, MONTH_MS)).toBe("0.000");
    expect(displayPercentage(0, 0)).toBeNull();
  });

  test("is the greatest thousandth that the fraction reaches", () => {
    fc.assert(
      fc.property(lengths, ([serviceMs, downtimeMs]) => {
        const text = displayPercentage(serviceMs, downtimeMs) ?? "";
        expect(text).toMatch(/^\d{1,3}\.\d{3}$/);
        const thousandths = BigInt(text.replace(".", ""));
        const [up, all] = [BigInt(serviceMs - downtimeMs) * 100_000n, BigInt(serviceMs)];
        expect(thousandths * all <= up && up < (thousandths + 1n) * all).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a mean in print", () => {
  test("is not pulled down by a double's noise", () => {
    expect(displayOfDouble(99.95)).toBe("99.950");
    expect(displayOfDouble((99.95 + 99.95 + 99.95) / 3)).toBe("99.950");
    expect(displayOfDouble((0.1 + 0.2) * 100)).toBe("30.000");
    expect(displayOfDouble(99.9499)).toBe("99.949");
    expect(displayOfDouble(0)).toBe("0.000");
  });

  test("is 100.000 only if it is 100", () => {
    expect(displayOfDouble(100)).toBe("100.000");
    expect(displayOfDouble(99.99999999999999)).toBe("99.999");
  });

  test("gives every number of three decimals back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (thousandths) => {
        expect(displayOfDouble(thousandths / 1000)).toBe((thousandths / 1000).toFixed(3));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a mean", () => {
  test("of none is null, of one is that", () => {
    expect(meanPercentage([])).toBeNull();
    expect(meanPercentage([99.123456])).toBe(99.123456);
  });

  test("counts each the same", () => {
    expect(meanPercentage([90, 100])).toBe(95);
    expect(meanPercentage([0, 0, 99])).toBe(33);
    expect(meanPercentage([0.5, 0.25])).toBe(0.375);
  });

  test("lies between its least and greatest, and is 100 only if all are", () => {
    const nearly = fc.constantFrom(100, 99.99999999999999, 99.95, 0);
    const uptimes = fc.array(fc.oneof(nearly, fc.double({ min: 0, max: 100, noNaN: true })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(uptimes, (percentages) => {
        const mean = meanPercentage(percentages) ?? Number.NaN;
        expect(mean).toBeGreaterThanOrEqual(Math.min(...percentages));
        expect(mean).toBeLessThanOrEqual(Math.max(...percentages));
        expect(mean === 100).toBe(percentages.every((percentage) => percentage === 100));
      }),
      { numRuns: 1000 },
    );
  });

  test("below the target is a breach, but not by noise alone", () => {
    expect(isMeanBreached(99.95, 99.95)).toBe(false);
    expect(isMeanBreached(99.94999999999999, 99.95)).toBe(false);
    expect(isMeanBreached(99.9499, 99.95)).toBe(true);
    expect(() => isMeanBreached(99, 50)).toThrow(RangeError);
  });
});

describe("the error budget", () => {
  test("is what the target leaves of the service time, in whole milliseconds", () => {
    expect(allowedDowntimeMs(MONTH_MS, 99.95)).toBe(1_296_000);
    expect(allowedDowntimeMs(MONTH_MS, 100)).toBe(0);
    expect(allowedDowntimeMs(1999, 99.9)).toBe(1);
    expect(allowedDowntimeMs(0, 99.9)).toBe(0);
  });
});

test("one millisecond too much at one site of a hundred breaches their mean, and shows", () => {
  const september = 30 * 86_400_000;
  const day = 36 * 3_600_000; // 5 % of the month: 0.05 % of a hundred sites' mean
  const uptimes = (lostMs: number) => [
    uptimePercentage(september, lostMs) as number,
    ...new Array<number>(99).fill(100),
  ];
  const met = meanPercentage(uptimes(day)) as number;
  const breached = meanPercentage(uptimes(day + 1)) as number;
  expect([isMeanBreached(met, 99.95), displayOfDouble(met)]).toEqual([false, "99.950"]);
  expect([isMeanBreached(breached, 99.95), displayOfDouble(breached)]).toEqual([true, "99.949"]);
});
