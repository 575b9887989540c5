// What becomes of faults: merging, the window's edges, closed hours, maintenance; all on one June day.
import { describe, expect, test } from "bun:test";
import { type Span, unionOf } from "../../src/sla/intervals.ts";
import { displayPercentage, isBreached, uptimePercentage } from "../../src/sla/percentage.ts";
import { downtimeBy, type FaultSpan, outagesOf, serviceTime, siteUptime } from "../../src/sla/uptime.ts";
import { HOUR, MINUTE } from "./oracle.ts";

/** A clock time of monday 2024-06-03 UTC; "25:00" is 01:00 of the tuesday, "-02:00" 22:00 of the sunday. */
function clock(text: string): number {
  const [hours, minutes] = text.replace("-", "").split(":").map(Number);
  const sign = text.startsWith("-") ? -1 : 1;
  return Date.parse("2024-06-03T00:00:00Z") + sign * ((hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE);
}
const span = (start: string, end: string): Span => ({ startMs: clock(start), endMs: clock(end) });
const fault = (start: string, end: string | null): FaultSpan => ({
  startMs: clock(start),
  endMs: end === null ? null : clock(end),
});

const MONDAY = span("00:00", "24:00");

type Circumstances = {
  window?: Span;
  hours?: Span[];
  maintenance?: Span[];
  maintenanceCountsAs?: "excluded" | "up";
  monitoredSince?: string;
};

function uptimeOf(faults: FaultSpan[], circumstances: Circumstances = {}) {
  const {
    window = MONDAY,
    hours,
    maintenance = [],
    maintenanceCountsAs = "excluded",
    monitoredSince,
  } = circumstances;
  const time = serviceTime({
    window,
    openHours: hours ? unionOf(hours) : null,
    maintenance: unionOf(maintenance),
    maintenanceCountsAs,
    monitoredSinceMs: monitoredSince === undefined ? null : clock(monitoredSince),
  });
  return siteUptime(time, faults, window);
}

describe("faults merge into outages", () => {
  test("overlaps count once", () => {
    const uptime = uptimeOf([fault("10:00", "12:00"), fault("11:00", "13:00")]);
    expect(uptime).toMatchObject({ serviceMs: 24 * HOUR, downtimeMs: 3 * HOUR, longestMs: 3 * HOUR });
    expect(uptime.incidents).toHaveLength(1);
  });

  test("a fault within another adds nothing, nor does the next one end early because of it", () => {
    const uptime = uptimeOf([fault("10:00", "14:00"), fault("11:00", "11:30"), fault("13:00", "15:00")]);
    expect(uptime.downtimeMs).toBe(5 * HOUR);
    expect(uptime.incidents).toHaveLength(1);
  });

  test("touching faults are one incident, a millisecond between them makes two", () => {
    const before = fault("10:00", "11:00");
    const touching = fault("11:00", "12:00");
    const apart = { ...touching, startMs: touching.startMs + 1 };
    expect(uptimeOf([touching, before]).incidents).toHaveLength(1);
    expect(uptimeOf([apart, before]).incidents).toHaveLength(2);
    expect(uptimeOf([apart, before]).downtimeMs).toBe(2 * HOUR - 1);
  });

  test("a fault that ended as it began is no incident", () => {
    expect(outagesOf([fault("10:00", "10:00")], MONDAY)).toEqual([]);
    expect(uptimeOf([fault("10:00", "10:00")])).toMatchObject({ downtimeMs: 0, incidents: [], longestMs: 0 });
  });

  test("a fault of no length does not bridge a gap", () => {
    const uptime = uptimeOf([fault("10:00", "11:00"), fault("11:30", "11:30"), fault("12:00", "13:00")]);
    expect(uptime.incidents.map(({ faultIndexes }) => faultIndexes)).toEqual([[0], [2]]);
  });

  test("each incident names its faults", () => {
    const faults = [fault("20:00", "21:00"), fault("10:00", "11:00"), fault("10:30", "12:00")];
    const named = uptimeOf(faults).incidents.map(({ faultIndexes }) => [...faultIndexes].sort());
    expect(named).toEqual([[1, 2], [0]]);
  });

  test("mean time to repair and between failures", () => {
    const uptime = uptimeOf([fault("01:00", "02:00"), fault("05:00", "05:30"), fault("22:00", "22:15")]);
    expect(uptime).toMatchObject({ downtimeMs: 105 * MINUTE, longestMs: HOUR });
    expect(uptime.mttrMs).toBe(35 * MINUTE);
    expect(uptime.mtbfMs).toBe(445 * MINUTE); // (1440 − 105) / 3
  });
});

describe("the window's edges", () => {
  test("an open fault ends at the end of the window", () => {
    const uptime = uptimeOf([fault("22:00", null)]);
    expect(uptime.downtimeMs).toBe(2 * HOUR);
    expect(uptime.incidents).toMatchObject([{ ...span("22:00", "24:00"), open: true }]);
  });

  test("an open fault counts on under later ones that were resolved", () => {
    const uptime = uptimeOf([fault("10:00", null), fault("11:00", "12:00"), fault("13:00", "14:00")]);
    expect(uptime.downtimeMs).toBe(14 * HOUR);
    expect(uptime.incidents).toMatchObject([{ open: true, faultIndexes: [0, 1, 2] }]);
  });

  test("a report cut off at 15:00 counts an open fault up to then", () => {
    const uptime = uptimeOf([fault("14:00", null), fault("16:00", "17:00")], {
      window: span("00:00", "15:00"),
    });
    expect(uptime).toMatchObject({ serviceMs: 15 * HOUR, downtimeMs: HOUR });
    expect(uptime.incidents).toHaveLength(1);
  });

  test("a fault that started the day before counts from the window's start, and keeps its own start", () => {
    const uptime = uptimeOf([fault("-02:00", "01:00")]);
    expect(uptime.downtimeMs).toBe(HOUR);
    expect(uptime.incidents).toMatchObject([{ ...span("-02:00", "01:00"), insideMs: HOUR, outsideMs: 0 }]);
  });

  test("a fault that outlasts the window ends with it, and is not open", () => {
    const uptime = uptimeOf([fault("23:00", "30:00")]);
    expect(uptime.incidents).toMatchObject([{ ...span("23:00", "24:00"), open: false, insideMs: HOUR }]);
  });

  test("a fault that starts as the window ends does not keep its last outage open", () => {
    const uptime = uptimeOf([fault("23:00", "24:00"), fault("24:00", null)]);
    expect(uptime.incidents).toMatchObject([{ ...span("23:00", "24:00"), open: false, faultIndexes: [0] }]);
  });

  test("a fault around the whole window is all of it", () => {
    const uptime = uptimeOf([fault("-05:00", "40:00")]);
    expect(uptime).toMatchObject({ downtimeMs: 24 * HOUR, mtbfMs: 0, mttrMs: 24 * HOUR });
    expect(uptimePercentage(uptime.serviceMs, uptime.downtimeMs)).toBe(0);
  });

  test("faults that end at its start or start at its end are none of its own", () => {
    const faults = [
      fault("-02:00", "00:00"),
      fault("24:00", "26:00"),
      fault("24:00", null),
      fault("30:00", null),
    ];
    expect(uptimeOf(faults)).toMatchObject({ downtimeMs: 0, incidents: [], mttrMs: null, mtbfMs: null });
    expect(outagesOf(faults, MONDAY)).toEqual([]);
  });
});

describe("service time", () => {
  test("an outage over a closed night is one incident, with what lies inside and outside", () => {
    const hours = [span("08:00", "18:00"), span("32:00", "42:00")];
    const uptime = uptimeOf([fault("17:00", "33:00")], { window: span("00:00", "48:00"), hours });
    expect(uptime).toMatchObject({ serviceMs: 20 * HOUR, downtimeMs: 2 * HOUR, mttrMs: 2 * HOUR });
    expect(uptime.incidents).toMatchObject([{ insideMs: 2 * HOUR, outsideMs: 14 * HOUR }]);
  });

  test("two faults of one night that touch while it is closed are one incident", () => {
    const hours = [span("08:00", "18:00"), span("32:00", "42:00")];
    const faults = [fault("17:00", "23:00"), fault("23:00", "33:00")];
    expect(uptimeOf(faults, { window: span("00:00", "48:00"), hours }).incidents).toHaveLength(1);
  });

  test("an outage in closed hours is no incident", () => {
    const uptime = uptimeOf([fault("18:00", "20:00")], { hours: [span("08:00", "18:00")] });
    expect(uptime).toMatchObject({ serviceMs: 10 * HOUR, downtimeMs: 0, incidents: [], mttrMs: null });
  });

  test("maintenance is taken off once, though nested and overlapping", () => {
    const maintenance = [span("10:00", "12:00"), span("11:00", "13:00"), span("11:15", "11:30")];
    const uptime = uptimeOf([fault("12:00", "14:00")], { maintenance });
    expect(uptime).toMatchObject({ serviceMs: 21 * HOUR, downtimeMs: HOUR });
    expect(uptime.incidents).toMatchObject([{ insideMs: HOUR, outsideMs: HOUR }]);
  });

  test("maintenance where there is no outage takes nothing off downtime", () => {
    const uptime = uptimeOf([fault("12:00", "14:00")], { maintenance: [span("02:00", "04:00")] });
    expect(uptime).toMatchObject({ serviceMs: 22 * HOUR, downtimeMs: 2 * HOUR });
  });

  test("maintenance in the midst of an outage leaves it one incident", () => {
    const uptime = uptimeOf([fault("10:00", "13:00")], { maintenance: [span("11:00", "12:00")] });
    expect(uptime).toMatchObject({ serviceMs: 23 * HOUR, downtimeMs: 2 * HOUR });
    expect(uptime.incidents).toMatchObject([{ insideMs: 2 * HOUR, outsideMs: HOUR }]);
  });

  test("maintenance that counts as up stays in the base, and an outage in it is none", () => {
    const circumstances: Circumstances = { maintenance: [span("10:00", "12:00")], maintenanceCountsAs: "up" };
    expect(uptimeOf([fault("11:00", "13:00")], circumstances)).toMatchObject({
      serviceMs: 24 * HOUR,
      downtimeMs: HOUR,
      incidents: [{ insideMs: HOUR, outsideMs: HOUR }],
    });
    expect(uptimeOf([fault("10:30", "11:30")], circumstances)).toMatchObject({
      downtimeMs: 0,
      incidents: [],
    });
  });

  test("what nobody watched is neither up nor down", () => {
    const faults = [fault("05:00", "07:00")];
    expect(uptimeOf(faults, { monitoredSince: "-30:00" })).toMatchObject({
      serviceMs: 24 * HOUR,
      downtimeMs: 2 * HOUR,
    });
    expect(uptimeOf(faults, { monitoredSince: "06:00" })).toMatchObject({
      serviceMs: 18 * HOUR,
      downtimeMs: HOUR,
    });
    expect(uptimeOf(faults, { monitoredSince: "24:00" })).toMatchObject({ serviceMs: 0, downtimeMs: 0 });
    expect(uptimeOf(faults, { monitoredSince: "99:00" })).toMatchObject({ serviceMs: 0, downtimeMs: 0 });
  });

  test("no service time is neither met nor breached", () => {
    const { serviceMs, downtimeMs } = uptimeOf([fault("00:00", null)], {
      maintenance: [span("-01:00", "25:00")],
    });
    expect([serviceMs, downtimeMs]).toEqual([0, 0]);
    expect(uptimePercentage(serviceMs, downtimeMs)).toBeNull();
    expect(displayPercentage(serviceMs, downtimeMs)).toBeNull();
    expect(isBreached(serviceMs, downtimeMs, 99.95)).toBeNull();
    expect(isBreached(serviceMs, downtimeMs, 100)).toBeNull();
  });
});

describe("downtime by cause", () => {
  const byCause = (faults: (FaultSpan & { key: string })[]) => downtimeBy(uptimeOf(faults).down, faults);

  test("goes to the fault that started first, and to the next only from where that one ended", () => {
    const faults = [
      { ...fault("10:30", "12:00"), key: "power" },
      { ...fault("10:00", "11:00"), key: "network" },
    ];
    expect(byCause(faults)).toEqual(
      new Map([
        ["network", HOUR],
        ["power", HOUR],
      ]),
    );
  });

  test("goes to the one told first when two started together", () => {
    const faults = [
      { ...fault("10:00", "11:00"), key: "device" },
      { ...fault("10:00", null), key: "other" },
    ];
    expect(byCause(faults)).toEqual(
      new Map([
        ["device", HOUR],
        ["other", 13 * HOUR],
      ]),
    );
  });

  test("stays with a longer fault that started first, also after a shorter one within it", () => {
    const faults = [
      { ...fault("09:00", "12:00"), key: "network" },
      { ...fault("09:30", "10:00"), key: "power" },
      { ...fault("11:00", "13:00"), key: "device" },
    ];
    const shares = byCause(faults);
    expect([shares.get("network"), shares.get("power") ?? 0, shares.get("device")]).toEqual([
      3 * HOUR,
      0,
      HOUR,
    ]);
  });
});
