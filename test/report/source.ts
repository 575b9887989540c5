// What a report is built from, with good defaults, for tests.

import type { SourceFault } from "../../src/model/fault.ts";
import type { ReportedSettings, ScheduleSettings } from "../../src/model/schedule.ts";
import { reportedSettings, settingsOf } from "../../src/model/scheduleRules.ts";
import type { ReportSource, SourceMaintenance, SourceSite } from "../../src/report/source.ts";
import { DEFAULT_CAUSE_PATTERNS } from "../../src/sla/causes.ts";

export const at = (text: string): number => Date.parse(text);

export function aSite(changes: Partial<SourceSite> & { id: string }): SourceSite {
  return {
    name: changes.id,
    externalId: null,
    address: null,
    tags: {},
    monitoredSinceMs: null,
    links: [],
    ...changes,
  };
}

export function aFault(from: string, to: string | null, changes: Partial<SourceFault> = {}): SourceFault {
  return {
    id: `flt_${from}_${to}`,
    externalId: null,
    linkId: null,
    type: "site",
    severity: "CRITICAL",
    cause: null,
    message: null,
    startedAtMs: at(from),
    resolvedAtMs: to === null ? null : at(to),
    comments: [],
    ...changes,
  };
}

/** Maintenance for all sites, once unless a rule is given. */
export function aMaintenance(
  from: string,
  to: string,
  changes: Partial<SourceMaintenance> = {},
): SourceMaintenance {
  return {
    id: `mw_${from.replaceAll(/\D/g, "").padStart(27, "0")}`,
    name: "Upgrade",
    starts_at: from,
    ends_at: to,
    rrule: null,
    timezone: "UTC",
    site_ids: null,
    tags: null,
    ...changes,
  };
}

export function settings(changes: Partial<ScheduleSettings> = {}): ReportedSettings {
  return reportedSettings(
    settingsOf({ name: "Report", sla_target: 99.9, monthly: true, day_of_month: 1, ...changes }),
  );
}

/** A source of September 2026 in UTC, computed in October, with these sites and faults by site id. */
export function aSource(
  sites: SourceSite[],
  faults: Record<string, SourceFault[]> = {},
  changes: Partial<ReportSource> = {},
): ReportSource {
  return {
    version: "0.0.0",
    report: { id: "rpt_test", scheduleId: "sla_test", trigger: "on_demand" },
    settings: settings(),
    businessHours: null,
    fromDate: "2026-09-01",
    toDate: "2026-09-30",
    computedAtMs: at("2026-10-02T00:00:00Z"),
    sites,
    faultsOf: (site) => faults[site.id] ?? [],
    causePatterns: [...DEFAULT_CAUSE_PATTERNS],
    maintenanceWindows: [],
    previous: null,
    history: [],
    ...changes,
  };
}
