// The figures of the period right before a report's, for its trend: the same sites and rules, but no list of
// faults, so that they cost a fraction of the report.
import { instantUptime } from "../report/instantUptime.ts";
import { cutWindow } from "../report/rules.ts";
import { type PreviousPeriod, previousDates } from "../report/trend.ts";
import { refuseTooMuch } from "../report/work.ts";
import type { Reading } from "../store/database/context.ts";
import { selectionOf } from "../store/reportSource.ts";
import type { ReportOrder } from "../store/reports.ts";
import { uptimeSource } from "../store/uptimeSource.ts";

/** Null when there was no service time. Call it inside the transaction that reads the report's own rows. */
export function previousPeriod(
  context: Reading,
  order: Pick<ReportOrder, "workspace" | "snapshot" | "fromDate" | "toDate">,
  computedAtMs: number,
): PreviousPeriod | null {
  const dates = previousDates(order.fromDate, order.toDate);
  if (dates === null) return null;
  const { settings, businessHours } = order.snapshot;
  const { window } = cutWindow(settings.timezone, dates.fromDate, dates.toDate, computedAtMs);
  const ignorePower = settings.ignore_power_outages;
  const { overall } = instantUptime(
    {
      timezone: settings.timezone,
      window,
      hours: settings.calculate_sla_within_schedule_hours ? businessHours : null,
      ignorePower,
      maintenanceCountsAs: settings.maintenance_counts_as,
      grouping: null,
    },
    uptimeSource(context, order.workspace, { selection: selectionOf(settings), window, ignorePower }),
    refuseTooMuch,
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
