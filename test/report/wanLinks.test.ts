// WAN links in a report: each one's figures, the recorded faults, and when none of them worked.
import { expect, test } from "bun:test";
import type { SourceFault } from "../../src/model/fault.ts";
import { buildDocument } from "../../src/report/build.ts";
import { aFault, aMaintenance, aSite, aSource, settings } from "./source.ts";

const link = (id: string) => ({ id, name: `Line ${id}`, isp: null });
const on = (linkId: string, from: string, to: string | null, changes: Partial<SourceFault> = {}) =>
  aFault(`2026-09-${from}:00Z`, to === null ? null : `2026-09-${to}:00Z`, {
    linkId,
    type: "wantunnel",
    ...changes,
  });

function siteWith(links: string[], faults: SourceFault[], changes: Parameters<typeof aSource>[2] = {}) {
  const byStart = faults.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const [site] = buildDocument(
    aSource([aSite({ id: "a", links: links.map(link) })], { a: byStart }, changes),
  ).sites;
  if (!site) throw new Error("there is a site");
  return site;
}

test("all links are down at once where the outages of every one of them meet", () => {
  const site = siteWith(
    ["x", "y", "z"],
    [
      on("x", "10T10:00", "10T14:00"),
      on("y", "10T11:00", "10T12:30"),
      on("y", "10T12:30", "10T13:00"),
      on("z", "10T09:00", "10T11:30"),
      on("z", "10T12:00", "10T12:45"),
    ],
  );
  // x, y and z together: 11:00 to 11:30 and 12:00 to 12:45.
  expect(site.all_links_down_seconds).toBe(75 * 60);
  expect(site.downtime_seconds).toBe(0);
});

test("with one link it is that link's downtime, without links there is no figure, with a sound one it is 0", () => {
  const fault = on("x", "10T10:00", "10T14:00");
  expect(siteWith(["x"], [fault]).all_links_down_seconds).toBe(4 * 3600);
  expect(siteWith([], []).all_links_down_seconds).toBeNull();
  expect(siteWith(["x", "y"], [fault]).all_links_down_seconds).toBe(0);
});

test("only service time counts: maintenance is neither up nor down for links, too", () => {
  const site = siteWith(["x"], [on("x", "10T10:00", "10T14:00")], {
    maintenanceWindows: [aMaintenance("2026-09-10T11:00:00Z", "2026-09-10T12:00:00Z")],
  });
  expect(site.all_links_down_seconds).toBe(3 * 3600);
  expect(site.wan_links).toMatchObject([
    { downtime_seconds: 3 * 3600, incidents: 1, longest_seconds: 3 * 3600 },
  ]);
});

test("faults are those that were recorded, incidents the outages that they make", () => {
  const site = siteWith(
    ["x", "y"],
    [
      on("x", "10T10:00", "10T12:00"),
      on("x", "10T11:00", "10T13:00"),
      on("x", "20T10:00", "20T11:00"),
      on("x", "21T10:00", "21T10:00"),
    ],
  );
  expect(
    site.wan_links.map(({ fault_count, incidents, longest_seconds }) => [
      fault_count,
      incidents,
      longest_seconds,
    ]),
  ).toEqual([
    [4, 2, 3 * 3600],
    [0, 0, 0],
  ]);
});

test("power outages that are ignored are recorded faults of a link, but no downtime of it", () => {
  const faults = [on("x", "10T10:00", "10T12:00", { cause: "Power outage" })];
  const site = siteWith(["x"], faults, { settings: settings({ ignore_power_outages: true }) });
  expect(site.wan_links).toMatchObject([{ fault_count: 1, incidents: 0, downtime_seconds: 0 }]);
  expect(site.all_links_down_seconds).toBe(0);
});
