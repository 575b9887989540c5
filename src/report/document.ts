// The report document: everything a report says, as data. The JSON artefact is this document; the PDF
// and the CSV are views of it. Every figure in it can be recomputed from what else is in it.
// Lengths are seconds with milliseconds as decimals; instants are ISO 8601 in UTC.
import { type Static, Type } from "@sinclair/typebox";
import { BusinessHours } from "../model/businessHours.ts";
import { Comment } from "../model/fault.ts";
import { Nullable } from "../model/fields.ts";
import { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import { Trigger } from "../model/report.ts";
import { Aggregation, ScheduleSettings } from "../model/schedule.ts";
import { Tags } from "../model/site.ts";

const Seconds = Type.Number();
const Percentage = Nullable(
  Type.Number({ description: "Unrounded; null without service time; never 100 while there is downtime." }),
);
const Instant = Type.String();
export const CATEGORIES = ["power", "network", "device", "other"] as const;
const Category = Type.Union([
  Type.Literal("power"),
  Type.Literal("network"),
  Type.Literal("device"),
  Type.Literal("other"),
]);
export type Category = Static<typeof Category>;

const Figure = Type.Object({
  uptime_percentage: Percentage,
  service_seconds: Seconds,
  downtime_seconds: Seconds,
});
export type Figure = Static<typeof Figure>;

const ErrorBudget = Type.Object({
  allowed_seconds: Type.Number({
    description: "(1 - target) of the service time, cut to whole milliseconds.",
  }),
  used_seconds: Seconds,
  left_seconds: Type.Number({ description: "Negative when the budget is overspent." }),
});

const ByCategory = Type.Object(
  { power: Seconds, network: Seconds, device: Seconds, other: Seconds },
  {
    description:
      "Downtime by cause; an instant with several causes counts for the fault that began first. Adds up to the downtime.",
  },
);

/** Parallel arrays, one entry for each of `period.days`. */
const Days = Type.Object({ service_seconds: Type.Array(Seconds), downtime_seconds: Type.Array(Seconds) });

export const NOT_COUNTED_REASONS = {
  power_ignored: "power outage, ignored by agreement",
  wan_link: "on a WAN link: part of the WAN breakdown, not of the site's figure",
  type_not_counted: "not of type site",
  no_service_time: "outside service time",
  no_duration: "no duration",
} as const;

export const DocumentFault = Type.Object({
  id: Type.String(),
  external_id: Nullable(Type.String()),
  resource_id: Nullable(Type.String()),
  type: Type.String(),
  severity: Type.String(),
  cause: Nullable(Type.String()),
  category: Category,
  message: Nullable(Type.String()),
  started_at: Instant,
  resolved_at: Nullable(Instant),
  counted: Type.Boolean(),
  reason: Nullable(
    Type.Union(
      Object.keys(NOT_COUNTED_REASONS).map((key) => Type.Literal(key as keyof typeof NOT_COUNTED_REASONS)),
      { description: "Why it is not counted; null when it is." },
    ),
  ),
  comments: Type.Array(Type.Omit(Comment, ["id"])),
});
export type DocumentFault = Static<typeof DocumentFault>;

export const Incident = Type.Object({
  started_at: Type.String({ description: "Start of the merged outage, also when before the period." }),
  ended_at: Nullable(Type.String({ description: "Its end; null while it lasts." })),
  service_seconds: Type.Number({ description: "Its length inside service time and the period: downtime." }),
  outside_seconds: Type.Number({ description: "Its length in the period, but outside service time." }),
  category: Category,
  cause: Nullable(Type.String({ description: "Of its first fault." })),
  fault_ids: Type.Array(Type.String()),
});
export type Incident = Static<typeof Incident>;

export const WanLinkFigures = Type.Object({
  id: Type.String(),
  name: Type.String(),
  isp: Nullable(Type.String()),
  uptime_percentage: Percentage,
  service_seconds: Seconds,
  downtime_seconds: Seconds,
  incidents: Type.Integer(),
  longest_seconds: Seconds,
});

export const DocumentSite = Type.Object({
  site_id: Type.String(),
  name: Type.String(),
  external_id: Nullable(Type.String()),
  address: Nullable(Type.String()),
  tags: Tags,
  monitored_since: Nullable(Instant),
  uptime_percentage: Percentage,
  service_seconds: Seconds,
  downtime_seconds: Seconds,
  breached: Nullable(Type.Boolean({ description: "Null without service time: neither met nor breached." })),
  incidents: Type.Array(Incident),
  longest_seconds: Seconds,
  mttr_seconds: Nullable(
    Type.Number({ description: "Mean time to repair: mean length of incidents, in service time." }),
  ),
  mtbf_seconds: Nullable(Type.Number({ description: "Mean time between failures: uptime / incidents." })),
  error_budget: ErrorBudget,
  downtime_by_cause: ByCategory,
  days: Days,
  maintenance_window_ids: Type.Array(Type.String({ description: "Windows that apply to the site." })),
  faults: Type.Array(DocumentFault),
  wan_links: Type.Array(WanLinkFigures),
});
export type DocumentSite = Static<typeof DocumentSite>;

const Group = Type.Object({
  value: Nullable(Type.String({ description: "The tag value; null for sites without the key (Ungrouped)." })),
  site_ids: Type.Array(Type.String()),
  uptime_percentage: Percentage,
  service_seconds: Nullable(
    Type.Number({ description: "Redundancy only: the union of the members' service time." }),
  ),
  downtime_seconds: Nullable(
    Type.Number({ description: "Redundancy only: time in which every member was down." }),
  ),
  breached: Nullable(Type.Boolean()),
});

const GroupSection = Type.Object({ key: Type.String(), aggregation: Aggregation, groups: Type.Array(Group) });
export type GroupSection = Static<typeof GroupSection>;

export const ReportDocument = Type.Object(
  {
    schema_version: Type.Literal(1),
    generator: Type.Object({ name: Type.Literal("nines"), version: Type.String(), tzdata: Type.String() }),
    report: Type.Object({
      id: Nullable(Type.String({ description: "Null when made by the command line, outside the list." })),
      schedule_id: Type.String(),
      schedule_name: Type.String(),
      trigger: Trigger,
      computed_at: Instant,
    }),
    period: Type.Object({
      from_date: Type.String(),
      to_date: Type.String({ description: "Inclusive." }),
      timezone: Type.String(),
      starts_at: Instant,
      ends_at: Type.String({
        description: "End of the window, exclusive; the moment of computing when partial.",
      }),
      partial: Type.Boolean({ description: "The period was not over when the report was computed." }),
      days: Type.Array(Type.Object({ date: Type.String(), starts_at: Instant, ends_at: Instant }), {
        description: "The days of the window; each as long as the zone says, the last cut off when partial.",
      }),
    }),
    settings: ScheduleSettings,
    business_hours: Nullable(Type.Omit(BusinessHours, ["created_at", "updated_at"])),
    maintenance_windows: Type.Array(Type.Omit(MaintenanceWindow, ["created_at", "updated_at"])),
    cause_patterns: Type.Array(Type.Object({ category: Category, pattern: Type.String() }), {
      description: "First match wins, regardless of case; else other.",
    }),
    summary: Type.Object({
      site_count: Type.Integer(),
      met_count: Type.Integer(),
      breached_count: Type.Integer(),
      no_service_time_count: Type.Integer(),
      uptime_percentage: Percentage,
      service_seconds: Seconds,
      downtime_seconds: Seconds,
      breached: Nullable(Type.Boolean({ description: "The overall figure against the target." })),
      mean_uptime_percentage: Percentage,
      worst_site_id: Nullable(Type.String()),
      incident_count: Type.Integer(),
      longest_seconds: Seconds,
      mttr_seconds: Nullable(Type.Number()),
      mtbf_seconds: Nullable(Type.Number()),
      error_budget: ErrorBudget,
      downtime_by_cause: ByCategory,
      days: Days,
    }),
    groups: Type.Array(GroupSection),
    sites: Type.Array(DocumentSite, { description: "By name, then id." }),
  },
  { $id: "ReportDocument" },
);
export type ReportDocument = Static<typeof ReportDocument>;
