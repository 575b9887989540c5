// Builds report documents for tests and benchmarks: made-up sites and faults from a seed, and every figure
// computed from them with the product's own arithmetic, so that a document is consistent in itself.
import { digestOf } from "../../src/report/digest.ts";
import type { ReportDocument } from "../../src/report/document.ts";
import { type HistoryEntry, type PreviousPeriod, previousDates, trendOf } from "../../src/report/trend.ts";
import { type HoursRule, openIntervals } from "../../src/sla/businessHours.ts";
import { addDays, daysOf, windowOf } from "../../src/sla/calendar.ts";
import { DEFAULT_CAUSE_PATTERNS } from "../../src/sla/causes.ts";
import { uptimePercentage } from "../../src/sla/percentage.ts";
import { TZDATA_VERSION } from "../../src/sla/zone.ts";
import { iso, type Sample, sampleId, sampleSite } from "./pdf/sampleSite.ts";
import { GROUPING, groupSections, summaryOf } from "./pdf/sampleSummary.ts";
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
  /** There was a period before, with more downtime or with less. */
  trend: "none" | "better" | "worse";
  /** How many earlier reports there are. */
  history: number;
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
  trend: "none",
  history: 0,
};

const MINUTE_MS = 60_000;

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
  const summary = summaryOf(sample, sites);
  const document: Omit<ReportDocument, "digest"> = {
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
    cause_patterns: [...DEFAULT_CAUSE_PATTERNS],
    summary,
    trend: trendOf(summary, previousOf(options, summary)),
    history: historyOf(options),
    groups: options.groups ? groupSections(sample, measured) : [],
    sites,
  };
  return { ...document, digest: digestOf(document) };
}

function previousOf(options: SampleOptions, summary: ReportDocument["summary"]): PreviousPeriod | null {
  const dates = previousDates(options.fromDate, addDays(options.fromDate, options.days - 1));
  if (options.trend === "none" || dates === null) return null;
  const { service_seconds, downtime_seconds, incident_count } = summary;
  const factor = options.trend === "better" ? 1.5 : 0.4;
  const downtime = Math.min(service_seconds, Math.round(downtime_seconds * factor));
  return {
    from_date: dates.fromDate,
    to_date: dates.toDate,
    service_seconds,
    downtime_seconds: downtime,
    uptime_percentage: uptimePercentage(service_seconds, downtime) ?? 0,
    incident_count: Math.round(incident_count * factor),
  };
}

/** Months before the period, with a figure of each but one that had no service time. */
function historyOf(options: SampleOptions): HistoryEntry[] {
  const random = randomOf(options.seed + 1);
  return Array.from({ length: options.history }, (_, index) => {
    const ago = (options.history - index) * options.days;
    const downtime = random() ** 4 * 0.8;
    return {
      report_id: sampleId("rpt", 1000 + index),
      from_date: addDays(options.fromDate, -ago),
      to_date: addDays(options.fromDate, options.days - 1 - ago),
      uptime_percentage: index === 2 ? null : 100 - downtime,
      site_count: options.sites,
      breached_count: index === 2 ? 0 : Math.round(options.sites * downtime),
    };
  });
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
            rrule: null,
            timezone: "UTC",
            site_ids: null,
            tags: null,
          },
          {
            id: sampleId("mw", 2),
            name: "Firmware update of the first sites",
            starts_at: iso(window.startMs + 100 * 60 * MINUTE_MS),
            ends_at: iso(window.startMs + 101 * 60 * MINUTE_MS),
            rrule: null,
            timezone: "UTC",
            site_ids: [sampleId("site", 0), sampleId("site", 1)],
            tags: null,
          },
          {
            id: sampleId("mw", 3),
            name: "Backups over night",
            starts_at: iso(window.startMs + 120 * MINUTE_MS),
            ends_at: iso(window.startMs + 135 * MINUTE_MS),
            rrule: "FREQ=DAILY",
            timezone: options.timezone,
            site_ids: null,
            tags: [{ key: "Region", value: "North" }],
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
