// One site of a sample report document: faults from the random source, figures by the product's arithmetic.

import type { DocumentFault, DocumentSite, ReportDocument } from "../../../src/report/document.ts";
import { countedAs } from "../../../src/report/figures.ts";
import { spansOfMaintenance } from "../../../src/report/maintenance.ts";
import { CATEGORIES, type Category, categoryOf, DEFAULT_CAUSE_PATTERNS } from "../../../src/sla/causes.ts";
import { type Intervals, type Span, unionOf } from "../../../src/sla/intervals.ts";
import { allowedDowntimeMs, isBreached, uptimePercentage } from "../../../src/sla/percentage.ts";
import { downtimeBy, measurePerDay, serviceTime, siteUptime } from "../../../src/sla/uptime.ts";
import type { SampleOptions } from "../sampleDocument.ts";
import { CAUSES, COMMENTS, LONG_CAUSE, LONG_COMMENT, pick, type Random, siteName } from "./sampleTexts.ts";

export type Sample = {
  options: SampleOptions;
  random: Random;
  window: Span;
  days: { date: string; startMs: number; endMs: number }[];
  openHours: Intervals | null;
  maintenance: ReportDocument["maintenance_windows"];
};

export type MeasuredSite = { site: DocumentSite; service: Intervals; down: Intervals };

const MINUTE_MS = 60_000;

export const iso = (ms: number) => new Date(ms).toISOString();
export const seconds = (ms: number) => ms / 1000;
export const sampleId = (prefix: string, index: number) => `${prefix}_${String(index).padStart(27, "0")}`;

/** Site number `index` of a sample, with the sets its groups are made of. */
export function sampleSite(sample: Sample, index: number): MeasuredSite {
  const { options, window } = sample;
  const siteId = sampleId("site", index);
  const monitoredSinceMs = options.withoutServiceTime && index === 0 ? window.endMs : null;
  const windows = sample.maintenance.filter(({ site_ids }) => site_ids === null || site_ids.includes(siteId));
  const time = serviceTime({
    window,
    openHours: sample.openHours,
    maintenance: unionOf(windows.flatMap((one) => spansOfMaintenance(one, window))),
    maintenanceCountsAs: "excluded",
    monitoredSinceMs,
  });
  const isBad = options.breached === "all" || (options.breached === "some" && index % 5 === 1);
  const counted = countedFaults(sample, index, isBad);
  const spans = counted.map(({ fault, startMs, endMs }) => ({ startMs, endMs, key: fault.category }));
  const uptime = siteUptime(time, spans, window);
  const byCategory = downtimeBy<Category>(uptime.down, spans);
  const allowedMs = allowedDowntimeMs(uptime.serviceMs, options.target);
  const ignored = isBad && options.ignored ? ignoredFaults(sample, index) : [];
  const power = ignored.filter(({ reason }) => reason === "power_ignored").map(spanOf);
  const wanLinks = wanLinksOf(sample, index, uptime.serviceMs);
  const region = ["North", "South", "East", "West"][index % 4] as string;
  const site: DocumentSite = {
    site_id: siteId,
    name: siteName(options.names, index, sample.random),
    external_id: `EXT-${1000 + index}`,
    address: index % 2 === 0 ? `${index + 1} Example Street, 8000 Zürich` : null,
    tags: index % 7 === 6 ? {} : { Region: region, Ring: [`R${index % 3}`, `R${(index + 1) % 3}`] },
    monitored_since: monitoredSinceMs === null ? null : iso(monitoredSinceMs),
    uptime_percentage: uptimePercentage(uptime.serviceMs, uptime.downtimeMs),
    service_seconds: seconds(uptime.serviceMs),
    downtime_seconds: seconds(uptime.downtimeMs),
    breached: isBreached(uptime.serviceMs, uptime.downtimeMs, options.target),
    if_all_counted:
      power.length === 0
        ? null
        : countedAs(
            uptime.serviceMs,
            siteUptime(time, [...spans, ...power], window).downtimeMs,
            options.target,
          ),
    incidents: uptime.incidents.map((incident) => {
      const first = (counted[incident.faultIndexes[0] as number] as CountedFault).fault;
      return {
        started_at: iso(incident.startMs),
        ended_at: incident.open ? null : iso(incident.endMs),
        service_seconds: seconds(incident.insideMs),
        outside_seconds: seconds(incident.outsideMs),
        category: first.category,
        cause: first.cause,
        fault_ids: incident.faultIndexes.map((fault) => (counted[fault] as CountedFault).fault.id),
      };
    }),
    longest_seconds: seconds(uptime.longestMs),
    mttr_seconds: uptime.mttrMs === null ? null : seconds(uptime.mttrMs),
    mtbf_seconds: uptime.mtbfMs === null ? null : seconds(uptime.mtbfMs),
    error_budget: {
      allowed_seconds: seconds(allowedMs),
      used_seconds: seconds(uptime.downtimeMs),
      left_seconds: seconds(allowedMs - uptime.downtimeMs),
    },
    downtime_by_cause: Object.fromEntries(
      CATEGORIES.map((category) => [category, seconds(byCategory.get(category) ?? 0)]),
    ) as DocumentSite["downtime_by_cause"],
    days: {
      service_seconds: measurePerDay(time.service, sample.days).map(seconds),
      downtime_seconds: measurePerDay(uptime.down, sample.days).map(seconds),
    },
    maintenance_window_ids: windows.map((one) => one.id),
    faults: [...counted.map(({ fault }) => fault), ...ignored],
    wan_links: wanLinks,
    all_links_down_seconds:
      wanLinks.length === 0 ? null : Math.min(...wanLinks.map((link) => link.downtime_seconds)) / 2,
  };
  return { site, service: time.service, down: uptime.down };
}

const spanOf = ({ started_at, resolved_at }: DocumentFault) => ({
  startMs: Date.parse(started_at),
  endMs: resolved_at === null ? null : Date.parse(resolved_at),
});

type CountedFault = { fault: DocumentFault; startMs: number; endMs: number | null };

/** One outage in each of as many equal parts of the window; the last one of a bad site may still be open. */
function countedFaults(sample: Sample, index: number, isBad: boolean): CountedFault[] {
  const { options, random, window } = sample;
  const count = isBad ? options.incidentsPerSite : Math.floor(options.incidentsPerSite / 3);
  const partMs = (window.endMs - window.startMs) / Math.max(1, count);
  const longestMs = isBad ? Math.min(partMs * 0.6, 240 * MINUTE_MS) : Math.min(partMs * 0.6, MINUTE_MS);
  return Array.from({ length: count }, (_, number) => {
    const lengthMs = Math.ceil(((0.2 + 0.8 * random()) * longestMs) / 1000) * 1000;
    const startMs = Math.round((window.startMs + partMs * (number + random() * 0.35)) / 1000) * 1000;
    const isOpen = isBad && options.partial && number === count - 1;
    const endMs = isOpen ? null : startMs + lengthMs;
    return { fault: faultOf(sample, index * 100_000 + number, startMs, endMs), startMs, endMs };
  });
}

function faultOf(
  { options, random }: Sample,
  number: number,
  startMs: number,
  endMs: number | null,
): DocumentFault {
  const cause = options.longCauses && number % 2 === 0 ? LONG_CAUSE : pick(random, CAUSES);
  const text = options.comments === "long" ? LONG_COMMENT : pick(random, COMMENTS);
  return {
    id: sampleId("flt", number),
    external_id: null,
    resource_id: null,
    type: "site",
    severity: pick(random, ["LOW", "MEDIUM", "HIGH", "CRITICAL"]),
    cause,
    category: categoryOf(cause, "site", DEFAULT_CAUSE_PATTERNS),
    message: cause === null ? "no ICMP echo reply\nfor 3 probes" : null,
    started_at: iso(startMs),
    resolved_at: endMs === null ? null : iso(endMs),
    counted: true,
    reason: null,
    comments:
      options.comments !== "none" && number % 3 === 0
        ? [{ author: "noc@example.com", text, created_at: iso(startMs + 20 * MINUTE_MS) }]
        : [],
  };
}

/** One fault for each reason why a fault is not counted. */
function ignoredFaults(sample: Sample, index: number): DocumentFault[] {
  const reasons = [
    "power_ignored",
    "wan_link",
    "type_not_counted",
    "no_service_time",
    "no_duration",
  ] as const;
  return reasons.map((reason, number) => {
    const startMs = sample.window.startMs + (number + 1) * 600 * MINUTE_MS + 1_000;
    const endMs = startMs + (reason === "no_duration" ? 0 : 12 * MINUTE_MS);
    const isLink = reason === "wan_link";
    return {
      ...faultOf(
        { ...sample, options: { ...sample.options, comments: "none" } },
        index * 100_000 + 90_000 + number,
        startMs,
        endMs,
      ),
      counted: false,
      reason,
      type: reason === "type_not_counted" ? "printer" : isLink ? "wantunnel" : "site",
      resource_id: isLink ? sampleId("wan", index * 10) : null,
    };
  });
}

function wanLinksOf(
  { options, random }: Sample,
  index: number,
  serviceMs: number,
): DocumentSite["wan_links"] {
  return Array.from({ length: options.wanLinks }, (_, number) => {
    const downtimeMs = Math.min(serviceMs, Math.round(random() * 90) * MINUTE_MS);
    return {
      id: sampleId("wan", index * 10 + number),
      name: `WAN ${number + 1}`,
      isp: number === 0 ? "Example Telecom" : null,
      uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
      service_seconds: seconds(serviceMs),
      downtime_seconds: seconds(downtimeMs),
      fault_count: downtimeMs === 0 ? 0 : 3,
      incidents: downtimeMs === 0 ? 0 : 2,
      longest_seconds: seconds(downtimeMs / 2),
    };
  });
}
