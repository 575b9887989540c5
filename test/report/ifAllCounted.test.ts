// What a figure would be, had the ignored power outages counted.
import { expect, test } from "bun:test";
import { buildDocument } from "../../src/report/build.ts";
import { aFault, aMaintenance, aSite, aSource, settings } from "./source.ts";

const SEPTEMBER_S = 30 * 86_400;
const ignoring = { settings: settings({ ignore_power_outages: true, sla_target: 99.9 }) };
const power = (from: string, to: string) =>
  aFault(`2026-09-${from}:00Z`, `2026-09-${to}:00Z`, { cause: "Mains failure" });
const fibre = (from: string, to: string) =>
  aFault(`2026-09-${from}:00Z`, `2026-09-${to}:00Z`, { cause: "Fibre cut" });

test("is null when nothing was ignored", () => {
  const faults = { a: [fibre("10T10:00", "10T11:00")] };
  const counted = buildDocument(aSource([aSite({ id: "a" })], { a: [power("10T10:00", "10T11:00")] }));
  const { sites, summary } = buildDocument(aSource([aSite({ id: "a" })], faults, ignoring));
  expect([sites[0]?.if_all_counted, summary.if_all_counted]).toEqual([null, null]);
  expect([counted.sites[0]?.if_all_counted, counted.summary.if_all_counted]).toEqual([null, null]);
});

test("has the ignored time once where it overlaps what counts anyway", () => {
  const faults = { a: [fibre("10T10:00", "10T11:00"), power("10T10:30", "10T12:00")] };
  const { sites } = buildDocument(aSource([aSite({ id: "a" })], faults, ignoring));
  expect(sites[0]?.downtime_seconds).toBe(3600);
  expect(sites[0]?.if_all_counted).toEqual({
    uptime_percentage: ((SEPTEMBER_S - 7200) / SEPTEMBER_S) * 100,
    downtime_seconds: 7200,
    breached: true,
  });
});

test("says when ignoring decides whether the target is met", () => {
  // 99.9 % of September allows 2592 s.
  const { sites, summary } = buildDocument(
    aSource([aSite({ id: "a" })], { a: [power("10T10:00", "10T10:44")] }, ignoring),
  );
  expect([sites[0]?.breached, sites[0]?.if_all_counted?.breached]).toEqual([false, true]);
  expect([summary.breached, summary.if_all_counted?.breached]).toEqual([false, true]);
});

test("of all sites together has the other sites as they are", () => {
  const faults = { a: [power("10T10:00", "10T11:00")], b: [fibre("11T10:00", "11T10:10")] };
  const { sites, summary } = buildDocument(
    aSource([aSite({ id: "a" }), aSite({ id: "b" })], faults, ignoring),
  );
  expect(sites[1]?.if_all_counted).toBeNull();
  expect(summary.downtime_seconds).toBe(600);
  expect(summary.if_all_counted).toEqual({
    uptime_percentage: ((2 * SEPTEMBER_S - 4200) / (2 * SEPTEMBER_S)) * 100,
    downtime_seconds: 4200,
    breached: false,
  });
});

test("counts nothing outside service time: there it equals the figure", () => {
  const maintenanceWindows = [aMaintenance("2026-09-10T09:00:00Z", "2026-09-10T12:00:00Z")];
  const { sites } = buildDocument(
    aSource(
      [aSite({ id: "a" })],
      { a: [power("10T10:00", "10T11:00")] },
      { ...ignoring, maintenanceWindows },
    ),
  );
  expect(sites[0]?.if_all_counted).toMatchObject({ downtime_seconds: 0, uptime_percentage: 100 });
  expect(sites[0]?.faults[0]).toMatchObject({ counted: false, reason: "power_ignored" });
});
