// What a report is built from: plain data that the store reads and the builder computes with.
import type { BusinessHours } from "../model/businessHours.ts";
import type { SourceFault } from "../model/fault.ts";
import type { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import type { Trigger } from "../model/report.ts";
import type { ReportedSettings } from "../model/schedule.ts";
import type { Tags } from "../model/site.ts";
import type { CausePattern } from "../sla/causes.ts";
import type { HistoryEntry, PreviousPeriod } from "./trend.ts";

export type SourceSite = {
  id: string;
  name: string;
  externalId: string | null;
  address: string | null;
  tags: Tags;
  monitoredSinceMs: number | null;
  links: { id: string; name: string; isp: string | null }[];
};

export type SourceMaintenance = Omit<MaintenanceWindow, "created_at" | "updated_at">;

export type ReportSource = {
  version: string;
  report: { id: string | null; scheduleId: string; trigger: Trigger };
  settings: ReportedSettings;
  businessHours: Omit<BusinessHours, "created_at" | "updated_at"> | null;
  fromDate: string;
  toDate: string;
  /** The moment of computing: the window is cut off here when it reaches further. */
  computedAtMs: number;
  /** The selected sites, sorted as the report lists them. */
  sites: readonly SourceSite[];
  /** Faults of a site, of every type, that touch the window, by start. Called once a site. */
  faultsOf: (site: SourceSite) => SourceFault[];
  causePatterns: CausePattern[];
  /** Windows that touch the period or can by their rule, whether they apply to a site or not. */
  maintenanceWindows: readonly SourceMaintenance[];
  /** The figures of the period right before; null without service time in it. */
  previous: PreviousPeriod | null;
  /** The reports before this one, oldest first. */
  history: HistoryEntry[];
};
