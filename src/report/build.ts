// Data to document: computes every figure of a report. Pure; the JSON, CSV and PDF are views of the result.
import { formatInstant } from "../model/formats.ts";
import { groupsOf } from "../sla/grouping.ts";
import { isBreached, isMeanBreached } from "../sla/percentage.ts";
import { TZDATA_VERSION } from "../sla/zone.ts";
import { digestOf } from "./digest.ts";
import type { GroupSection, ReportDocument } from "./document.ts";
import { secondsOrNull } from "./figures.ts";
import { cutDays, cutWindow, type Rules, rulesOf } from "./rules.ts";
import { type SiteResult, siteResult } from "./site.ts";
import type { ReportSource, SourceMaintenance } from "./source.ts";
import { summaryOf } from "./summary.ts";
import { trendOf } from "./trend.ts";
import { refuseTooMuch, withOutages } from "./work.ts";

/** Builds the document. `onProgress` is told the fraction of sites done. */
export function buildDocument(source: ReportSource, onProgress?: (fraction: number) => void): ReportDocument {
  const { settings, fromDate, toDate } = source;
  const { window, partial } = cutWindow(settings.timezone, fromDate, toDate, source.computedAtMs);
  const days = cutDays(settings.timezone, fromDate, toDate, window.endMs);
  const hours = settings.calculate_sla_within_schedule_hours ? source.businessHours : null;
  const rules = rulesOf({ ...source, hours, window });
  const groupings = settings.grouping_rules;
  const work = rules.workFor(source.sites, { holdsTimes: true, groupings });
  refuseTooMuch(work);
  const results = computeSites(source, rules, days, onProgress);
  const sizes = results.map(({ document: { tags }, uptime }) => ({ tags, outages: uptime.incidents.length }));
  refuseTooMuch(withOutages(work, groupings, sizes));
  const applied = new Set(results.flatMap(({ document }) => document.maintenance_window_ids));
  const summary = summaryOf(results, settings.sla_target, days.length);
  const document: Omit<ReportDocument, "digest"> = {
    schema_version: 1,
    generator: { name: "nines", version: source.version, tzdata: TZDATA_VERSION },
    report: {
      id: source.report.id,
      schedule_id: source.report.scheduleId,
      schedule_name: settings.name,
      trigger: source.report.trigger,
      computed_at: formatInstant(source.computedAtMs),
    },
    period: {
      from_date: fromDate,
      to_date: toDate,
      timezone: settings.timezone,
      starts_at: formatInstant(window.startMs),
      ends_at: formatInstant(window.endMs),
      partial,
      days: days.map(({ date, startMs, endMs }) => ({
        date,
        starts_at: formatInstant(startMs),
        ends_at: formatInstant(endMs),
      })),
    },
    settings,
    business_hours: hours && {
      id: hours.id,
      name: hours.name,
      timezone: hours.timezone,
      days: hours.days,
      holidays: hours.holidays,
    },
    maintenance_windows: source.maintenanceWindows.filter(({ id }) => applied.has(id)).map(maintenanceOf),
    cause_patterns: source.causePatterns.map((pattern) => ({ ...pattern })),
    summary,
    trend: trendOf(summary, source.previous),
    history: source.history,
    groups: groupings.map((rule) => groupSection(rule, results, settings.sla_target)),
    sites: results.map((result) => result.document),
  };
  return { ...document, digest: digestOf(document) };
}

/** A window without what the document does not say of it. */
function maintenanceOf(window: SourceMaintenance): ReportDocument["maintenance_windows"][number] {
  const { id, name, starts_at, ends_at, rrule, timezone, site_ids, tags } = window;
  return { id, name, starts_at, ends_at, rrule, timezone, site_ids, tags };
}

function computeSites(
  source: ReportSource,
  rules: Rules,
  days: { startMs: number; endMs: number }[],
  onProgress: ((fraction: number) => void) | undefined,
): SiteResult[] {
  const { settings, sites } = source;
  return sites.map((site, index) => {
    if (onProgress && index % 50 === 0) onProgress(index / sites.length);
    return siteResult(site, source.faultsOf(site), rules, {
      target: settings.sla_target,
      ignorePower: settings.ignore_power_outages,
      days,
    });
  });
}

function groupSection(
  rule: ReportDocument["settings"]["grouping_rules"][number],
  results: readonly SiteResult[],
  target: number,
): GroupSection {
  const members = results.map(({ document, uptime, sharedTime, watchedFromMs }) => ({
    siteId: document.site_id,
    tags: document.tags,
    time: sharedTime,
    fromMs: watchedFromMs,
    down: uptime.incidents.flatMap(({ startMs, endMs }) => [startMs, endMs]),
    lengths: uptime,
  }));
  return {
    ...rule,
    groups: groupsOf(members, rule).map((group) => ({
      value: group.value,
      site_ids: [...group.siteIds],
      uptime_percentage: group.uptimePercentage,
      service_seconds: secondsOrNull(group.serviceMs),
      downtime_seconds: secondsOrNull(group.downtimeMs),
      breached: groupBreached(group, target),
    })),
  };
}

/** Redundancy has lengths and is compared exactly; a mean, a worst or a best is compared as it is. */
function groupBreached(group: ReturnType<typeof groupsOf>[number], target: number): boolean | null {
  if (group.uptimePercentage === null) return null;
  if (group.serviceMs !== null && group.downtimeMs !== null)
    return isBreached(group.serviceMs, group.downtimeMs, target);
  return isMeanBreached(group.uptimePercentage, target);
}
