// The report document: everything a report says, as data. The JSON artefact is this document; the PDF
// and the CSV are views of it. Every figure in it can be recomputed from what else is in it.
// Lengths are seconds with milliseconds as decimals; instants are ISO 8601 in UTC.
import { type Static, Type } from "@sinclair/typebox";
import { BusinessHours } from "../model/businessHours.ts";
import { Comment } from "../model/fault.ts";
import { Nullable, OneOf } from "../model/fields.ts";
import { MaintenanceWindow } from "../model/maintenanceWindow.ts";
import { Trigger } from "../model/report.ts";
import { Aggregation, ReportedSettings } from "../model/schedule.ts";
import { Tags } from "../model/site.ts";
import { CATEGORIES } from "../sla/causes.ts";
import { NOT_COUNTED_REASONS } from "./notCounted.ts";
import { HistoryEntry, MOST_HISTORY, Trend } from "./trend.ts";

const Seconds = (description: string) => Type.Number({ description });
const Words = (description: string) => Type.String({ description });
const Percentage = Nullable(
  Type.Number({ description: "Unrounded; null without service time; never 100 while there is downtime." }),
);
const Instant = (description: string) => Type.String({ description, example: "2026-02-17T15:30:55.000Z" });
const Category = OneOf([...CATEGORIES], "What kind of cause it is, by the words in it.");

const figure = {
  uptime_percentage: Percentage,
  service_seconds: Seconds("Service time: what counts of the period."),
  downtime_seconds: Seconds("Downtime: service time in which a counted fault lasted."),
};
const Figure = Type.Object(figure);
export type Figure = Static<typeof Figure>;

const IfAllCounted = Nullable(
  Type.Object(
    {
      uptime_percentage: Percentage,
      downtime_seconds: Seconds("Downtime with the ignored faults in it."),
      breached: Nullable(Type.Boolean({ description: "That figure against the target." })),
    },
    { description: "The figure, had the ignored power outages counted; null when none was ignored." },
  ),
);
export type IfAllCounted = Static<typeof IfAllCounted>;

const ErrorBudget = Type.Object(
  {
    allowed_seconds: Seconds("(1 - target) of the service time, cut to whole milliseconds."),
    used_seconds: Seconds("The downtime."),
    left_seconds: Seconds("What is left of it; negative when the budget is overspent."),
  },
  { description: "How much downtime the target allows." },
);

const ByCategory = Type.Object(
  {
    power: Seconds("Downtime caused by power."),
    network: Seconds("Downtime caused by the network."),
    device: Seconds("Downtime caused by a device."),
    other: Seconds("Downtime of any other cause, or of none that was recorded."),
  },
  {
    description:
      "Downtime by cause; an instant with several causes counts for the fault that began first. Adds up to the downtime.",
  },
);

const Days = Type.Object(
  {
    service_seconds: Type.Array(Type.Number(), { description: "Service time of each day." }),
    downtime_seconds: Type.Array(Type.Number(), { description: "Downtime of each day." }),
  },
  { description: "Parallel lists, one entry for each of `period.days`." },
);

export const DocumentFault = Type.Object({
  id: Words("The fault's id."),
  external_id: Nullable(Words("Its id in another system.")),
  resource_id: Nullable(Words("The WAN link it is on, if any.")),
  type: Words("Its type; only `site` counts."),
  severity: Words("Its severity."),
  cause: Nullable(Words("Why it happened.")),
  category: Category,
  message: Nullable(Words("What the monitoring system said.")),
  started_at: Instant("When it began, also when before the period."),
  resolved_at: Nullable(Instant("When it ended; null while it lasts.")),
  counted: Type.Boolean({ description: "Whether it counts as downtime of the site." }),
  reason: Nullable(
    Type.Union(
      Object.keys(NOT_COUNTED_REASONS).map((key) => Type.Literal(key as keyof typeof NOT_COUNTED_REASONS)),
      { description: "Why it is not counted; null when it is." },
    ),
  ),
  comments: Type.Array(Type.Omit(Comment, ["id"]), { description: "What people said of it." }),
});
export type DocumentFault = Static<typeof DocumentFault>;

export const Incident = Type.Object({
  started_at: Type.String({ description: "Start of the merged outage, also when before the period." }),
  ended_at: Nullable(Type.String({ description: "Its end; null while it lasts." })),
  service_seconds: Type.Number({ description: "Its length inside service time and the period: downtime." }),
  outside_seconds: Type.Number({ description: "Its length in the period, but outside service time." }),
  category: Category,
  cause: Nullable(Type.String({ description: "Of its first fault." })),
  fault_ids: Type.Array(Type.String(), { description: "The faults that make it, by their `id`." }),
});
export type Incident = Static<typeof Incident>;

export const WanLinkFigures = Type.Object({
  id: Words("The link's id."),
  name: Words("What it is called."),
  isp: Nullable(Words("Its provider.")),
  ...figure,
  fault_count: Type.Integer({
    description: "Recorded faults of the link that touch the period, counted or not.",
  }),
  incidents: Type.Integer({ description: "How many outages it had." }),
  longest_seconds: Seconds("The longest of them, in service time."),
});

export const DocumentSite = Type.Object({
  site_id: Words("The site's id."),
  name: Words("Its name when the report was made."),
  external_id: Nullable(Words("Its id in another system.")),
  address: Nullable(Words("Where it is.")),
  tags: Tags,
  monitored_since: Nullable(Instant("Time before this is not service time.")),
  ...figure,
  breached: Nullable(Type.Boolean({ description: "Null without service time: neither met nor breached." })),
  if_all_counted: IfAllCounted,
  incidents: Type.Array(Incident, {
    description: "Outages that touch service time: counted faults that overlap or touch are one.",
  }),
  longest_seconds: Seconds("The longest incident, in service time; 0 without one."),
  mttr_seconds: Nullable(
    Type.Number({ description: "Mean time to repair: mean length of incidents, in service time." }),
  ),
  mtbf_seconds: Nullable(Type.Number({ description: "Mean time between failures: uptime / incidents." })),
  error_budget: ErrorBudget,
  downtime_by_cause: ByCategory,
  days: Days,
  maintenance_window_ids: Type.Array(Type.String(), { description: "Windows that apply to the site." }),
  faults: Type.Array(DocumentFault, {
    description: "Every fault of the site that touches the period, counted or not, with the reason.",
  }),
  wan_links: Type.Array(WanLinkFigures, { description: "The figures of each of its WAN links." }),
  all_links_down_seconds: Nullable(
    Seconds("Service time in which every one of its WAN links was down at once; null without links."),
  ),
});
export type DocumentSite = Static<typeof DocumentSite>;

const Group = Type.Object({
  value: Nullable(Type.String({ description: "The tag value; null for sites without the key (Ungrouped)." })),
  site_ids: Type.Array(Type.String(), { description: "The members." }),
  uptime_percentage: Percentage,
  service_seconds: Nullable(
    Type.Number({ description: "Redundancy only: the union of the members' service time." }),
  ),
  downtime_seconds: Nullable(
    Type.Number({ description: "Redundancy only: time in which every member was down." }),
  ),
  breached: Nullable(Type.Boolean({ description: "The group's figure against the target." })),
});

const GroupSection = Type.Object({
  key: Words("The tag key by whose values the groups are formed."),
  aggregation: Aggregation,
  groups: Type.Array(Group, { description: "By value; sites without the key last." }),
});
export type GroupSection = Static<typeof GroupSection>;

export const ReportDocument = Type.Object(
  {
    schema_version: Type.Literal(1, { description: "Which form of document this is." }),
    generator: Type.Object(
      {
        name: Type.Literal("nines", { description: "Always `nines`." }),
        version: Words("The version of Nines."),
        tzdata: Words("The version of the time zone data that days were cut by."),
      },
      { description: "What made the document." },
    ),
    report: Type.Object(
      {
        id: Nullable(Words("Null when made by the command line, outside the list.")),
        schedule_id: Words("The schedule it was made of."),
        schedule_name: Words("The schedule's name at that time."),
        trigger: Trigger,
        computed_at: Instant("The moment of computing."),
      },
      { description: "Which report this is." },
    ),
    period: Type.Object(
      {
        from_date: Words("The first day."),
        to_date: Words("The last day, inclusive."),
        timezone: Words("The zone of the days."),
        starts_at: Instant("Start of the window."),
        ends_at: Type.String({
          description: "End of the window, exclusive; the moment of computing when partial.",
        }),
        partial: Type.Boolean({ description: "The period was not over when the report was computed." }),
        days: Type.Array(
          Type.Object({
            date: Words("The day, as YYYY-MM-DD."),
            starts_at: Instant("Its start: midnight, or the first instant after one that does not exist."),
            ends_at: Instant("Its end, exclusive."),
          }),
          {
            description:
              "The days of the window; each as long as the zone says, the last cut off when partial.",
          },
        ),
      },
      { description: "The time that the report is about." },
    ),
    settings: Type.Object(ReportedSettings.properties, {
      description: "The schedule as it was when the report was asked for.",
    }),
    business_hours: Nullable(
      Type.Omit(BusinessHours, ["created_at", "updated_at"], {
        description: "The hours that counted; null when all hours did.",
      }),
    ),
    maintenance_windows: Type.Array(Type.Omit(MaintenanceWindow, ["created_at", "updated_at"]), {
      description: "The maintenance windows that touch the period, recurring ones with their rule.",
    }),
    cause_patterns: Type.Array(
      Type.Object({ category: Category, pattern: Words("Words, with `|` between.") }),
      { description: "First match wins, regardless of case; else other." },
    ),
    summary: Type.Object(
      {
        site_count: Type.Integer({ description: "Sites of the report: the sum of the next three." }),
        met_count: Type.Integer({ description: "Sites that met the target." }),
        breached_count: Type.Integer({ description: "Sites that missed it." }),
        no_service_time_count: Type.Integer({ description: "Sites without service time, that did neither." }),
        ...figure,
        breached: Nullable(Type.Boolean({ description: "The overall figure against the target." })),
        if_all_counted: IfAllCounted,
        mean_uptime_percentage: Percentage,
        worst_site_id: Nullable(Words("The site with the least uptime; null without sites that have any.")),
        incident_count: Type.Integer({ description: "Incidents of all sites together." }),
        longest_seconds: Seconds("The longest incident, in service time; 0 without one."),
        mttr_seconds: Nullable(Seconds("Mean time to repair, over all incidents; null without any.")),
        mtbf_seconds: Nullable(Seconds("Mean time between failures: uptime / incidents; null without any.")),
        error_budget: ErrorBudget,
        downtime_by_cause: ByCategory,
        days: Days,
      },
      { description: "All sites together." },
    ),
    trend: Trend,
    history: Type.Array(HistoryEntry, {
      description: `The last ${MOST_HISTORY} completed reports of the schedule before this one that the same thing asked for, oldest first.`,
    }),
    groups: Type.Array(GroupSection, { description: "A section for each of the schedule's grouping rules." }),
    sites: Type.Array(DocumentSite, { description: "By name, then id." }),
    digest: Words("SHA-256 over the canonical JSON (RFC 8785) of the document without this field."),
  },
  { $id: "ReportDocument" },
);
export type ReportDocument = Static<typeof ReportDocument>;
/** A document without its sites, which may be too many to hold. */
export type DocumentHead = Omit<ReportDocument, "sites">;
