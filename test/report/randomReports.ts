// Random worlds for whole reports: sites with faults, power outages, links, hours, holidays, maintenance that recurs or
// not, in windows near clock changes.
import fc from "fast-check";
import type { SourceFault } from "../../src/model/fault.ts";
import type { SourceMaintenance, SourceSite } from "../../src/report/source.ts";
import type { FaultSpan } from "../../src/sla/uptime.ts";
import { DAY, firstInstantAt, HOUR, MINUTE, wallAt } from "../sla/oracle.ts";
import { dateAfter, rarely, type SiteCase, someFaults, someSites, timesAround } from "../sla/uptime-cases.ts";
import { aFault, aMaintenance, aSite, aSource, settings } from "./source.ts";

export const STEP = 15 * MINUTE;
const KINDS = ["site", "power", "wan_1", "wan_2", "printer"] as const;
export type Kind = (typeof KINDS)[number];

/** A window that comes back every `days` days, first on the given date, at these minutes of the wall clock. */
type Recurring = { days: number; first: string; minute: number; length: number };

export type Case = {
  sites: SiteCase[];
  /** What each fault of each site is, in turn. */
  kinds: Kind[];
  linkCount: number;
  ignorePower: boolean;
  recurring: Recurring | null;
};

const aRecurring = (fromDate: string): fc.Arbitrary<Recurring> =>
  fc.record({
    days: fc.integer({ min: 1, max: 3 }),
    first: fc.integer({ min: -5, max: 2 }).map((days) => dateAfter(fromDate, days)),
    minute: fc.oneof(
      fc.constantFrom(0, 60, 90, 120, 150),
      fc.integer({ min: 0, max: 95 }).map((n) => n * 15),
    ),
    length: fc.integer({ min: 1, max: 120 }).map((n) => n * 15),
  });

export const aCase: fc.Arbitrary<Case> = someSites.chain((sites) => {
  const [first] = sites as [SiteCase];
  const times = timesAround(first.whole, { roundMs: 3 * HOUR, stepMs: STEP, aroundMs: DAY });
  return fc.record({
    // One report has one set of hours, and one way to count maintenance.
    sites: fc.tuple(...sites.map(() => someFaults(times, 9))).map((faults) =>
      sites.map((site, index) => ({
        ...site,
        hours: first.hours,
        maintenanceCountsAs: first.maintenanceCountsAs,
        faults: (faults[index] ?? [])
          .filter((fault) => touches(fault, first))
          .sort((a, b) => a.startMs - b.startMs),
      })),
    ),
    kinds: fc.array(fc.constantFrom(...KINDS, "site" as const), { minLength: 7, maxLength: 7 }),
    linkCount: fc.integer({ min: 0, max: 2 }),
    ignorePower: fc.boolean(),
    recurring: rarely(aRecurring(first.dates.fromDate)),
  });
});

/** Whether the store would give such a fault for the window. */
function touches({ startMs, endMs }: FaultSpan, { whole, nowMs }: SiteCase): boolean {
  const windowEndMs = Math.min(whole.endMs, Math.max(whole.startMs, nowMs));
  return startMs < windowEndMs && (endMs === null || endMs > whole.startMs || startMs >= whole.startMs);
}

export const kindOf = ({ kinds, linkCount }: Case, site: number, fault: number): Kind => {
  const kind = kinds[(3 * site + fault) % kinds.length] as Kind;
  return Number(kind.slice(4)) > linkCount ? "printer" : kind;
};
const HOURS_ID = `bh_${"0".repeat(27)}`;
const siteId = (index: number) => `site_${String(index).padStart(27, "0")}`;
const iso = (ms: number) => new Date(ms).toISOString();

/** Occurrences by the oracle's clock; null when the first is not what the wall shows as it is asked. */
export function occurrences({ sites, recurring }: Case) {
  if (recurring === null) return [];
  const { dates, whole } = sites[0] as SiteCase;
  const instant = (date: string, minute: number) =>
    firstInstantAt(dates.zone, dateAfter(date, Math.floor(minute / 1440)), minute % 1440, STEP);
  const spans = [];
  for (
    let date = recurring.first;
    date <= dateAfter(dates.toDate, 1);
    date = dateAfter(date, recurring.days)
  ) {
    const startMs = instant(date, recurring.minute);
    const endMs = instant(date, recurring.minute + recurring.length);
    if (
      spans.length === 0 &&
      (startMs >= endMs ||
        !shows(startMs, recurring.minute) ||
        !shows(endMs, recurring.minute + recurring.length))
    )
      return null;
    spans.push({ startMs, endMs });
  }
  function shows(ms: number, minute: number) {
    const wall = wallAt(dates.zone, ms);
    const date = dateAfter((recurring as Recurring).first, Math.floor(minute / 1440));
    return wall.minute === minute % 1440 && wall.date === date;
  }
  return spans.filter(({ startMs, endMs }) => endMs > startMs && startMs < whole.endMs + DAY);
}

export function sourceOf(given: Case, recurring: readonly { startMs: number; endMs: number }[]) {
  const [first] = given.sites as [SiteCase];
  const faults: Record<string, SourceFault[]> = {};
  const sites = given.sites.map((site, index): SourceSite => {
    const id = siteId(index);
    faults[id] = site.faults.map(({ startMs, endMs }, number) => {
      const kind = kindOf(given, index, number);
      return aFault(iso(startMs), endMs === null ? null : iso(endMs), {
        id: `flt_${index}_${number}`,
        type: kind === "printer" ? "printer" : kind.startsWith("wan_") ? "wantunnel" : "site",
        cause: kind === "power" ? "Power outage" : null,
        linkId: kind.startsWith("wan_") ? `${id}_${kind}` : null,
      });
    });
    return aSite({
      id,
      monitoredSinceMs: site.monitoredSinceMs,
      tags: index === 3 ? {} : { Ring: index === 0 ? ["R0", "R1"] : `R${index % 2}` },
      links: Array.from({ length: given.linkCount }, (_, link) => ({
        id: `${id}_wan_${link + 1}`,
        name: `Line ${link + 1}`,
        isp: null,
      })),
    });
  });
  const own = given.sites.flatMap((site, index) =>
    site.maintenance
      .filter(({ startMs, endMs }) => endMs > startMs)
      .map(({ startMs, endMs }, number) =>
        aMaintenance(iso(startMs), iso(endMs), {
          id: maintenanceId(index, number),
          site_ids: [siteId(index)],
        }),
      ),
  );
  const [firstTime] = recurring;
  const again: SourceMaintenance[] =
    given.recurring && firstTime
      ? [
          aMaintenance(iso(firstTime.startMs), iso(firstTime.endMs), {
            rrule: `FREQ=DAILY;INTERVAL=${given.recurring.days}`,
            timezone: first.dates.zone,
          }),
        ]
      : [];
  const { hours } = first;
  return aSource(sites, faults, {
    settings: settings({
      timezone: first.dates.zone,
      ignore_power_outages: given.ignorePower,
      maintenance_counts_as: first.maintenanceCountsAs,
      calculate_sla_within_schedule_hours: hours !== null,
      business_hours_id: hours && HOURS_ID,
      grouping_rules: [
        { key: "Ring", aggregation: "redundancy" },
        { key: "ring", aggregation: "avg" },
      ],
    }),
    businessHours: hours && {
      id: HOURS_ID,
      name: "Hours",
      ...hours,
      days: hours.days as Record<string, never>,
    },
    fromDate: first.dates.fromDate,
    toDate: first.dates.toDate,
    computedAtMs: first.nowMs,
    maintenanceWindows: [...own, ...again],
  });
}

const maintenanceId = (site: number, number: number) =>
  `mw_${String(100 * (site + 1) + number).padStart(27, "0")}`;
