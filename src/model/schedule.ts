// Schedules: what is reported on, how it is counted, and how often.
import { type Static, Type } from "@sinclair/typebox";
import { CalendarDate, Id, Instant, Nullable, OneOf, SelectionRule, Text, ZoneName } from "./fields.ts";

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

export const Aggregation = OneOf(
  ["avg", "min", "max", "redundancy"],
  "How a group's figure is made of its members': mean, worst, best, or down only while every member is down.",
);

export const GroupingRule = Type.Object(
  { key: Text(100, "Tag key; sites with the same value form a group."), aggregation: Aggregation },
  { additionalProperties: false },
);

const cadence = {
  disabled: Type.Boolean({ default: false, description: "A disabled schedule runs only on demand." }),
  daily: Type.Boolean({ default: false, description: "A report every day, for the day before." }),
  weekly: Type.Boolean({ default: false, description: "A report every week, for the seven days before." }),
  monthly: Type.Boolean({
    default: false,
    description: "A report every month, for the calendar month before.",
  }),
  day_of_week: Nullable(OneOf([...WEEKDAYS], "The day of the weekly report; needed if `weekly`.")),
  day_of_month: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 31,
      description: "The day of the monthly report; needed if `monthly`. A shorter month uses its last day.",
    }),
  ),
};

const rules = {
  show_only_breached_sites_in_pdf: Type.Boolean({
    default: false,
    description: "Leave sites that met the target out of the PDF; the figures stay the same.",
  }),
  calculate_sla_within_schedule_hours: Type.Boolean({
    default: false,
    description: "Count only time within the business hours `business_hours_id`.",
  }),
  business_hours_id: Nullable(
    Id("businessHours", "The hours that count; needed if `calculate_sla_within_schedule_hours`."),
  ),
  site_selection_mode: OneOf(["manual", "tags", "all"], "How sites are chosen."),
  site_selection_logic: OneOf(["and", "or"], "Whether a site must match all rules or one of them."),
  site_selection_rules: Type.Array(SelectionRule, { maxItems: 50, description: "For `tags`: the rules." }),
  grouping_rules: Type.Array(GroupingRule, {
    maxItems: 10,
    description: "A section of groups for each rule.",
  }),
  sites: Type.Array(Id("site", "A site."), {
    maxItems: 10_000,
    uniqueItems: true,
    description: "For `manual`: the sites.",
  }),
  timezone: ZoneName("The zone of the report's days. Default UTC."),
  ignore_power_outages: Type.Boolean({
    default: false,
    description: "Faults whose cause is power do not count as downtime.",
  }),
  maintenance_counts_as: OneOf(
    ["excluded", "up"],
    "Maintenance leaves service time (`excluded`), or stays in it and counts as up (`up`).",
  ),
};

const name = Text(100, "The schedule's name; the report's title.");
const slaTarget = Type.Number({
  minimum: 75,
  maximum: 100,
  description: "The availability that was agreed, in percent; up to 5 decimals.",
  example: 99.95,
});

export const ScheduleInput = Type.Composite(
  [Type.Object({ name, sla_target: slaTarget }), Type.Partial(Type.Object({ ...cadence, ...rules }))],
  { $id: "ScheduleInput", additionalProperties: false },
);
export type ScheduleInput = Static<typeof ScheduleInput>;

export const SchedulePatch = Type.Partial(
  Type.Object({ name, sla_target: slaTarget, ...cadence, ...rules }),
  { $id: "SchedulePatch", additionalProperties: false },
);
export type SchedulePatch = Static<typeof SchedulePatch>;

/** A schedule's settings with every default filled in: what is stored, and what a report copies. */
export const ScheduleSettings = Type.Object({ name, sla_target: slaTarget, ...cadence, ...rules });
export type ScheduleSettings = Static<typeof ScheduleSettings>;

export const LastRun = Type.Object({
  report_id: Id("report", "The report."),
  status: Type.String(),
  created_at: Instant("When it was asked for."),
});

export const Schedule = Type.Composite(
  [
    Type.Object({ id: Id("schedule", "The schedule's id.") }),
    ScheduleSettings,
    Type.Object({
      next_run_at: Nullable(Instant("When the schedule runs next by itself; null when it does not.")),
      last_run: Nullable(LastRun),
      created_at: Instant("When it was created."),
      updated_at: Instant("When it was last changed."),
    }),
  ],
  { $id: "Schedule" },
);
export type Schedule = Static<typeof Schedule>;

export const RunReportRequest = Type.Object(
  {
    from_date: CalendarDate(
      "The start date for the report data (inclusive), in `YYYY-MM-DD` format. Must be before `to_date` and before tomorrow.",
      "2025-10-01",
    ),
    to_date: CalendarDate(
      "The end date for the report data (inclusive), in `YYYY-MM-DD` format. Must be after `from_date` and before tomorrow.",
      "2025-10-31",
    ),
  },
  {
    $id: "RunReportRequest",
    additionalProperties: false,
    description: "Specifies the date range for an on-demand report run.",
  },
);
export type RunReportRequest = Static<typeof RunReportRequest>;

export const RunAccepted = Type.Object(
  {
    message: Type.String({ example: "Report is being generated." }),
    report_id: Id("report", "The report that will be made."),
    status_url: Type.String({ description: "Where to follow it." }),
  },
  { $id: "RunAccepted" },
);
