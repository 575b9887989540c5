// The groups and the summary of a sample report document, from its sites.
import type { DocumentSite, GroupSection, ReportDocument } from "../../../src/report/document.ts";
import { countedAs } from "../../../src/report/figures.ts";
import { CATEGORIES } from "../../../src/sla/causes.ts";
import { groupsOf } from "../../../src/sla/grouping.ts";
import { measure } from "../../../src/sla/intervals.ts";
import { isBreached, isMeanBreached, meanPercentage, uptimePercentage } from "../../../src/sla/percentage.ts";
import { type MeasuredSite, type Sample, seconds } from "./sampleSite.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export const GROUPING: { key: string; aggregation: GroupSection["aggregation"] }[] = [
  { key: "Region", aggregation: "avg" },
  { key: "Ring", aggregation: "redundancy" },
];

/** A section for each of the grouping rules. */
export function groupSections({ options }: Sample, measured: readonly MeasuredSite[]): GroupSection[] {
  const members = measured.map(({ site, service, down }) => ({
    siteId: site.site_id,
    tags: site.tags,
    time: { service, exempt: [] },
    fromMs: -Infinity,
    down,
    lengths: { serviceMs: measure(service), downtimeMs: measure(down) },
  }));
  return GROUPING.map((rule) => ({
    ...rule,
    groups: groupsOf(members, rule).map((group) => ({
      value: group.value,
      site_ids: group.siteIds,
      uptime_percentage: group.uptimePercentage,
      service_seconds: group.serviceMs === null ? null : seconds(group.serviceMs),
      downtime_seconds: group.downtimeMs === null ? null : seconds(group.downtimeMs),
      breached:
        group.uptimePercentage === null ? null : isMeanBreached(group.uptimePercentage, options.target),
    })),
  }));
}

function ifAllCounted(sites: readonly DocumentSite[], serviceMs: number, target: number) {
  if (sites.every((site) => site.if_all_counted === null)) return null;
  const downtimes = sites.map((site) => (site.if_all_counted ?? site).downtime_seconds);
  return countedAs(serviceMs, Math.round(sum(downtimes) * 1000), target);
}

/** The figures of all sites together. */
export function summaryOf(
  { options, days }: Sample,
  sites: readonly DocumentSite[],
): ReportDocument["summary"] {
  const total = (read: (site: DocumentSite) => number) => Math.round(sum(sites.map(read)) * 1000);
  const perDay = (read: (site: DocumentSite) => number[]) =>
    days.map((_, day) => seconds(total((site) => read(site)[day] as number)));
  const serviceMs = total((site) => site.service_seconds);
  const downtimeMs = total((site) => site.downtime_seconds);
  const incidents = sum(sites.map((site) => site.incidents.length));
  const uptimes = sites.map((site) => site.uptime_percentage).filter((uptime) => uptime !== null);
  const worst = sites.toSorted((a, b) => (a.uptime_percentage ?? 101) - (b.uptime_percentage ?? 101))[0];
  const allowedMs = total((site) => site.error_budget.allowed_seconds);
  return {
    site_count: sites.length,
    met_count: sites.filter((site) => site.breached === false).length,
    breached_count: sites.filter((site) => site.breached).length,
    no_service_time_count: sites.filter((site) => site.breached === null).length,
    uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
    service_seconds: seconds(serviceMs),
    downtime_seconds: seconds(downtimeMs),
    breached: isBreached(serviceMs, downtimeMs, options.target),
    if_all_counted: ifAllCounted(sites, serviceMs, options.target),
    mean_uptime_percentage: meanPercentage(uptimes),
    worst_site_id: worst && worst.uptime_percentage !== null ? worst.site_id : null,
    incident_count: incidents,
    longest_seconds: Math.max(0, ...sites.map((site) => site.longest_seconds)),
    mttr_seconds: incidents === 0 ? null : seconds(downtimeMs) / incidents,
    mtbf_seconds: incidents === 0 ? null : seconds(serviceMs - downtimeMs) / incidents,
    error_budget: {
      allowed_seconds: seconds(allowedMs),
      used_seconds: seconds(downtimeMs),
      left_seconds: seconds(allowedMs - downtimeMs),
    },
    downtime_by_cause: Object.fromEntries(
      CATEGORIES.map((category) => [category, seconds(total((site) => site.downtime_by_cause[category]))]),
    ) as DocumentSite["downtime_by_cause"],
    days: {
      service_seconds: perDay((site) => site.days.service_seconds),
      downtime_seconds: perDay((site) => site.days.downtime_seconds),
    },
  };
}
