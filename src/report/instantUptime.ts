// Uptime of many sites at once, without a report: the same rules, read from columns, no object a fault.

import { formatInstant } from "../model/formats.ts";
import type { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import type { HoursRule } from "../sla/businessHours.ts";
import { type Category, DEFAULT_CAUSE_PATTERNS } from "../sla/causes.ts";
import { groupsOf } from "../sla/grouping.ts";
import type { Span } from "../sla/intervals.ts";
import { measure, subtract } from "../sla/intervals.ts";
import { uptimePercentage } from "../sla/percentage.ts";
import { downtimeOfSorted, type ServiceTime, siteUptime } from "../sla/uptime.ts";
import { seconds, secondsOrNull } from "./figures.ts";
import { type Rules, rulesOf } from "./rules.ts";
import type { SourceSite } from "./source.ts";

export type UptimeRequest = {
  timezone: string;
  /** Already cut off at now. */
  window: Span;
  hours: HoursRule | null;
  ignorePower: boolean;
  maintenanceCountsAs: "excluded" | "up";
  grouping: { key: string; aggregation: "avg" | "min" | "max" | "redundancy" } | null;
};

/** Faults of a site as columns, sorted by start; an end of -1 means open. */
export type Columns = { starts: number[]; ends: number[]; causeSeqs: (number | null)[] };

export type UptimeSource<Site> = {
  sites: readonly Site[];
  maintenanceWindows: readonly MaintenanceWindow[];
  faultsOf: (siteSeq: number) => Columns;
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
    causePatterns: DEFAULT_CAUSE_PATTERNS,
  });
  const isPower = powerCauses(request.ignorePower, source.causes, rules);
  const rows = source.sites.map((site) => {
    const time = rules.serviceTimeOf(site);
    const faults = withoutPower(source.faultsOf(site.seq), isPower);
    return { site, time, faults, figures: figuresOf(time, faults, window) };
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
    groups: request.grouping === null ? [] : groupRows(rows, request.grouping, window),
  };
}

function figuresOf(time: ServiceTime, faults: Columns, window: Span): SiteFigures {
  const range = { from: 0, to: faults.starts.length };
  const countable = time.exempt.length === 0 ? time.service : subtract(time.service, time.exempt);
  const { downtimeMs, incidents } = downtimeOfSorted(
    countable,
    faults.starts,
    faults.ends,
    range.from,
    range.to,
    window.endMs,
  );
  return { serviceMs: measure(time.service), downtimeMs, incidents };
}

function shown({ serviceMs, downtimeMs, incidents }: SiteFigures) {
  return {
    uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
    service_seconds: seconds(serviceMs),
    downtime_seconds: seconds(downtimeMs),
    incidents,
  };
}

/** The numbers of causes that are power; null when power outages count. */
function powerCauses(
  ignorePower: boolean,
  causes: ReadonlyMap<number, string>,
  rules: Rules,
): Set<number> | null {
  if (!ignorePower) return null;
  const power: Category = "power";
  return new Set(
    [...causes].filter(([, text]) => rules.categoryOf(text, "site") === power).map(([seq]) => seq),
  );
}

function withoutPower(columns: Columns, power: Set<number> | null): Columns {
  if (!power || power.size === 0) return columns;
  const kept: Columns = { starts: [], ends: [], causeSeqs: [] };
  columns.causeSeqs.forEach((cause, index) => {
    if (cause !== null && power.has(cause)) return;
    kept.starts.push(columns.starts[index] as number);
    kept.ends.push(columns.ends[index] as number);
    kept.causeSeqs.push(cause);
  });
  return kept;
}

function groupRows(
  rows: readonly { site: SourceSite; time: ServiceTime; faults: Columns }[],
  rule: NonNullable<UptimeRequest["grouping"]>,
  window: Span,
) {
  const members = rows.map(({ site, time, faults }) => {
    const spans = faults.starts.map((startMs, index) => {
      const end = faults.ends[index] as number;
      return { startMs, endMs: end < 0 ? null : end };
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
