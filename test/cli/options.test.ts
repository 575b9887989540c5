// What the command line refuses is told by the names of its flags.
import { expect, test } from "bun:test";
import { inFlags } from "../../src/cli/options.ts";
import { checkRunRange } from "../../src/model/runRules.ts";
import { SetupError } from "../../src/model/setupError.ts";

const NOON = Date.parse("2026-02-18T12:00:00Z");
const check = (from: string, to: string) => () =>
  inFlags({ from_date: "--from", to_date: "--to" }, () =>
    checkRunRange({ from_date: from, to_date: to }, "UTC", NOON),
  );

test.each([
  [
    "2026-13-01",
    "2026-01-31",
    "--from must be a calendar date that exists, as YYYY-MM-DD, but is '2026-13-01'.",
  ],
  ["2026-01-01", "2027-01-01", "--to (2027-01-01) must be before tomorrow, 2026-02-19 in UTC."],
  ["2026-01-02", "2026-01-01", "--from (2026-01-02) must be before --to (2026-01-01)."],
  ["2020-01-01", "2026-01-01", "--to (2026-01-01) makes the range 2193 days long; it may be at most 366."],
])("--from %s --to %s: %s", (from, to, message) => {
  expect(check(from, to)).toThrow(new SetupError(message));
});

test("what is right is what the check gives, and a fault of ours stays as it is", () => {
  expect(inFlags({}, () => 7)).toBe(7);
  const fault = new TypeError("'from_date' is undefined");
  expect(() =>
    inFlags({ from_date: "--from" }, () => {
      throw fault;
    }),
  ).toThrow(fault);
});
