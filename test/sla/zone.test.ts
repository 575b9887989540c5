import { expect, test } from "bun:test";
import {
  firstInstantShowing,
  isZone,
  offsetAt,
  type Transition,
  TZDATA_VERSION,
  transitions,
} from "../../src/sla/zone.ts";
import { isLong } from "../support/chance.ts";

const HOUR_MS = 3_600_000;
const at = (iso: string) => Date.parse(iso);

// The oracle is the runtime's own zone data, which is older than ours: it is asked only about the time
// before the rule changes of autumn 2026 that it does not know.
const FROM = at("1970-01-01T00:00:00Z");
const TO = at("2026-06-30T00:00:00Z");
const RUNTIME_ZONES = Intl.supportedValuesOf("timeZone");

// Corrections of the past that release 2026d made and the runtime does not have yet.
const CORRECTED = ["America/Bogota", "Asia/Tehran"];

function runtimeOffset(zone: string, ms: number): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return zoned.offsetNanoseconds / 1_000_000;
}

function runtimeTransitions(zone: string): Transition[] {
  const found: Transition[] = [];
  let ms = FROM;
  for (;;) {
    const next = Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(zone)
      .getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds > TO) return found;
    ms = next.epochMilliseconds;
    const offsetBeforeMs = runtimeOffset(zone, ms - 1);
    const offsetAfterMs = runtimeOffset(zone, ms);
    if (offsetBeforeMs !== offsetAfterMs) found.push({ atMs: ms, offsetBeforeMs, offsetAfterMs });
  }
}

test("every zone that the runtime knows is a zone", () => {
  expect(RUNTIME_ZONES.filter((zone) => !isZone(zone))).toEqual([]);
  expect(isZone("UTC")).toBe(true);
});

test("the clock changes of every zone from 1970 to summer 2026 are those of the runtime", () => {
  const different = RUNTIME_ZONES.filter(
    (zone) => JSON.stringify(transitions(zone, FROM, TO)) !== JSON.stringify(runtimeTransitions(zone)),
  );
  expect(different).toEqual(CORRECTED);
});

test("the offset of every zone is the runtime's, a millisecond to either side of every clock change", () => {
  const wrong: string[] = [];
  for (const zone of RUNTIME_ZONES) {
    if (CORRECTED.includes(zone)) continue;
    for (const { atMs } of runtimeTransitions(zone)) {
      for (const ms of [atMs - 1, atMs, atMs + 1]) {
        if (offsetAt(zone, ms) !== runtimeOffset(zone, ms)) wrong.push(`${zone} ${ms}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("the offset of every zone is the runtime's at samples all through the years", () => {
  // A prime number of hours, so that the samples wander through the hours of the day and the days of the week.
  const stepMs = (isLong ? 73 : 997) * HOUR_MS;
  const wrong: string[] = [];
  for (const zone of RUNTIME_ZONES) {
    if (CORRECTED.includes(zone)) continue;
    for (let ms = FROM; ms < TO; ms += stepMs) {
      if (offsetAt(zone, ms) !== runtimeOffset(zone, ms)) wrong.push(`${zone} ${ms}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("Bogota went over to summer time on 1992-05-02 at 00:00, as release 2026d corrected", () => {
  expect(transitions("America/Bogota", at("1992-01-01T00:00:00Z"), at("1993-01-01T00:00:00Z"))).toEqual([
    { atMs: at("1992-05-02T05:00:00Z"), offsetBeforeMs: -5 * HOUR_MS, offsetAfterMs: -4 * HOUR_MS },
  ]);
});

test("Tehran went over to summer time on 1979-05-26 at 00:00, as release 2026d corrected", () => {
  expect(transitions("Asia/Tehran", at("1979-05-01T00:00:00Z"), at("1979-06-01T00:00:00Z"))).toEqual([
    { atMs: at("1979-05-25T20:30:00Z"), offsetBeforeMs: 3.5 * HOUR_MS, offsetAfterMs: 4.5 * HOUR_MS },
  ]);
});

// Zones whose rules changed in 2026, with their offset in hours from that autumn on.
test.each([
  ["America/Vancouver", -7],
  ["Canada/Pacific", -7],
  ["America/Edmonton", -6],
  ["America/Yellowknife", -6],
  ["Canada/Mountain", -6],
  ["America/Inuvik", -6],
  ["America/Winnipeg", -5],
  ["America/Rainy_River", -5],
  ["Canada/Central", -5],
  ["Africa/Casablanca", 0],
  ["Africa/El_Aaiun", 0],
])("%s stays at %d hours from autumn 2026 on", (zone, hours) => {
  expect(transitions(zone, at("2026-10-01T00:00:00Z"), at("2040-01-01T00:00:00Z"))).toEqual([]);
  for (const iso of [
    "2026-10-31T12:00:00Z",
    "2026-11-15T12:00:00Z",
    "2027-01-15T12:00:00Z",
    "2030-07-01T12:00:00Z",
  ]) {
    expect(offsetAt(zone, at(iso))).toBe(hours * HOUR_MS);
  }
});

test("Casablanca left summer time for good on 2026-09-20", () => {
  expect(offsetAt("Africa/Casablanca", at("2026-09-20T00:59:59.999Z"))).toBe(HOUR_MS);
  expect(offsetAt("Africa/Casablanca", at("2026-09-20T01:00:00.000Z"))).toBe(0);
});

test.each(["America/Havana", "Cuba"])("%s keeps summer time through the winter of 2026", (zone) => {
  expect(transitions(zone, at("2026-06-01T00:00:00Z"), at("2028-01-01T00:00:00Z"))).toEqual([
    { atMs: at("2027-11-07T05:00:00Z"), offsetBeforeMs: -4 * HOUR_MS, offsetAfterMs: -5 * HOUR_MS },
  ]);
});

test("the release of the zone data is named", () => {
  expect(TZDATA_VERSION).toMatch(/^20\d\d[a-z]$/);
  expect(TZDATA_VERSION >= "2026f").toBe(true);
});

test("a link gives what its target gives", () => {
  expect(offsetAt("Asia/Calcutta", FROM)).toBe(offsetAt("Asia/Kolkata", FROM));
  expect(offsetAt("Etc/UTC", TO)).toBe(0);
  expect(offsetAt("UTC", TO)).toBe(0);
});

test("the sign is that of clocks ahead of UTC, also for zones that are named the other way round", () => {
  expect(offsetAt("Etc/GMT-14", TO)).toBe(14 * HOUR_MS);
  expect(offsetAt("Etc/GMT+12", TO)).toBe(-12 * HOUR_MS);
});

test("local mean time counts in seconds", () => {
  // Liberia was 44 minutes 30 seconds behind until 1972.
  expect(offsetAt("Africa/Monrovia", at("1971-06-01T00:00:00Z"))).toBe(-(44 * 60 + 30) * 1000);
});

test("after the data's end the last offset holds", () => {
  expect(offsetAt("America/New_York", at("2600-07-01T00:00:00Z"))).toBe(-5 * HOUR_MS);
  expect(offsetAt("Europe/Berlin", 8.64e15)).toBe(HOUR_MS);
});

test("a change of name alone is no clock change", () => {
  // Vancouver goes from PDT to MST in November 2026, both seven hours behind.
  expect(transitions("America/Vancouver", at("2026-10-01T00:00:00Z"), at("2026-12-01T00:00:00Z"))).toEqual(
    [],
  );
});

test("a clock change belongs to the range that ends at it, not to the one that begins at it", () => {
  const change = at("2026-10-25T01:00:00Z");
  expect(transitions("Europe/Berlin", change - 1, change).map(({ atMs }) => atMs)).toEqual([change]);
  expect(transitions("Europe/Berlin", change, change + 1)).toEqual([]);
  expect(transitions("Europe/Berlin", change - 1, change - 1)).toEqual([]);
});

test("the clock changes of all time have an end, and a zone may have none", () => {
  expect(transitions("America/New_York", -Infinity, Infinity).at(-1)?.atMs).toBe(at("2499-11-01T06:00:00Z"));
  expect(transitions("UTC", -Infinity, Infinity)).toEqual([]);
});

test("a name that is no zone is refused", () => {
  for (const name of ["Europe/Atlantis", "europe/berlin", "", "+02:00", "constructor", "__proto__"]) {
    expect(isZone(name)).toBe(false);
    expect(() => offsetAt(name, TO)).toThrow(RangeError);
    expect(() => transitions(name, FROM, TO)).toThrow(RangeError);
    expect(() => firstInstantShowing(name, TO)).toThrow(RangeError);
  }
});

test("the first instant that shows a skipped time is the skip, and of a repeated time the first", () => {
  expect(firstInstantShowing("Europe/Berlin", at("2026-03-29T02:30:00Z"))).toBe(at("2026-03-29T01:00:00Z"));
  expect(firstInstantShowing("Europe/Berlin", at("2026-10-25T02:30:00Z"))).toBe(at("2026-10-25T00:30:00Z"));
  expect(firstInstantShowing("Europe/Berlin", at("2026-10-25T03:00:00Z"))).toBe(at("2026-10-25T02:00:00Z"));
});
