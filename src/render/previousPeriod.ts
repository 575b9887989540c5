// The figures of the period right before a report's, for its trend: the same sites and rules, but no list of
// faults, so that they cost a fraction of the report.
import { instantUptime } from "../report/instantUptime.ts";
import { cutWindow } from "../report/rules.ts";
import { type PreviousPeriod, previousDates } from "../report/trend.ts";
import type { CausePattern } from "../sla/causes.ts";
import { causeStore } from "../store/causes.ts";
import type { StoreContext } from "../store/database/context.ts";
import { faultSpanReader } from "../store/faultSpans.ts";
import { maintenanceWindowStore } from "../store/maintenanceWindows.ts";
import type { ReportOrder } from "../store/reports.ts";
import type { SelectedSite } from "../store/selectedSites.ts";

type Given = { sites: readonly SelectedSite[]; causePatterns: CausePattern[]; computedAtMs: number };

/** Null when there was no service time. Call it inside the transaction that reads the report's own rows. */
export function previousPeriod(
  context: StoreContext,
  order: Pick<ReportOrder, "workspace" | "snapshot" | "fromDate" | "toDate">,
  { sites, causePatterns, computedAtMs }: Given,
): PreviousPeriod | null {
  const dates = previousDates(order.fromDate, order.toDate);
  if (dates === null) return null;
  const { settings, businessHours } = order.snapshot;
  const { window } = cutWindow(settings.timezone, dates.fromDate, dates.toDate, computedAtMs);
  const { overall } = instantUptime(
    {
      timezone: settings.timezone,
      window,
      hours: settings.calculate_sla_within_schedule_hours ? businessHours : null,
      ignorePower: settings.ignore_power_outages,
      maintenanceCountsAs: settings.maintenance_counts_as,
      grouping: null,
    },
    {
      sites,
      maintenanceWindows: maintenanceWindowStore(context).touching(
        order.workspace,
        window.startMs,
        window.endMs,
      ),
      causePatterns,
      faultsOf: faultSpanReader(context.db, window.startMs, window.endMs),
      causes: settings.ignore_power_outages ? causeStore(context.db).all() : new Map(),
    },
  );
  if (overall.uptime_percentage === null) return null;
  return {
    from_date: dates.fromDate,
    to_date: dates.toDate,
    service_seconds: overall.service_seconds,
    downtime_seconds: overall.downtime_seconds,
    uptime_percentage: overall.uptime_percentage,
    incident_count: overall.incidents,
  };
}
