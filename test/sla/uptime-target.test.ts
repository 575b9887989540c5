// The target to the millisecond, and percentages that never round a loss away.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  allowedDowntimeMs,
  displayOfDouble,
  displayPercentage,
  isBreached,
  isMeanBreached,
  targetUnits,
  uptimePercentage,
} from "../../src/sla/percentage.ts";
import { DAY } from "./oracle.ts";

const THIRTY_DAYS = 2_592_000_000;
const LEAP_YEAR = 31_622_400_000;

describe("breach", () => {
  test("99.95 of thirty days allows 21 min 36 s: exactly so is met, a millisecond more is a breach", () => {
    expect(allowedDowntimeMs(THIRTY_DAYS, 99.95)).toBe(1_296_000);
    expect(isBreached(THIRTY_DAYS, 1_296_000, 99.95)).toBe(false);
    expect(isBreached(THIRTY_DAYS, 1_296_001, 99.95)).toBe(true);
  });

  test("99.99999 of a leap year allows 3.16224 s, of which only whole milliseconds can be used", () => {
    expect(allowedDowntimeMs(LEAP_YEAR, 99.99999)).toBe(3162);
    expect(isBreached(LEAP_YEAR, 3162, 99.99999)).toBe(false);
    expect(isBreached(LEAP_YEAR, 3163, 99.99999)).toBe(true);
  });

  test("100 allows nothing", () => {
    expect(isBreached(THIRTY_DAYS, 0, 100)).toBe(false);
    expect(isBreached(THIRTY_DAYS, 1, 100)).toBe(true);
    expect(allowedDowntimeMs(THIRTY_DAYS, 100)).toBe(0);
  });

  test("75 allows a quarter", () => {
    expect(isBreached(4, 1, 75)).toBe(false);
    expect(isBreached(4, 2, 75)).toBe(true);
    expect(allowedDowntimeMs(7, 75)).toBe(1);
  });

  test("all sites of a large report together are compared as exactly as one", () => {
    const service = 10_000 * LEAP_YEAR;
    const allowed = 158_112_000_000; // 0.05 % of 316,224,000,000,000
    expect(allowedDowntimeMs(service, 99.95)).toBe(allowed);
    expect(isBreached(service, allowed, 99.95)).toBe(false);
    expect(isBreached(service, allowed + 1, 99.95)).toBe(true);
  });

  test("is to have used more than what is allowed", () => {
    const aService = fc.integer({ min: 1, max: 400 * DAY });
    const aTarget = fc.integer({ min: 75_00000, max: 100_00000 }).map((units) => units / 1e5);
    fc.assert(
      fc.property(aService, aTarget, (service, target) => {
        const allowed = allowedDowntimeMs(service, target);
        expect(isBreached(service, allowed, target)).toBe(false);
        expect(isBreached(service, allowed + 1, target)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("of a mean does not come from the noise of doubles", () => {
    expect(isMeanBreached((99.9 + 100) / 2, 99.95)).toBe(false);
    expect(isMeanBreached((99.94 + 99.95 + 99.96) / 3, 99.95)).toBe(false);
    expect(isMeanBreached(99.95 - 3e-14, 99.95)).toBe(false);
    expect(isMeanBreached(99.94999, 99.95)).toBe(true);
    expect(isMeanBreached(99.95001, 99.95)).toBe(false);
    expect(isMeanBreached(99.99999, 100)).toBe(true);
  });
});

describe("the target as an integer", () => {
  test("is exact for every target of up to five decimals", () => {
    fc.assert(
      fc.property(fc.integer({ min: 75_00000, max: 100_00000 }), (units) => {
        expect(
          targetUnits(Number(`${Math.floor(units / 1e5)}.${String(units % 1e5).padStart(5, "0")}`)),
        ).toBe(units);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([74.99999, 100.00001, 0, -99, 99.123456, 99.9500001, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is no target",
    (target) => {
      expect(() => targetUnits(target)).toThrow(RangeError);
    },
  );
});

describe("percentages", () => {
  test("a millisecond lost is never shown as 100, however long the service time", () => {
    for (const service of [1000, THIRTY_DAYS, LEAP_YEAR, 10_000 * LEAP_YEAR, Number.MAX_SAFE_INTEGER]) {
      expect(uptimePercentage(service, 1)).toBeLessThan(100);
      expect(isBreached(service, 1, 100)).toBe(true);
      expect(displayPercentage(service, 1)).toBe(service === 1000 ? "99.900" : "99.999");
    }
  });

  test("a millisecond lost is below 100 even where doubles cannot hold the product", () => {
    for (let n = 0; n < 128; n += 1)
      expect(uptimePercentage(Number.MAX_SAFE_INTEGER - n, 1)).toBeLessThan(100);
  });

  test("nothing lost is 100, everything lost is 0, one millisecond up is more than 0", () => {
    expect(uptimePercentage(LEAP_YEAR, 0)).toBe(100);
    expect(displayPercentage(LEAP_YEAR, 0)).toBe("100.000");
    expect(uptimePercentage(LEAP_YEAR, LEAP_YEAR)).toBe(0);
    expect(displayPercentage(LEAP_YEAR, LEAP_YEAR)).toBe("0.000");
    expect(uptimePercentage(LEAP_YEAR, LEAP_YEAR - 1)).toBeGreaterThan(0);
    expect(displayPercentage(LEAP_YEAR, LEAP_YEAR - 1)).toBe("0.000");
  });

  test("are unrounded in numbers, and rounded down in print", () => {
    expect(uptimePercentage(82_800_000, 3_600_000)).toBeCloseTo(95.652_173_913_043_48, 12);
    expect(displayPercentage(THIRTY_DAYS, 1_296_000)).toBe("99.950");
    expect(displayPercentage(THIRTY_DAYS, 1_296_001)).toBe("99.949");
    expect(displayPercentage(3, 1)).toBe("66.666");
    expect(displayPercentage(100_000, 99_993)).toBe("0.007");
  });

  test("in print are exact to the last of large numbers", () => {
    const service = Number.MAX_SAFE_INTEGER; // 9007199254740991; 0.001 % of it is 90071992547.40991
    expect(displayPercentage(service, 90_071_992_547)).toBe("99.999");
    expect(displayPercentage(service, 90_071_992_548)).toBe("99.998");
  });

  test("of a mean are rounded down too, without the noise of doubles", () => {
    expect(displayOfDouble(100)).toBe("100.000");
    expect(displayOfDouble(0)).toBe("0.000");
    expect(displayOfDouble(99.95)).toBe("99.950");
    expect(displayOfDouble((99.9 + 100) / 2)).toBe("99.950");
    expect(displayOfDouble(99.9499)).toBe("99.949");
    expect(displayOfDouble(99.9999999)).toBe("99.999");
    expect(displayOfDouble(100 - 2 ** -46)).toBe("99.999");
    for (let thousandths = 0; thousandths <= 100_000; thousandths += 7) {
      expect(displayOfDouble(thousandths / 1000)).toBe((thousandths / 1000).toFixed(3));
    }
  });
});
