// The report document: every figure of a site, of the summary, and the reasons of what is not counted.
import { expect, test } from "bun:test";
import { buildDocument } from "../../src/report/build.ts";
import { aFault, aMaintenance, aSite, aSource, at, settings } from "./source.ts";

const SEPTEMBER_S = 30 * 86_400;

test("a site's figures: one outage of two overlapping faults", () => {
  const faults = [
    aFault("2026-09-10T10:00:00Z", "2026-09-10T11:00:00Z", { cause: "Fiber cut" }),
    aFault("2026-09-10T10:30:00Z", "2026-09-10T12:00:00Z", { cause: "Power outage" }),
  ];
  const { sites, summary } = buildDocument(aSource([aSite({ id: "a" })], { a: faults }));
  expect(sites[0]).toMatchObject({
    service_seconds: SEPTEMBER_S,
    downtime_seconds: 7200,
    uptime_percentage: ((SEPTEMBER_S - 7200) / SEPTEMBER_S) * 100,
    breached: true,
    longest_seconds: 7200,
    mttr_seconds: 7200,
    mtbf_seconds: SEPTEMBER_S - 7200,
    error_budget: { allowed_seconds: 2592, used_seconds: 7200, left_seconds: -4608 },
    downtime_by_cause: { power: 3600, network: 3600, device: 0, other: 0 },
  });
  expect(sites[0]?.incidents).toEqual([
    {
      started_at: "2026-09-10T10:00:00.000Z",
      ended_at: "2026-09-10T12:00:00.000Z",
      service_seconds: 7200,
      outside_seconds: 0,
      category: "network",
      cause: "Fiber cut",
      fault_ids: faults.map(({ id }) => id),
    },
  ]);
  expect(summary).toMatchObject({ site_count: 1, breached_count: 1, met_count: 0, incident_count: 1 });
});

test("a fault that is not counted says why", () => {
  const link = { id: "wan_1", name: "Fibre", isp: null };
  const faults = [
    aFault("2026-09-01T10:00:00Z", "2026-09-01T11:00:00Z", { cause: "Power outage" }),
    aFault("2026-09-02T10:00:00Z", "2026-09-02T11:00:00Z", { type: "wantunnel", linkId: "wan_1" }),
    aFault("2026-09-03T10:00:00Z", "2026-09-03T11:00:00Z", { type: "degraded" }),
    aFault("2026-09-04T10:00:00Z", "2026-09-04T10:00:00Z"),
    aFault("2026-09-05T10:00:00Z", "2026-09-05T11:00:00Z"),
    aFault("2026-09-06T10:00:00Z", "2026-09-06T11:00:00Z"),
  ];
  const maintenance = aMaintenance("2026-09-05T09:00:00Z", "2026-09-05T12:00:00Z");
  const source = aSource(
    [aSite({ id: "a", links: [link] })],
    { a: faults },
    {
      settings: settings({ ignore_power_outages: true }),
      maintenanceWindows: [maintenance],
    },
  );
  const [site] = buildDocument(source).sites;
  expect(site?.faults.map(({ counted, reason }) => (counted ? "counted" : reason))).toEqual([
    "power_ignored",
    "wan_link",
    "type_not_counted",
    "no_duration",
    "no_service_time",
    "counted",
  ]);
  expect(site?.downtime_seconds).toBe(3600);
  expect(site?.wan_links).toMatchObject([{ incidents: 1, downtime_seconds: 3600, longest_seconds: 3600 }]);
});

test("an open outage counts to the window's end, and a resolved one keeps its real end", () => {
  const faults = {
    open: [aFault("2026-09-30T23:00:00Z", null)],
    later: [aFault("2026-08-31T23:00:00Z", "2026-10-01T06:00:00Z")],
  };
  const { sites } = buildDocument(aSource([aSite({ id: "open" }), aSite({ id: "later" })], faults));
  expect(sites[0]?.incidents[0]).toMatchObject({ ended_at: null, service_seconds: 3600 });
  expect(sites[1]?.incidents[0]).toMatchObject({
    started_at: "2026-08-31T23:00:00.000Z",
    ended_at: "2026-10-01T06:00:00.000Z",
    service_seconds: SEPTEMBER_S,
  });
  expect(sites[1]?.uptime_percentage).toBe(0);
});

test("a period that is not over is cut off at the moment of computing, and says so", () => {
  const source = aSource([aSite({ id: "a" })], {}, { computedAtMs: at("2026-09-10T06:00:00Z") });
  const { period, sites } = buildDocument(source);
  expect(period.partial).toBe(true);
  expect(period.ends_at).toBe("2026-09-10T06:00:00.000Z");
  expect(period.days).toHaveLength(10);
  expect(sites[0]?.service_seconds).toBe(9 * 86_400 + 6 * 3600);
});

test("no site, and no service time, are reports without figures, not failures", () => {
  const nothing = buildDocument(aSource([]));
  expect(nothing.summary).toMatchObject({
    site_count: 0,
    uptime_percentage: null,
    breached: null,
    mean_uptime_percentage: null,
  });
  const unwatched = buildDocument(
    aSource([aSite({ id: "a", monitoredSinceMs: at("2026-11-01T00:00:00Z") })]),
  );
  expect(unwatched.sites[0]).toMatchObject({ uptime_percentage: null, breached: null, service_seconds: 0 });
  expect(unwatched.summary).toMatchObject({ no_service_time_count: 1, met_count: 0, breached_count: 0 });
});

test("the days of every site add up to its period, also over a clock change", () => {
  const faults = { a: [aFault("2026-10-24T20:00:00Z", "2026-10-26T02:00:00Z")] };
  const source = aSource([aSite({ id: "a" })], faults, {
    settings: settings({ timezone: "Europe/Zurich" }),
    fromDate: "2026-10-24",
    toDate: "2026-10-26",
    computedAtMs: at("2026-11-01T00:00:00Z"),
  });
  const { sites, summary } = buildDocument(source);
  expect(sites[0]?.days.service_seconds).toEqual([86_400, 90_000, 86_400]);
  expect(sites[0]?.days.downtime_seconds).toEqual([2 * 3600, 25 * 3600, 3 * 3600]);
  expect(summary.days).toEqual(sites[0]?.days as typeof summary.days);
});

test("the summary counts each site once, however many groups it is in", () => {
  const sites = [
    aSite({ id: "a", tags: { Service: ["web", "api"] } }),
    aSite({ id: "b", tags: { service: "web" } }),
    aSite({ id: "c" }),
  ];
  const faults = { a: [aFault("2026-09-10T00:00:00Z", "2026-09-11T00:00:00Z")] };
  const source = aSource(sites, faults, {
    settings: settings({ grouping_rules: [{ key: "Service", aggregation: "redundancy" }] }),
  });
  const { groups, summary } = buildDocument(source);
  expect(summary).toMatchObject({
    site_count: 3,
    downtime_seconds: 86_400,
    service_seconds: 3 * SEPTEMBER_S,
  });
  expect(
    groups[0]?.groups.map(({ value, site_ids, downtime_seconds }) => [value, site_ids, downtime_seconds]),
  ).toEqual([
    ["api", ["a"], 86_400],
    ["web", ["a", "b"], 0],
    [null, ["c"], 0],
  ]);
});

test("a fault within maintenance that counts as up says that, not that it was outside service time", () => {
  const maintenance = {
    id: "mw_1",
    name: "Upgrade",
    starts_at: "2026-09-05T09:00:00Z",
    ends_at: "2026-09-05T12:00:00Z",
    site_ids: null,
    tags: null,
    rrule: null,
    timezone: "UTC",
  };
  const source = aSource(
    [aSite({ id: "a" })],
    { a: [aFault("2026-09-05T10:00:00Z", "2026-09-05T11:00:00Z")] },
    { settings: settings({ maintenance_counts_as: "up" }), maintenanceWindows: [maintenance] },
  );
  const [site] = buildDocument(source).sites;
  expect(site?.faults[0]).toMatchObject({ counted: false, reason: "in_maintenance" });
  expect(site).toMatchObject({ service_seconds: SEPTEMBER_S, downtime_seconds: 0 });
});
