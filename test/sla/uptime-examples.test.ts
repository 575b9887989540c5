// The rules of uptime by example. The properties in uptime.property.test.ts try everything else.
import { describe, expect, test } from "bun:test";
import { measure, measuredSet } from "../../src/sla/intervals.ts";
import {
  downtimeBy,
  downtimeOfSorted,
  type FaultSpan,
  measurePerDay,
  outagesOf,
  type ServiceTime,
  type ServiceTimeInput,
  serviceTime,
  siteUptime,
} from "../../src/sla/uptime.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const at = (iso: string) => Date.parse(iso);

// The first of November 2026, from midnight to midnight.
const WINDOW = { startMs: at("2026-11-01T00:00:00Z"), endMs: at("2026-11-02T00:00:00Z") };
const AROUND_THE_CLOCK: ServiceTime = { service: [WINDOW.startMs, WINDOW.endMs], exempt: [] };
const clock = (time: string) => at(`2026-11-01T${time}:00Z`);

const aFault = (start: string, end: string | null): FaultSpan => ({
  startMs: at(start),
  endMs: end === null ? null : at(end),
});
const today = (start: string, end: string): FaultSpan => ({ startMs: clock(start), endMs: clock(end) });
const uptimeOf = (faults: FaultSpan[], time = AROUND_THE_CLOCK) => siteUptime(time, faults, WINDOW);

describe("downtime", () => {
  test("an outage open since last month counts from the window's start", () => {
    const uptime = uptimeOf([aFault("2026-10-20T12:00:00Z", "2026-11-01T01:00:00Z")]);
    expect(uptime.downtimeMs).toBe(HOUR_MS);
    expect(uptime.incidents[0]?.startMs).toBe(at("2026-10-20T12:00:00Z"));
  });

  test("an open fault ends with the window", () => {
    const uptime = uptimeOf([aFault("2026-11-01T23:00:00Z", null)]);
    expect(uptime.downtimeMs).toBe(HOUR_MS);
    expect(uptime.incidents[0]).toMatchObject({ endMs: WINDOW.endMs, open: true });
  });

  test("a fault resolved after the window ends with it too, but is not open", () => {
    const uptime = uptimeOf([aFault("2026-11-01T23:00:00Z", "2026-11-05T00:00:00Z")]);
    expect(uptime.downtimeMs).toBe(HOUR_MS);
    expect(uptime.incidents[0]).toMatchObject({ endMs: WINDOW.endMs, open: false });
  });

  test("overlapping faults count once, and touching ones are one incident", () => {
    const uptime = uptimeOf([today("10:00", "11:00"), today("10:30", "11:30"), today("11:30", "12:00")]);
    expect(uptime.downtimeMs).toBe(2 * HOUR_MS);
    expect(uptime.incidents).toHaveLength(1);
    expect(uptime.incidents[0]?.faultIndexes).toEqual([0, 1, 2]);
  });

  test("faults outside of the window, or that end where it begins or begin where it ends, do not count", () => {
    const uptime = uptimeOf([
      aFault("2026-10-31T22:00:00Z", "2026-11-01T00:00:00Z"),
      aFault("2026-11-02T00:00:00Z", null),
    ]);
    expect(uptime).toMatchObject({ downtimeMs: 0, incidents: [], longestMs: 0, mttrMs: null, mtbfMs: null });
  });

  test("nothing that happens while the site is closed is downtime or an incident", () => {
    const open: ServiceTime = { service: [clock("08:00"), clock("17:00")], exempt: [] };
    const uptime = uptimeOf([today("03:00", "04:00"), today("16:00", "19:00")], open);
    expect(uptime).toMatchObject({ serviceMs: 9 * HOUR_MS, downtimeMs: HOUR_MS });
    expect(uptime.incidents).toHaveLength(1);
    expect(uptime.incidents[0]).toMatchObject({ insideMs: HOUR_MS, outsideMs: 2 * HOUR_MS });
  });

  test("an outage over a closed lunch hour is one incident, with the hour outside", () => {
    const open: ServiceTime = {
      service: [clock("08:00"), clock("12:00"), clock("13:00"), clock("17:00")],
      exempt: [],
    };
    const uptime = uptimeOf([today("11:00", "14:00")], open);
    expect(uptime.incidents).toHaveLength(1);
    expect(uptime.incidents[0]).toMatchObject({ insideMs: 2 * HOUR_MS, outsideMs: HOUR_MS });
  });

  test("repair time is the mean of the incidents, and time between them is uptime by incident", () => {
    const uptime = uptimeOf([today("01:00", "02:00"), today("05:00", "08:00")]);
    expect(uptime).toMatchObject({ longestMs: 3 * HOUR_MS, mttrMs: 2 * HOUR_MS, mtbfMs: 10 * HOUR_MS });
  });
});

describe("service time", () => {
  const inputOf = (given: Partial<ServiceTimeInput> = {}): ServiceTimeInput => ({
    window: WINDOW,
    openHours: null,
    maintenance: [],
    maintenanceCountsAs: "excluded",
    monitoredSinceMs: null,
    ...given,
  });
  const maintenance = [clock("02:00"), clock("04:00")];

  test("is the window if nothing limits it", () => {
    expect(serviceTime(inputOf())).toEqual(AROUND_THE_CLOCK);
  });

  test("excludes maintenance, or keeps it as time that cannot be down", () => {
    const excluded = serviceTime(inputOf({ maintenance }));
    expect(excluded).toEqual({
      service: [WINDOW.startMs, clock("02:00"), clock("04:00"), WINDOW.endMs],
      exempt: [],
    });
    const up = serviceTime(inputOf({ maintenance, maintenanceCountsAs: "up" }));
    expect(up).toEqual({ service: AROUND_THE_CLOCK.service, exempt: maintenance });
    expect(uptimeOf([today("03:00", "05:00")], excluded)).toMatchObject({
      serviceMs: 22 * HOUR_MS,
      downtimeMs: HOUR_MS,
    });
    expect(uptimeOf([today("03:00", "05:00")], up)).toMatchObject({
      serviceMs: 24 * HOUR_MS,
      downtimeMs: HOUR_MS,
    });
  });

  test("maintenance exempts only what the site is open for", () => {
    const openHours = [clock("03:00"), clock("09:00")];
    const time = serviceTime(inputOf({ openHours, maintenance, maintenanceCountsAs: "up" }));
    expect(time).toEqual({ service: openHours, exempt: [clock("03:00"), clock("04:00")] });
  });

  test("begins when the site was first watched, which may be after the window", () => {
    expect(serviceTime(inputOf({ monitoredSinceMs: clock("06:00") })).service).toEqual([
      clock("06:00"),
      WINDOW.endMs,
    ]);
    expect(serviceTime(inputOf({ monitoredSinceMs: at("2026-10-01T00:00:00Z") }))).toEqual(AROUND_THE_CLOCK);
    expect(serviceTime(inputOf({ monitoredSinceMs: at("2026-12-01T00:00:00Z") })).service).toEqual([]);
  });

  test("does not reach beyond the window, whatever the business hours given", () => {
    const openHours = [at("2026-10-31T20:00:00Z"), at("2026-11-03T00:00:00Z")];
    expect(serviceTime(inputOf({ openHours }))).toEqual(AROUND_THE_CLOCK);
  });
});

describe("outages", () => {
  test("are in order of time whatever the order of the faults, and name them by position", () => {
    const outages = outagesOf(
      [today("10:00", "11:00"), today("01:00", "02:00"), today("09:00", "10:00")],
      WINDOW,
    );
    expect(outages).toEqual([
      { startMs: clock("01:00"), endMs: clock("02:00"), open: false, faultIndexes: [1] },
      { startMs: clock("09:00"), endMs: clock("11:00"), open: false, faultIndexes: [2, 0] },
    ]);
  });

  test("take in a fault without length at their edge or inside, but it is none by itself", () => {
    const faults = [
      today("10:00", "10:00"),
      today("10:00", "11:00"),
      today("11:00", "11:00"),
      today("15:00", "15:00"),
    ];
    expect(outagesOf(faults, WINDOW).map(({ faultIndexes }) => faultIndexes)).toEqual([[0, 1, 2]]);
  });
});

test("an outage that ends with the window does not take in a fault that begins there", () => {
  const faults = [
    aFault("2026-11-01T23:00:00Z", null),
    aFault("2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z"),
  ];
  expect(outagesOf(faults, WINDOW).map(({ faultIndexes }) => faultIndexes)).toEqual([[0]]);
});

describe("shares of downtime", () => {
  test("go to the fault that started first of those that cover the instant", () => {
    const faults = [
      { ...today("10:00", "12:00"), key: "network" },
      { ...today("09:00", "11:00"), key: "power" },
      { ...today("11:30", "13:00"), key: "device" },
    ];
    const { down } = uptimeOf(faults);
    expect(downtimeBy(down, faults)).toEqual(
      new Map([
        ["power", 2 * HOUR_MS],
        ["network", HOUR_MS],
        ["device", HOUR_MS],
      ]),
    );
  });

  test("go to the fault told first of equal starts", () => {
    const faults = [
      { ...today("10:00", "11:00"), key: "told first" },
      { ...today("10:00", "11:30"), key: "told second" },
    ];
    expect([...downtimeBy(uptimeOf(faults).down, faults)]).toEqual([
      ["told first", HOUR_MS],
      ["told second", 30 * MINUTE_MS],
    ]);
  });

  test("by day add up, with an outage over midnight in both days", () => {
    const midnight = at("2026-11-02T00:00:00Z");
    const down = [midnight - HOUR_MS, midnight + 2 * HOUR_MS];
    const days = [WINDOW, { startMs: midnight, endMs: midnight + 24 * HOUR_MS }];
    expect(measurePerDay(down, days)).toEqual([HOUR_MS, 2 * HOUR_MS]);
    expect(measure(down)).toBe(3 * HOUR_MS);
  });
});

describe("the path for a million rows", () => {
  test("gives what siteUptime gives, a negative end being open", () => {
    const faults = [
      aFault("2026-10-20T12:00:00Z", "2026-11-01T01:00:00Z"),
      today("01:00", "01:00"),
      today("05:00", "06:00"),
      today("23:00", "23:30"),
      aFault("2026-11-01T23:30:00Z", null),
      aFault("2026-11-03T00:00:00Z", null),
    ];
    const starts = faults.map(({ startMs }) => startMs);
    const ends = faults.map(({ endMs }) => endMs ?? -1);
    const open = [
      clock("00:30"),
      clock("05:15"),
      clock("05:30"),
      clock("05:45"),
      clock("12:00"),
      WINDOW.endMs,
    ];
    for (const [service, downtimeMs] of [
      [AROUND_THE_CLOCK.service, 3 * HOUR_MS],
      [open, 2 * HOUR_MS],
    ] as const) {
      const uptime = uptimeOf(faults, { service, exempt: [] });
      expect([uptime.downtimeMs, uptime.incidents.length]).toEqual([downtimeMs, 3]);
      const rows = { from: 0, to: faults.length, fromMs: WINDOW.startMs, windowEndMs: WINDOW.endMs };
      expect(downtimeOfSorted(measuredSet(service), { starts, ends }, rows)).toEqual({
        downtimeMs,
        incidents: 3,
      });
    }
  });

  test("reads only the rows asked for", () => {
    const starts = [clock("01:00"), clock("03:00"), clock("05:00")];
    const ends = [clock("02:00"), clock("04:00"), clock("06:00")];
    const rows = { from: 1, to: 2, fromMs: WINDOW.startMs, windowEndMs: WINDOW.endMs };
    expect(downtimeOfSorted(measuredSet(AROUND_THE_CLOCK.service), { starts, ends }, rows)).toEqual({
      downtimeMs: HOUR_MS,
      incidents: 1,
    });
  });

  test("counts nothing before a site was watched, and an outage over that moment from there on", () => {
    const starts = [clock("01:00"), clock("03:00"), clock("05:00")];
    const ends = [clock("02:00"), clock("04:00"), -1];
    const rows = { from: 0, to: 3, fromMs: clock("03:30"), windowEndMs: WINDOW.endMs };
    const counting = measuredSet([clock("00:00"), clock("05:30")]);
    expect(downtimeOfSorted(counting, { starts, ends }, rows)).toEqual({
      downtimeMs: HOUR_MS,
      incidents: 2,
    });
  });

  // Row by interval, this would take hours.
  test("walks a million rows over hourly service time in one pass", () => {
    const rows = 1_000_000;
    const starts = Float64Array.from({ length: rows }, (_, i) => i * 1000);
    const ends = starts.map((startMs, i) => startMs + (i % 3) * 400);
    const service = Array.from({ length: 2 * 277 }, (_, i) => i * 1_800_000);
    const range = { from: 0, to: rows, fromMs: 0, windowEndMs: rows * 1000 };
    const { downtimeMs } = downtimeOfSorted(measuredSet(service), { starts, ends }, range);
    expect(downtimeMs).toBeGreaterThan(0);
  });
});
