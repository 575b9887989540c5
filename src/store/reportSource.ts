// Reads what a report is built from. Call it inside a read transaction, so that all of it is of one moment.
import type { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import type { ScheduleSettings } from "../model/schedule.ts";
import type { StoreContext } from "./database/context.ts";
import { type FaultWithComments, fullFaultReader } from "./faultSpans.ts";
import { maintenanceWindowStore } from "./maintenanceWindows.ts";
import { type SelectedSite, type Selection, selectSites } from "./selectedSites.ts";

export type ReportRows = {
  sites: SelectedSite[];
  maintenanceWindows: MaintenanceWindow[];
  faultsOf: (siteSeq: number) => FaultWithComments[];
};

/** Which sites a schedule's settings select. */
export function selectionOf(settings: ScheduleSettings): Selection {
  switch (settings.site_selection_mode) {
    case "manual":
      return { mode: "manual", siteIds: settings.sites };
    case "tags":
      return { mode: "tags", rules: settings.site_selection_rules, logic: settings.site_selection_logic };
    case "all":
      return { mode: "all" };
  }
}

/** Sites, maintenance and faults that a report over [startMs, endMs) needs. */
export function readReportRows(
  context: StoreContext,
  workspace: string,
  settings: ScheduleSettings,
  window: { startMs: number; endMs: number },
): ReportRows {
  return {
    sites: selectSites(context, workspace, selectionOf(settings)),
    maintenanceWindows: maintenanceWindowStore(context).touching(workspace, window.startMs, window.endMs),
    faultsOf: fullFaultReader(context.db, window.startMs, window.endMs),
  };
}
