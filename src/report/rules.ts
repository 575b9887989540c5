// The rules of one report, worked out once and applied to every site: window, days, open hours,
// maintenance, and which faults count.
import type { ScheduleSettings } from "../model/schedule.ts";
import type { HoursRule } from "../sla/businessHours.ts";
import { openIntervals } from "../sla/businessHours.ts";
import { daysOf, windowOf } from "../sla/calendar.ts";
import { type Category, type CausePattern, categoryOf } from "../sla/causes.ts";
import type { Intervals, Span } from "../sla/intervals.ts";
import { type ServiceTime, serviceFrom, serviceTime } from "../sla/uptime.ts";
import { type AppliedWindows, maintenanceIn } from "./maintenance.ts";
import type { SourceMaintenance, SourceSite } from "./source.ts";
import { type Work, type WorkInput, workOf } from "./work.ts";

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

/** Why a fault does not count as downtime of its site; null when it does. `onLink`: it is on a WAN link. */
export function exclusionOf(
  fault: { type: string; onLink: boolean; category: Category },
  ignorePower: boolean,
): "wan_link" | "type_not_counted" | "power_ignored" | null {
  if (fault.onLink) return "wan_link";
  if (fault.type !== "site") return "type_not_counted";
  return ignorePower && fault.category === "power" ? "power_ignored" : null;
}

type Whom = Pick<SourceSite, "id" | "tags">;
type Watched = Pick<SourceSite, "monitoredSinceMs">;

/** Prepares the rules of a report. Hours and maintenance are expanded when they are first needed, once for all sites. */
export function rulesOf(input: RuleInput) {
  const { window, settings, hours } = input;
  const maintenance = maintenanceIn(input.maintenanceWindows, window);
  let open: Intervals | undefined;
  const openHours = () => (open ??= hours === null ? [] : openIntervals(hours, window.startMs, window.endMs));
  const timeOf = (applied: AppliedWindows): ServiceTime =>
    serviceTime({
      window,
      openHours: hours === null ? null : openHours(),
      maintenance: maintenance.timeOf(applied),
      maintenanceCountsAs: settings.maintenance_counts_as,
      monitoredSinceMs: null,
    });
  const shared = new Map<AppliedWindows, ServiceTime>();
  const windowsOf = new Map<AppliedWindows, SourceMaintenance[]>();
  /** Service time of a site, had it always been watched. Computed once for all sites with the same windows. */
  const sharedTimeOf = (site: Whom): ServiceTime => remembered(shared, maintenance.appliedTo(site), timeOf);
  /** From when in the window a site's time counts; -Infinity: from its start. */
  const watchedFrom = ({ monitoredSinceMs }: Watched): number =>
    (monitoredSinceMs ?? window.startMs) > window.startMs ? (monitoredSinceMs as number) : -Infinity;
  return {
    window,
    /** What computing these sites costs. Expands nothing. */
    workFor: (sites: readonly Whom[], of: Pick<WorkInput, "holdsTimes" | "groupings">): Work =>
      workOf({
        window,
        hours,
        occurrences: maintenance.mostOccurrences(),
        applied: sites.map(maintenance.appliedTo),
        sites,
        ...of,
      }),
    /** The maintenance windows that are for a site, as one object for all sites with the same ones. */
    appliedTo: maintenance.appliedTo,
    /** The maintenance windows that touch the window, of these those that are for the site. */
    maintenanceFor: (site: Whom): SourceMaintenance[] =>
      remembered(windowsOf, maintenance.appliedTo(site), maintenance.windowsOf),
    /** Service time of sites with these windows, had they always been watched. Computed anew at each call. */
    timeOf,
    sharedTimeOf,
    watchedFrom,
    /** Service time of a site; sites with the same one share it. */
    serviceTimeOf: (site: Whom & Watched): ServiceTime => {
      const fromMs = watchedFrom(site);
      return fromMs === -Infinity ? sharedTimeOf(site) : serviceFrom(sharedTimeOf(site), fromMs);
    },
    categoryOf: categoriesBy(input.causePatterns),
  };
}

function remembered<K, V>(known: Map<K, V>, key: K, make: (key: K) => V): V {
  const value = known.get(key) ?? make(key);
  known.set(key, value);
  return value;
}

/** The cause category of a fault; causes repeat, so each is looked at once. */
function categoriesBy(patterns: CausePattern[]) {
  const categories = new Map<string, Category>();
  return (cause: string | null, type: string): Category =>
    remembered(categories, `${type}\n${cause ?? ""}`, () => categoryOf(cause, type, patterns));
}
