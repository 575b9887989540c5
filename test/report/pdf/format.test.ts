import { describe, expect, test } from "bun:test";
import {
  formatCount,
  formatCountOf,
  formatDateRange,
  formatDuration,
  formatMeanDuration,
  formatTarget,
  msOf,
} from "../../../src/report/format.ts";

describe("a duration", () => {
  test("names the units that are not zero", () => {
    expect(formatDuration(0)).toBe("0s");
    expect(formatDuration(59_000)).toBe("59s");
    expect(formatDuration(60_000)).toBe("1m");
    expect(formatDuration(3_600_000)).toBe("1h");
    expect(formatDuration(86_400_000 + 3_600_000 * 4 + 3_000)).toBe("1d 4h 3s");
    expect(formatDuration(366 * 86_400_000)).toBe("366d");
  });

  test("is exact to the millisecond", () => {
    expect(formatDuration(1)).toBe("0.001s");
    expect(formatDuration(62_500)).toBe("1m 2.5s");
    expect(formatDuration(86_399_999)).toBe("23h 59m 59.999s");
  });

  test("has a minus sign when negative", () => {
    expect(formatDuration(-62_000)).toBe("−1m 2s");
  });

  test("that is a mean is rounded to seconds, below one second to milliseconds", () => {
    expect(formatMeanDuration(61_499.6)).toBe("1m 1s");
    expect(formatMeanDuration(333.34)).toBe("0.333s");
  });

  test("in seconds of a document is whole milliseconds", () => {
    expect(msOf(0.1 + 0.2)).toBe(300);
  });
});

test("counts have commas and nouns their number", () => {
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect(formatCountOf(1, "site")).toBe("1 site");
  expect(formatCountOf(0, "site")).toBe("0 sites");
});

test("targets keep their decimals", () => {
  expect([99, 99.95, 99.99999, 100].map(formatTarget)).toEqual(["99%", "99.95%", "99.99999%", "100%"]);
});

test("a range of dates names month and year once where it can", () => {
  expect(formatDateRange("2026-02-01", "2026-02-28")).toBe("1–28 February 2026");
  expect(formatDateRange("2026-01-28", "2026-02-03")).toBe("28 January – 3 February 2026");
  expect(formatDateRange("2025-12-28", "2026-01-03")).toBe("28 December 2025 – 3 January 2026");
  expect(formatDateRange("2026-02-01", "2026-02-01")).toBe("1 February 2026");
});
