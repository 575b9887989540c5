// Schedules: what is reported on, how it is counted, and how often.
import { type Static, Type } from "@sinclair/typebox";
import { WEEKDAYS } from "../sla/businessHours.ts";
import {
  CalendarDate,
  EmailAddress,
  Id,
  Instant,
  Nullable,
  OneOf,
  SelectionRule,
  Text,
  ZoneName,
} from "./fields.ts";
import { ReportStatus } from "./report.ts";
import { retentionFields } from "./workspaceSettings.ts";

export const Aggregation = OneOf(
  ["avg", "min", "max", "redundancy"],
  "How a group's figure is made of its members': mean, worst, best, or down only while every member is down.",
);

export const GroupingRule = Type.Object(
  { key: Text(100, "Tag key; sites with the same value form a group."), aggregation: Aggregation },
  { additionalProperties: false },
);

const cadence = {
  disabled: Type.Boolean({ description: "A disabled schedule runs only on demand." }),
  daily: Type.Boolean({ description: "A report every day at 08:00, for the day before." }),
  weekly: Type.Boolean({
    description: "A report every week on `day_of_week` at 08:00, for the seven days before.",
  }),
  monthly: Type.Boolean({
    description: "A report every month on `day_of_month` at 08:00, for the calendar month before.",
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
    description: "Leave sites that met the target out of the PDF; the figures stay the same.",
  }),
  calculate_sla_within_schedule_hours: Type.Boolean({
    description: "Count only time within the business hours `business_hours_id`.",
  }),
  business_hours_id: Nullable(
    Id("businessHours", "The hours that count; needed if `calculate_sla_within_schedule_hours`."),
  ),
  site_selection_mode: OneOf(
    ["manual", "tags", "all"],
    "How sites are chosen: those listed in `sites` (`manual`), those that `site_selection_rules` match when the report is made (`tags`), or every site (`all`).",
  ),
  site_selection_logic: OneOf(
    ["and", "or"],
    "For `tags`: whether a site must match all rules (`and`) or one of them (`or`).",
  ),
  site_selection_rules: Type.Array(SelectionRule, {
    maxItems: 50,
    description: "For `tags`: the rules; at least one.",
  }),
  grouping_rules: Type.Array(GroupingRule, {
    maxItems: 10,
    description: "For each rule the report gets a section with the figures of groups of sites.",
  }),
  sites: Type.Array(Id("site", "A site."), {
    maxItems: 10_000,
    uniqueItems: true,
    description: "For `manual`: the sites.",
  }),
  timezone: ZoneName("The zone of the report's days and of the hour at which it runs."),
  ignore_power_outages: Type.Boolean({
    description: "Faults whose cause is power do not count as downtime: their time counts as up.",
  }),
  maintenance_counts_as: OneOf(
    ["excluded", "up"],
    "Maintenance leaves service time (`excluded`), or stays in it and counts as up (`up`).",
  ),
};

const delivery = {
  notification_group: Nullable(
    Id("notificationGroup", "Who is told of finished reports; as the group is when a report is finished."),
  ),
  recipients: Type.Array(EmailAddress("An e-mail address."), {
    maxItems: 50,
    description: "E-mail addresses that get finished reports besides the group's.",
  }),
};

const name = Text(100, "The schedule's name; the report's title.");
const slaTarget = Type.Number({
  minimum: 75,
  maximum: 100,
  description: "The availability that was agreed, in percent; up to 5 decimals.",
  example: 99.95,
});

const optional = { ...cadence, ...rules, ...delivery, ...retentionFields };

/** What a new or replaced schedule has where its fields are left out. */
export const SCHEDULE_DEFAULTS: { [field in keyof typeof optional]: Static<(typeof optional)[field]> } = {
  disabled: false,
  daily: false,
  weekly: false,
  monthly: false,
  day_of_week: null,
  day_of_month: null,
  show_only_breached_sites_in_pdf: false,
  calculate_sla_within_schedule_hours: false,
  business_hours_id: null,
  site_selection_mode: "all",
  site_selection_logic: "or",
  site_selection_rules: [],
  grouping_rules: [],
  sites: [],
  timezone: "UTC",
  ignore_power_outages: false,
  maintenance_counts_as: "excluded",
  notification_group: null,
  recipients: [],
  retention_days: null,
  retention_count: null,
};

const withDefaults = Object.fromEntries(
  Object.entries(optional).map(([field, schema]) => [
    field,
    { ...schema, whenLeftOut: SCHEDULE_DEFAULTS[field as keyof typeof optional] },
  ]),
) as unknown as typeof optional;

export const ScheduleInput = Type.Composite(
  [Type.Object({ name, sla_target: slaTarget }), Type.Partial(Type.Object(withDefaults))],
  { $id: "ScheduleInput", additionalProperties: false },
);
export type ScheduleInput = Static<typeof ScheduleInput>;

export const SchedulePatch = Type.Partial(Type.Object({ name, sla_target: slaTarget, ...optional }), {
  $id: "SchedulePatch",
  additionalProperties: false,
});
export type SchedulePatch = Static<typeof SchedulePatch>;

/** A schedule's settings with every default filled in: what is stored, and what a report copies. */
export const ScheduleSettings = Type.Object({ name, sla_target: slaTarget, ...optional });
export type ScheduleSettings = Static<typeof ScheduleSettings>;

/** What a report tells of its schedule: not whom it is sent to and how long it is kept, for its readers need not know. */
export const ReportedSettings = Type.Omit(ScheduleSettings, [
  "notification_group",
  "recipients",
  "retention_days",
  "retention_count",
]);
export type ReportedSettings = Static<typeof ReportedSettings>;

export const LastRun = Type.Object({
  report_id: Id("report", "The report."),
  status: ReportStatus,
  created_at: Instant("When it was asked for."),
});

export const Schedule = Type.Composite(
  [
    Type.Object({ id: Id("schedule", "The schedule's id.") }),
    ScheduleSettings,
    Type.Object({
      next_run_at: Nullable(Instant("When the schedule runs next by itself; null while it is disabled.")),
      last_run: Nullable(
        Type.Object(LastRun.properties, {
          description: "The newest report of the schedule; null before the first.",
        }),
      ),
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
    refusedWith: "invalid_date_range",
    description: "Specifies the date range for an on-demand report run.",
  },
);
export type RunReportRequest = Static<typeof RunReportRequest>;

export const RunAccepted = Type.Object(
  {
    message: Type.String({ description: "Always this sentence.", example: "Report is being generated." }),
    report_id: Id("report", "The report that will be made."),
    status_url: Type.String({
      description: "Where the report's `status` can be asked for until it is completed.",
      example: "http://127.0.0.1:8080/reports/sla/reports/rpt_2ayc4Yy6w3g7Y2j4g4g4Yy6w3g7",
    }),
  },
  { $id: "RunAccepted" },
);
