// Data to document: computes every figure of a report. Pure; the JSON, CSV and PDF are views of the result.
import { formatInstant } from "../model/formats.ts";
import { groupsOf, type Member } from "../sla/grouping.ts";
import { isBreached, isMeanBreached } from "../sla/percentage.ts";
import { TZDATA_VERSION } from "../sla/zone.ts";
import type { RowContext } from "./csv.ts";
import { digestOf } from "./digest.ts";
import type { DocumentSite, GroupSection, ReportDocument } from "./document.ts";
import { secondsOrNull } from "./figures.ts";
import { cutDays, cutWindow, type Rules, rulesOf } from "./rules.ts";
import { type SiteResult, siteResult } from "./site.ts";
import type { ReportSource, SourceMaintenance } from "./source.ts";
import { addToTotals, emptyTotals, summaryOf } from "./summary.ts";
import { trendOf } from "./trend.ts";
import { refuseTooMuch, withOutages } from "./work.ts";

/** A document without its sites, and without the digest, which is of both. */
type HeadWithoutDigest = Omit<ReportDocument, "sites" | "digest">;

/** Builds the document as a whole, in memory. `onProgress` is told the fraction of sites done. */
export function buildDocument(source: ReportSource, onProgress?: (fraction: number) => void): ReportDocument {
  const sites: DocumentSite[] = [];
  const head = buildBySite(source, (site) => sites.push(site), onProgress);
  const document = { ...head, sites };
  return { ...document, digest: digestOf(document) };
}

/**
 * Builds the document site by site: each is handed over in turn, and not held. Gives what stands before the sites in the
 * document, which is known when all are.
 */
export function buildBySite(
  source: ReportSource,
  onSite: (site: DocumentSite, context: RowContext) => void,
  onProgress?: (fraction: number) => void,
): HeadWithoutDigest {
  const { settings, fromDate, toDate } = source;
  const { window, partial } = cutWindow(settings.timezone, fromDate, toDate, source.computedAtMs);
  const days = cutDays(settings.timezone, fromDate, toDate, window.endMs);
  const hours = settings.calculate_sla_within_schedule_hours ? source.businessHours : null;
  const rules = rulesOf({ ...source, hours, window });
  const groupings = settings.grouping_rules;
  const work = rules.workFor(source.sites, { holdsTimes: true, groupings });
  refuseTooMuch(work);
  const period = {
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
  };
  const context = { period, settings };
  const { summary, applied, members } = computeSites(source, rules, days, (site, done) => {
    if (onProgress && done % 50 === 0) onProgress(done / source.sites.length);
    onSite(site, context);
  });
  const sizes = members.map(({ tags, down }) => ({ tags, outages: down.length / 2 }));
  refuseTooMuch(withOutages(work, groupings, sizes));
  return {
    schema_version: 1,
    generator: { name: "nines", version: source.version, tzdata: TZDATA_VERSION },
    report: {
      id: source.report.id,
      schedule_id: source.report.scheduleId,
      schedule_name: settings.name,
      trigger: source.report.trigger,
      computed_at: formatInstant(source.computedAtMs),
    },
    period,
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
    groups: groupings.map((rule) => groupSection(rule, members, settings.sla_target)),
  };
}

/** A window without what the document does not say of it. */
function maintenanceOf(window: SourceMaintenance): ReportDocument["maintenance_windows"][number] {
  const { id, name, starts_at, ends_at, rrule, timezone, site_ids, tags } = window;
  return { id, name, starts_at, ends_at, rrule, timezone, site_ids, tags };
}

/** Computes the sites one by one. Of each stays what the summary and the groups need. */
function computeSites(
  source: ReportSource,
  rules: Rules,
  days: { startMs: number; endMs: number }[],
  onSite: (site: DocumentSite, done: number) => void,
) {
  const { settings, sites } = source;
  const holdsTimes = settings.grouping_rules.some(({ aggregation }) => aggregation === "redundancy");
  const totals = emptyTotals(days.length);
  const applied = new Set<string>();
  const members: Member[] = [];
  for (const [index, site] of sites.entries()) {
    const result = siteResult(site, source.faultsOf(site), rules, {
      target: settings.sla_target,
      ignorePower: settings.ignore_power_outages,
      days,
    });
    addToTotals(totals, result);
    for (const id of result.document.maintenance_window_ids) applied.add(id);
    if (settings.grouping_rules.length > 0) members.push(memberOf(result, holdsTimes));
    onSite(result.document, index);
  }
  return { summary: summaryOf(totals, settings.sla_target), applied, members };
}

/** A site as a member of groups; its outages only where they are looked at. */
function memberOf({ document, uptime, sharedTime, watchedFromMs }: SiteResult, holdsTimes: boolean): Member {
  return {
    siteId: document.site_id,
    tags: document.tags,
    time: sharedTime,
    fromMs: watchedFromMs,
    down: holdsTimes ? uptime.incidents.flatMap(({ startMs, endMs }) => [startMs, endMs]) : [],
    lengths: { serviceMs: uptime.serviceMs, downtimeMs: uptime.downtimeMs },
  };
}

function groupSection(
  rule: ReportDocument["settings"]["grouping_rules"][number],
  members: readonly Member[],
  target: number,
): GroupSection {
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
