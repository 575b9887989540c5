// Reads what a report is built from. Call it inside a read transaction, and build in it, so that all of it is of one
// moment.
import type { SourceFault } from "../model/fault.ts";
import type { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import type { ScheduleSettings } from "../model/schedule.ts";
import type { CausePattern } from "../sla/causes.ts";
import type { Span } from "../sla/intervals.ts";
import { getCausePatterns } from "./causePatterns.ts";
import type { Reading } from "./database/context.ts";
import { maintenanceWindowsTouching } from "./maintenanceWindows.ts";
import { readReportFaults } from "./reportFaults.ts";
import { type Selection, selectSites, withLinks } from "./selectedSites.ts";

export type ReportRows = {
  sites: ReturnType<typeof withLinks>;
  maintenanceWindows: MaintenanceWindow[];
  causePatterns: CausePattern[];
  /** The faults of one of these sites. Read when it is called. */
  faultsOf: (site: { id: string }) => SourceFault[];
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

/** What a report over the window needs of the sites that its settings select. */
export function readReportRows(
  context: Reading,
  workspace: string,
  settings: ScheduleSettings,
  window: Span,
): ReportRows {
  const sites = withLinks(context, workspace, selectSites(context, workspace, selectionOf(settings)));
  const seqs = new Map(sites.map(({ id, seq }) => [id, seq]));
  return {
    sites,
    maintenanceWindows: maintenanceWindowsTouching(context, workspace, window.startMs, window.endMs),
    causePatterns: getCausePatterns(context, workspace).data,
    faultsOf: ({ id }) => readReportFaults(context, seqs.get(id) as number, window),
  };
}
