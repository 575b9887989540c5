// One site of a report: its figures, incidents, faults with the reason when one is not counted, WAN links.

import type { SourceFault } from "../model/fault.ts";
import { formatInstant } from "../model/formats.ts";
import type { Category } from "../sla/causes.ts";
import type { Span } from "../sla/intervals.ts";
import { intersect, measure, subtract, unionOf } from "../sla/intervals.ts";
import { isBreached, uptimePercentage } from "../sla/percentage.ts";
import {
  downtimeBy,
  type FaultSpan,
  measurePerDay,
  type ServiceTime,
  type SiteUptime,
  type Incident as SlaIncident,
  siteUptime,
} from "../sla/uptime.ts";
import type { DocumentFault, DocumentSite, Incident } from "./document.ts";
import { byCategory, countedAs, errorBudget, seconds, secondsOrNull } from "./figures.ts";
import { exclusionOf, type Rules } from "./rules.ts";
import type { SourceSite } from "./source.ts";
import { linksOf } from "./wanLinks.ts";

type SortedFault = SourceFault & FaultSpan & { key: Category; exclusion: ReturnType<typeof exclusionOf> };

/** A site's part of the document, with what groups and the summary need beside it. */
export type SiteResult = {
  document: DocumentSite;
  uptime: SiteUptime;
  /** Service time had the site always been watched, as one object for all sites with the same. */
  sharedTime: ServiceTime;
  /** From when it was watched; -Infinity: throughout. */
  watchedFromMs: number;
  causes: Map<Category, number>;
  serviceDaysMs: number[];
  downDaysMs: number[];
  /** Downtime with the ignored faults in it; null when none was ignored. */
  allCountedMs: number | null;
};

export type SiteSettings = { target: number; ignorePower: boolean; days: readonly Span[] };

/** Computes one site. `faults` are all that touch the window, of every type, by start. */
export function siteResult(
  site: SourceSite,
  faults: readonly SourceFault[],
  rules: Rules,
  settings: SiteSettings,
): SiteResult {
  const time = rules.serviceTimeOf(site);
  const sorted = faults.map((fault): SortedFault => {
    const key = rules.categoryOf(fault.cause, fault.type);
    const exclusion = exclusionOf(
      { type: fault.type, onLink: fault.linkId !== null, category: key },
      settings.ignorePower,
    );
    return { ...fault, startMs: fault.startedAtMs, endMs: fault.resolvedAtMs, key, exclusion };
  });
  const counted = sorted.filter((fault) => fault.exclusion === null);
  const uptime = siteUptime(time, counted, rules.window);
  const causes = downtimeBy(uptime.down, counted);
  const allCountedMs = downtimeIfAllCounted(sorted, time, rules.window);
  const links = linksOf(site, sorted, { time, window: rules.window, ignorePower: settings.ignorePower });
  const serviceDaysMs = measurePerDay(time.service, settings.days);
  const downDaysMs = measurePerDay(uptime.down, settings.days);
  const document: DocumentSite = {
    site_id: site.id,
    name: site.name,
    external_id: site.externalId,
    address: site.address,
    tags: site.tags,
    monitored_since: site.monitoredSinceMs === null ? null : formatInstant(site.monitoredSinceMs),
    uptime_percentage: uptimePercentage(uptime.serviceMs, uptime.downtimeMs),
    service_seconds: seconds(uptime.serviceMs),
    downtime_seconds: seconds(uptime.downtimeMs),
    breached: isBreached(uptime.serviceMs, uptime.downtimeMs, settings.target),
    if_all_counted: allCountedMs === null ? null : countedAs(uptime.serviceMs, allCountedMs, settings.target),
    incidents: uptime.incidents.map((incident) => incidentOf(incident, counted)),
    longest_seconds: seconds(uptime.longestMs),
    mttr_seconds: secondsOrNull(uptime.mttrMs),
    mtbf_seconds: secondsOrNull(uptime.mtbfMs),
    error_budget: errorBudget(uptime.serviceMs, uptime.downtimeMs, settings.target),
    downtime_by_cause: byCategory(causes),
    days: { service_seconds: serviceDaysMs.map(seconds), downtime_seconds: downDaysMs.map(seconds) },
    maintenance_window_ids: rules.maintenanceFor(site).map(({ id }) => id),
    faults: sorted.map((fault) => faultOf(fault, time, rules.window)),
    ...links,
  };
  return {
    document,
    uptime,
    sharedTime: rules.sharedTimeOf(site),
    watchedFromMs: rules.watchedFrom(site),
    causes,
    serviceDaysMs,
    downDaysMs,
    allCountedMs,
  };
}

function incidentOf(incident: SlaIncident, counted: readonly SortedFault[]): Incident {
  const members = incident.faultIndexes.map((index) => counted[index] as SortedFault);
  const first = members[0] as SortedFault;
  const endMs = members.reduce(
    (latest, { resolvedAtMs }) => Math.max(latest, resolvedAtMs ?? Number.POSITIVE_INFINITY),
    0,
  );
  return {
    started_at: formatInstant(incident.startMs),
    ended_at: Number.isFinite(endMs) ? formatInstant(endMs) : null,
    service_seconds: seconds(incident.insideMs),
    outside_seconds: seconds(incident.outsideMs),
    category: first.key,
    cause: first.cause,
    fault_ids: members.map(({ id }) => id),
  };
}

function faultOf(fault: SortedFault, time: ServiceTime, window: Span): DocumentFault {
  const reason = fault.exclusion ?? silentReason(fault, time, window);
  return {
    id: fault.id,
    external_id: fault.externalId,
    resource_id: fault.linkId,
    type: fault.type,
    severity: fault.severity,
    cause: fault.cause,
    category: fault.key,
    message: fault.message,
    started_at: formatInstant(fault.startedAtMs),
    resolved_at: fault.resolvedAtMs === null ? null : formatInstant(fault.resolvedAtMs),
    counted: reason === null,
    reason,
    comments: fault.comments.map(({ author, text, createdAtMs }) => ({
      author,
      text,
      created_at: formatInstant(createdAtMs),
    })),
  };
}

/** Why a fault that would count adds no downtime; null when it does. */
function silentReason(
  fault: FaultSpan,
  time: ServiceTime,
  window: Span,
): "no_duration" | "in_maintenance" | "no_service_time" | null {
  if (fault.endMs === fault.startMs) return "no_duration";
  const span = unionOf([{ startMs: fault.startMs, endMs: fault.endMs ?? window.endMs }]);
  const inSpan = intersect(time.service, span);
  if (measure(subtract(inSpan, time.exempt)) > 0) return null;
  return inSpan.length > 0 ? "in_maintenance" : "no_service_time";
}

/** The downtime, had faults that are ignored by agreement counted; null when there are none. */
function downtimeIfAllCounted(
  faults: readonly SortedFault[],
  time: ServiceTime,
  window: Span,
): number | null {
  if (faults.every(({ exclusion }) => exclusion !== "power_ignored")) return null;
  const all = faults.filter(({ exclusion }) => exclusion === null || exclusion === "power_ignored");
  return siteUptime(time, all, window).downtimeMs;
}
