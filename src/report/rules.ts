// The rules of one report, worked out once and applied to every site: window, days, open hours,
// maintenance, and which faults count.
import type { ScheduleSettings } from "../model/schedule.ts";
import type { HoursRule } from "../sla/businessHours.ts";
import { openIntervals } from "../sla/businessHours.ts";
import { daysOf, windowOf } from "../sla/calendar.ts";
import { type Category, type CausePattern, categoryOf } from "../sla/causes.ts";
import { type Intervals, type Span, unionOf } from "../sla/intervals.ts";
import { matches } from "../sla/selection.ts";
import { type ServiceTime, serviceTime } from "../sla/uptime.ts";
import { spansOfMaintenance } from "./maintenance.ts";
import type { SourceMaintenance, SourceSite } from "./source.ts";

export type RuleInput = {
  settings: Pick<ScheduleSettings, "timezone" | "maintenance_counts_as" | "ignore_power_outages">;
  /** Null when service is around the clock. */
  hours: HoursRule | null;
  window: Span;
  maintenanceWindows: readonly SourceMaintenance[];
  causePatterns: CausePattern[];
};

export type Rules = ReturnType<typeof rulesOf>;

/** The window of two inclusive dates in a zone, cut off at the moment of computing. */
export function cutWindow(zone: string, fromDate: string, toDate: string, computedAtMs: number) {
  const whole = windowOf(zone, fromDate, toDate);
  const endMs = Math.max(whole.startMs, Math.min(whole.endMs, computedAtMs));
  return { window: { startMs: whole.startMs, endMs }, partial: endMs < whole.endMs };
}

/** The days of a window that are not wholly after its end; the last one is cut off with it. */
export function cutDays(zone: string, fromDate: string, toDate: string, endMs: number) {
  return daysOf(zone, fromDate, toDate)
    .filter((day, index) => index === 0 || day.startMs < endMs)
    .map((day) => ({ ...day, endMs: Math.min(day.endMs, endMs) }));
}

/** True when a maintenance window is for this site: by its id, by one of its tags, or because it is for all. */
export function appliesTo(window: SourceMaintenance, site: Pick<SourceSite, "id" | "tags">): boolean {
  if (window.site_ids) return window.site_ids.includes(site.id);
  return window.tags ? matches(site.tags, window.tags, "or") : true;
}

/** Why a fault does not count as downtime of its site; null when it does. `onLink`: it is on a WAN link. */
export function exclusionOf(
  fault: { type: string; onLink: boolean; category: Category },
  ignorePower: boolean,
): "wan_link" | "type_not_counted" | "power_ignored" | null {
  if (fault.onLink) return "wan_link";
  if (fault.type !== "site") return "type_not_counted";
  return ignorePower && fault.category === "power" ? "power_ignored" : null;
}

/** The maintenance of each site within a window. Sites with the same windows share one union. */
function maintenanceIn(windows: readonly SourceMaintenance[], window: Span) {
  const touching = windows
    .map((one) => ({ one, occurrences: spansOfMaintenance(one, window) }))
    .filter(({ occurrences }) => occurrences.length > 0);
  const unions = new Map<string, Intervals>();
  const applying = (site: Pick<SourceSite, "id" | "tags">) =>
    touching.filter(({ one }) => appliesTo(one, site));
  return {
    windowsFor: (site: Pick<SourceSite, "id" | "tags">) => applying(site).map(({ one }) => one),
    timeFor: (site: Pick<SourceSite, "id" | "tags">): Intervals => {
      const own = applying(site);
      const key = own.map(({ one }) => one.id).join();
      const known = unions.get(key);
      if (known) return known;
      const time = unionOf(own.flatMap(({ occurrences }) => occurrences));
      unions.set(key, time);
      return time;
    },
  };
}

/** Prepares the rules of a report. */
export function rulesOf(input: RuleInput) {
  const { window, settings } = input;
  const openHours: Intervals | null = input.hours && openIntervals(input.hours, window.startMs, window.endMs);
  const maintenance = maintenanceIn(input.maintenanceWindows, window);
  const categories = new Map<string, Category>();
  return {
    window,
    /** The maintenance windows that touch the window, of these those that are for the site. */
    maintenanceFor: maintenance.windowsFor,
    serviceTimeOf: (site: Pick<SourceSite, "id" | "tags" | "monitoredSinceMs">): ServiceTime =>
      serviceTime({
        window,
        openHours,
        maintenance: maintenance.timeFor(site),
        maintenanceCountsAs: settings.maintenance_counts_as,
        monitoredSinceMs: site.monitoredSinceMs,
      }),
    /** The cause category of a fault; causes repeat, so each is looked at once. */
    categoryOf: (cause: string | null, type: string): Category => {
      const key = `${type}\n${cause ?? ""}`;
      const known = categories.get(key);
      if (known) return known;
      const category = categoryOf(cause, type, input.causePatterns);
      categories.set(key, category);
      return category;
    },
  };
}
