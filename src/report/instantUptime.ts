// Uptime of many sites at once, without a report: the same rules, read from columns, no object a fault. Expanded
// hours and maintenance are shared by the sites that have the same, so that memory is for the answer.
import { formatInstant } from "../model/formats.ts";
import type { HoursRule } from "../sla/businessHours.ts";
import type { CausePattern } from "../sla/causes.ts";
import { groupsOf, type Member } from "../sla/grouping.ts";
import {
  type Intervals,
  lengthBetween,
  type MeasuredSet,
  measuredSet,
  type Span,
  subtract,
} from "../sla/intervals.ts";
import { uptimePercentage } from "../sla/percentage.ts";
import { downtimeOfSorted, outagesOf, type ServiceTime } from "../sla/uptime.ts";
import { seconds, secondsOrNull } from "./figures.ts";
import type { AppliedWindows } from "./maintenance.ts";
import { type Rules, rulesOf } from "./rules.ts";
import type { SourceMaintenance, SourceSite } from "./source.ts";
import { type Work, withOutages } from "./work.ts";

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

/** Sites whose faults are held at the same time. */
const SITES_AT_ONCE = 512;

type SiteFigures = { serviceMs: number; downtimeMs: number; incidents: number };
type AskedSite = Omit<SourceSite, "links"> & { seq: number };
/** A site with its figures; only groups that look at times need the others. */
type SiteRow = { site: AskedSite; applied: AppliedWindows; figures: SiteFigures; outages: Intervals };

/**
 * Figures of every site, of all together, and of groups when asked for. `admit` is told what the work will be before
 * it begins, and again, more exactly, before groups are formed; it may refuse it by throwing.
 */
export function instantUptime<Site extends AskedSite>(
  request: UptimeRequest,
  source: UptimeSource<Site>,
  admit: (work: Work) => void,
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
  const holdsTimes = request.grouping?.aggregation === "redundancy";
  const groupings = request.grouping === null ? [] : [request.grouping];
  const work = rules.workFor(source.sites, { holdsTimes, groupings });
  admit(work);
  const rows = siteRows(source, rules, {
    holdsTimes,
    withoutCauses: request.ignorePower ? powerCauses(source.causes, rules) : [],
  });
  if (holdsTimes) admit(withOutages(work, groupings, rows.values().map(sizeOf)));
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
    groups: request.grouping === null ? [] : groupRows(rows, request.grouping, rules),
  };
}

export type UptimeFigures = ReturnType<typeof instantUptime>;
const sizeOf = ({ site, outages }: SiteRow) => ({ tags: site.tags, outages: outages.length / 2 });

type RowOptions = { holdsTimes: boolean; withoutCauses: readonly number[] };

/** The rows of all sites in their order, computed for one set of maintenance after the other. */
function siteRows(source: UptimeSource<AskedSite>, rules: Rules, options: RowOptions): SiteRow[] {
  const rows: SiteRow[] = [];
  const alike = Map.groupBy(source.sites.keys(), (index) =>
    rules.appliedTo(source.sites[index] as AskedSite),
  );
  for (const [applied, indexes] of alike) {
    const { service, exempt } = rules.timeOf(applied);
    const whole = measuredSet(service);
    const counting = exempt.length === 0 ? whole : measuredSet(subtract(service, exempt));
    for (let first = 0; first < indexes.length; first += SITES_AT_ONCE) {
      const some = indexes.slice(first, first + SITES_AT_ONCE);
      const sites = some.map((index) => source.sites[index] as AskedSite);
      const faults = source.faultsOf(
        sites.map(({ seq }) => seq),
        options.withoutCauses,
      );
      for (const [position, site] of sites.entries()) {
        rows[some[position] as number] = {
          site,
          applied,
          figures: figuresOf({ whole, counting }, faults, { position, site, window: rules.window }),
          outages: options.holdsTimes ? outageBounds(faults, position, rules.window) : [],
        };
      }
    }
  }
  return rows;
}

/** From when a site's time counts. */
const watchedFrom = ({ monitoredSinceMs }: AskedSite, { startMs }: Span) =>
  Math.max(startMs, monitoredSinceMs ?? startMs);

function figuresOf(
  { whole, counting }: { whole: MeasuredSet; counting: MeasuredSet },
  faults: Columns,
  { position, site, window }: { position: number; site: AskedSite; window: Span },
): SiteFigures {
  const [from, to] = rowsOf(faults, position);
  const fromMs = watchedFrom(site, window);
  const serviceMs = lengthBetween(whole, fromMs, window.endMs);
  return {
    serviceMs,
    ...downtimeOfSorted(counting, faults, { from, to, fromMs, windowEndMs: window.endMs }),
  };
}

function rowsOf({ firstRows }: Columns, site: number): [from: number, to: number] {
  return [firstRows[site] as number, firstRows[site + 1] as number];
}

/** The times in which a site had counted faults. */
function outageBounds({ starts, ends, ...columns }: Columns, site: number, window: Span): Intervals {
  const [from, to] = rowsOf({ starts, ends, ...columns }, site);
  const spans = Array.from({ length: to - from }, (_, row) => {
    const endMs = ends[from + row] as number;
    return { startMs: starts[from + row] as number, endMs: endMs < 0 ? null : endMs };
  });
  return outagesOf(spans, window).flatMap(({ startMs, endMs }) => [startMs, endMs]);
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

function groupRows(rows: readonly SiteRow[], rule: NonNullable<UptimeRequest["grouping"]>, rules: Rules) {
  const times = new Map<AppliedWindows, ServiceTime>();
  const timeOf = (applied: AppliedWindows): ServiceTime => {
    const time = times.get(applied) ?? rules.timeOf(applied);
    times.set(applied, time);
    return time;
  };
  const members = rows.map(
    ({ site, applied, figures, outages }): Member => ({
      siteId: site.id,
      tags: site.tags,
      lengths: figures,
      // Expanded when it is asked for: only redundancy asks.
      get time() {
        return timeOf(applied);
      },
      fromMs: rules.watchedFrom(site),
      down: outages,
    }),
  );
  return groupsOf(members, rule).map((group) => ({
    value: group.value,
    site_ids: [...group.siteIds],
    uptime_percentage: group.uptimePercentage,
    service_seconds: secondsOrNull(group.serviceMs),
    downtime_seconds: secondsOrNull(group.downtimeMs),
  }));
}
