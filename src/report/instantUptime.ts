// Uptime of many sites at once, without a report: the same rules, read from columns, no object a fault.

import { formatInstant } from "../model/formats.ts";
import type { HoursRule } from "../sla/businessHours.ts";
import type { CausePattern } from "../sla/causes.ts";
import { groupsOf } from "../sla/grouping.ts";
import type { Span } from "../sla/intervals.ts";
import { measure, subtract } from "../sla/intervals.ts";
import { uptimePercentage } from "../sla/percentage.ts";
import { downtimeOfSorted, type ServiceTime, siteUptime } from "../sla/uptime.ts";
import { seconds, secondsOrNull } from "./figures.ts";
import { type Rules, rulesOf } from "./rules.ts";
import type { SourceMaintenance, SourceSite } from "./source.ts";

export type UptimeRequest = {
  timezone: string;
  /** Already cut off at now. */
  window: Span;
  hours: HoursRule | null;
  ignorePower: boolean;
  maintenanceCountsAs: "excluded" | "up";
  grouping: { key: string; aggregation: "avg" | "min" | "max" | "redundancy" } | null;
};

/**
 * Faults of sites as columns: site i has the rows from firstRows[i] up to firstRows[i + 1], sorted by start;
 * an end of -1 means open.
 */
export type Columns = { firstRows: ArrayLike<number>; starts: ArrayLike<number>; ends: ArrayLike<number> };

export type UptimeSource<Site> = {
  sites: readonly Site[];
  maintenanceWindows: readonly SourceMaintenance[];
  causePatterns: CausePattern[];
  /** The counted faults of these sites, without those of some causes; NO_CAUSE stands for none given. */
  faultsOf: (siteSeqs: readonly number[], withoutCauses: readonly number[]) => Columns;
  /** Texts of cause numbers; needed only when power outages are ignored. */
  causes: ReadonlyMap<number, string>;
};

type SiteFigures = { serviceMs: number; downtimeMs: number; incidents: number };

/** Figures of every site, of all together, and of groups when asked for. */
export function instantUptime<Site extends SourceSite & { seq: number }>(
  request: UptimeRequest,
  source: UptimeSource<Site>,
) {
  const { window, timezone } = request;
  const rules = rulesOf({
    settings: {
      timezone,
      maintenance_counts_as: request.maintenanceCountsAs,
      ignore_power_outages: request.ignorePower,
    },
    hours: request.hours,
    window,
    maintenanceWindows: source.maintenanceWindows,
    causePatterns: source.causePatterns,
  });
  const faults = source.faultsOf(
    source.sites.map(({ seq }) => seq),
    request.ignorePower ? powerCauses(source.causes, rules) : [],
  );
  const rows = source.sites.map((site, index) => {
    const time = rules.serviceTimeOf(site);
    return { site, time, index, figures: figuresOf(time, faults, index, window) };
  });
  const overall = rows.reduce<SiteFigures>(
    (total, { figures }) => ({
      serviceMs: total.serviceMs + figures.serviceMs,
      downtimeMs: total.downtimeMs + figures.downtimeMs,
      incidents: total.incidents + figures.incidents,
    }),
    { serviceMs: 0, downtimeMs: 0, incidents: 0 },
  );
  return {
    from: formatInstant(window.startMs),
    to: formatInstant(window.endMs),
    timezone,
    overall: shown(overall),
    sites: rows.map(({ site, figures }) => ({ site_id: site.id, name: site.name, ...shown(figures) })),
    groups: request.grouping === null ? [] : groupRows(rows, faults, request.grouping, window),
  };
}

function figuresOf(time: ServiceTime, faults: Columns, site: number, window: Span): SiteFigures {
  const countable = time.exempt.length === 0 ? time.service : subtract(time.service, time.exempt);
  const [from, to] = rowsOf(faults, site);
  const { downtimeMs, incidents } = downtimeOfSorted(
    countable,
    faults.starts,
    faults.ends,
    from,
    to,
    window.endMs,
  );
  return { serviceMs: measure(time.service), downtimeMs, incidents };
}

function rowsOf({ firstRows }: Columns, site: number): [from: number, to: number] {
  return [firstRows[site] as number, firstRows[site + 1] as number];
}

function shown({ serviceMs, downtimeMs, incidents }: SiteFigures) {
  return {
    uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
    service_seconds: seconds(serviceMs),
    downtime_seconds: seconds(downtimeMs),
    incidents,
  };
}

/** In a list of cause numbers: faults without a cause. */
export const NO_CAUSE = -1;

/** The numbers of the causes that are power. */
function powerCauses(causes: ReadonlyMap<number, string>, rules: Rules): number[] {
  const power = [...causes]
    .filter(([, text]) => rules.categoryOf(text, "site") === "power")
    .map(([seq]) => seq);
  return rules.categoryOf(null, "site") === "power" ? [...power, NO_CAUSE] : power;
}

function groupRows(
  rows: readonly { site: SourceSite; time: ServiceTime; index: number }[],
  faults: Columns,
  rule: NonNullable<UptimeRequest["grouping"]>,
  window: Span,
) {
  const members = rows.map(({ site, time, index }) => {
    const [from, to] = rowsOf(faults, index);
    const spans = Array.from({ length: to - from }, (_, row) => {
      const endMs = faults.ends[from + row] as number;
      return { startMs: faults.starts[from + row] as number, endMs: endMs < 0 ? null : endMs };
    });
    return {
      siteId: site.id,
      tags: site.tags,
      service: time.service,
      down: siteUptime(time, spans, window).down,
    };
  });
  return groupsOf(members, rule).map((group) => ({
    value: group.value,
    site_ids: [...group.siteIds],
    uptime_percentage: group.uptimePercentage,
    service_seconds: secondsOrNull(group.serviceMs),
    downtime_seconds: secondsOrNull(group.downtimeMs),
  }));
}
