// Builds report documents for tests and benchmarks: made-up sites and faults from a seed, and every figure
// computed from them with the product's own arithmetic, so that a document is consistent in itself.
import {
  CATEGORIES,
  type DocumentSite,
  type GroupSection,
  type ReportDocument,
} from "../../src/report/document.ts";
import { type HoursRule, openIntervals } from "../../src/sla/businessHours.ts";
import { addDays, daysOf, windowOf } from "../../src/sla/calendar.ts";
import { DEFAULT_CAUSE_PATTERNS } from "../../src/sla/causes.ts";
import { groupsOf } from "../../src/sla/grouping.ts";
import { isBreached, isMeanBreached, meanPercentage, uptimePercentage } from "../../src/sla/percentage.ts";
import { TZDATA_VERSION } from "../../src/sla/zone.ts";
import { iso, type MeasuredSite, type Sample, sampleId, sampleSite, seconds } from "./pdf/sampleSite.ts";
import { type Names, randomOf } from "./pdf/sampleTexts.ts";

export type SampleOptions = {
  seed: number;
  sites: number;
  /** Outages of a site that breaches; a site that meets the target has a third of them, and short ones. */
  incidentsPerSite: number;
  breached: "some" | "all" | "none";
  names: Names;
  days: number;
  fromDate: string;
  timezone: string;
  target: number;
  scheduleName: string;
  /** The report was computed at noon of the last day. */
  partial: boolean;
  groups: boolean;
  businessHours: boolean;
  maintenance: boolean;
  wanLinks: number;
  /** Comments on every third fault; `long` ones have 5,000 characters. */
  comments: "none" | "short" | "long";
  longCauses: boolean;
  /** Faults that are not counted, on each site that breaches. */
  ignored: boolean;
  /** The first site was not monitored within the period. */
  withoutServiceTime: boolean;
  showOnlyBreached: boolean;
};

export const DEFAULTS: SampleOptions = {
  seed: 1,
  sites: 12,
  incidentsPerSite: 6,
  breached: "some",
  names: "plain",
  days: 28,
  fromDate: "2026-02-01",
  timezone: "Europe/Zurich",
  target: 99.9,
  scheduleName: "Retail branches, monthly availability",
  partial: false,
  groups: false,
  businessHours: false,
  maintenance: false,
  wanLinks: 0,
  comments: "none",
  longCauses: false,
  ignored: false,
  withoutServiceTime: false,
  showOnlyBreached: false,
};

const MINUTE_MS = 60_000;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const HOURS: HoursRule = {
  timezone: "Europe/Zurich",
  days: {
    monday: [
      { start: "08:00", end: "12:00" },
      { start: "13:00", end: "18:30" },
    ],
    tuesday: [{ start: "08:00", end: "18:30" }],
    wednesday: [{ start: "08:00", end: "18:30" }],
    thursday: [{ start: "08:00", end: "20:00" }],
    friday: [{ start: "08:00", end: "18:30" }],
    saturday: [{ start: "22:00", end: "02:00" }],
  },
  holidays: ["2026-02-16", { date: "2026-02-17", name: "Carnival" }],
};

/** A document with the given options; what is left out is as in DEFAULTS. The same options give the same document. */
export function sampleDocument(given: Partial<SampleOptions> = {}): ReportDocument {
  const options = { ...DEFAULTS, ...given };
  const sample = sampleOf(options);
  const measured = Array.from({ length: options.sites }, (_, index) => sampleSite(sample, index));
  measured.sort((a, b) => (a.site.name < b.site.name ? -1 : 1));
  const sites = measured.map(({ site }) => site);
  const computedAt = options.partial ? sample.window.endMs : sample.window.endMs + 8 * 60 * MINUTE_MS;
  return {
    schema_version: 1,
    generator: { name: "nines", version: "0.1.0", tzdata: TZDATA_VERSION },
    report: {
      id: sampleId("rpt", options.seed),
      schedule_id: sampleId("sla", 1),
      schedule_name: options.scheduleName,
      trigger: "monthly",
      computed_at: iso(computedAt),
    },
    period: {
      from_date: options.fromDate,
      to_date: addDays(options.fromDate, options.days - 1),
      timezone: options.timezone,
      starts_at: iso(sample.window.startMs),
      ends_at: iso(sample.window.endMs),
      partial: options.partial,
      days: sample.days.map(({ date, startMs, endMs }) => ({
        date,
        starts_at: iso(startMs),
        ends_at: iso(endMs),
      })),
    },
    settings: settingsOf(options),
    business_hours: options.businessHours
      ? {
          id: sampleId("bh", 1),
          name: "Shop hours",
          ...HOURS,
          days: HOURS.days as Record<string, { start: string; end: string }[]>,
        }
      : null,
    maintenance_windows: sample.maintenance,
    cause_patterns: DEFAULT_CAUSE_PATTERNS,
    summary: summaryOf(sample, sites),
    groups: options.groups ? groupSections(sample, measured) : [],
    sites,
  };
}

function sampleOf(options: SampleOptions): Sample {
  const toDate = addDays(options.fromDate, options.days - 1);
  const whole = windowOf(options.timezone, options.fromDate, toDate);
  const endMs = options.partial ? whole.endMs - 12 * 60 * MINUTE_MS : whole.endMs;
  const window = { startMs: whole.startMs, endMs };
  return {
    options,
    random: randomOf(options.seed),
    window,
    days: daysOf(options.timezone, options.fromDate, toDate).map((day) => ({
      ...day,
      endMs: Math.min(day.endMs, endMs),
    })),
    openHours: options.businessHours ? openIntervals(HOURS, window.startMs, window.endMs) : null,
    maintenance: options.maintenance
      ? [
          {
            id: sampleId("mw", 1),
            name: "Core router exchange",
            starts_at: iso(window.startMs + 50 * 60 * MINUTE_MS),
            ends_at: iso(window.startMs + 54 * 60 * MINUTE_MS),
            site_ids: null,
            tags: null,
          },
          {
            id: sampleId("mw", 2),
            name: "Firmware update of the first sites",
            starts_at: iso(window.startMs + 100 * 60 * MINUTE_MS),
            ends_at: iso(window.startMs + 101 * 60 * MINUTE_MS),
            site_ids: [sampleId("site", 0), sampleId("site", 1)],
            tags: null,
          },
        ]
      : [],
  };
}

function settingsOf(options: SampleOptions): ReportDocument["settings"] {
  return {
    name: options.scheduleName,
    sla_target: options.target,
    disabled: false,
    daily: false,
    weekly: false,
    monthly: true,
    day_of_week: null,
    day_of_month: 1,
    show_only_breached_sites_in_pdf: options.showOnlyBreached,
    calculate_sla_within_schedule_hours: options.businessHours,
    business_hours_id: options.businessHours ? sampleId("bh", 1) : null,
    site_selection_mode: "all",
    site_selection_logic: "or",
    site_selection_rules: [],
    grouping_rules: options.groups ? GROUPING : [],
    sites: [],
    timezone: options.timezone,
    ignore_power_outages: options.ignored,
    maintenance_counts_as: "excluded",
  };
}

const GROUPING: { key: string; aggregation: GroupSection["aggregation"] }[] = [
  { key: "Region", aggregation: "avg" },
  { key: "Ring", aggregation: "redundancy" },
];

function groupSections({ options }: Sample, measured: readonly MeasuredSite[]): GroupSection[] {
  const members = measured.map(({ site, service, down }) => ({
    siteId: site.site_id,
    tags: site.tags,
    service,
    down,
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

function summaryOf({ options, days }: Sample, sites: readonly DocumentSite[]): ReportDocument["summary"] {
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
