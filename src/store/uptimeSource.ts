// Reads what uptime is computed from at once, without a report. Call it inside a read transaction, and compute in
// it, so that all of it is of one moment.
import type { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import type { CausePattern } from "../sla/causes.ts";
import type { Span } from "../sla/intervals.ts";
import { getCausePatterns } from "./causePatterns.ts";
import { allCauses } from "./causes.ts";
import type { Reading } from "./database/context.ts";
import { type FaultColumns, readFaultSpans } from "./faultSpans.ts";
import { maintenanceWindowsTouching } from "./maintenanceWindows.ts";
import { type SelectedSite, type Selection, selectSites } from "./selectedSites.ts";

export type UptimeRows = {
  sites: SelectedSite[];
  maintenanceWindows: MaintenanceWindow[];
  causePatterns: CausePattern[];
  /** The counted faults of sites by their `seq`, without those of some causes. Read when it is called. */
  faultsOf: (siteSeqs: readonly number[], withoutCauses: readonly number[]) => FaultColumns;
  /** Texts of cause numbers; empty unless faults are told apart by cause. */
  causes: Map<number, string>;
};

/** The sites of a selection, and what the uptime of each over the window is made of. */
export function uptimeSource(
  context: Reading,
  workspace: string,
  {
    selection,
    window,
    ignorePower,
  }: {
    selection: Selection;
    window: Span;
    /** Power outages do not count: causes are needed to know them. */
    ignorePower: boolean;
  },
): UptimeRows {
  return {
    sites: selectSites(context, workspace, selection),
    maintenanceWindows: maintenanceWindowsTouching(context, workspace, window.startMs, window.endMs),
    causePatterns: getCausePatterns(context, workspace).data,
    faultsOf: (siteSeqs, withoutCauses) => readFaultSpans(context, window, siteSeqs, withoutCauses),
    causes: ignorePower ? allCauses(context) : new Map(),
  };
}
