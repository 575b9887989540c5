// GET /uptime: the arithmetic of a report, answered at once.
import { type Static, Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import { Id, Nullable, OneOf, ZoneName } from "../model/fields.ts";
import { parseInstant } from "../model/formats.ts";
import { Aggregation } from "../model/schedule.ts";
import type { UptimeAsk } from "../render/makeUptime.ts";
import { parseDate, windowOf } from "../sla/calendar.ts";
import type { Selection } from "../store/selectedSites.ts";
import { readCall } from "./caller/costs.ts";
import { answers, writtenJson } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { TagParameter, tagRule } from "./tags.ts";

const Percentage = Nullable(
  Type.Number({ description: "Unrounded; null without service time; never 100 while there is downtime." }),
);
const figures = {
  uptime_percentage: Percentage,
  service_seconds: Type.Number({
    description: "Time that counts, in seconds with milliseconds as decimals.",
  }),
  downtime_seconds: Type.Number({ description: "Time of it in which the site was down." }),
  incidents: Type.Integer({ description: "Outages in it: faults that overlap or touch are one." }),
};
const UptimeAnswer = Type.Object(
  {
    from: Type.String({ description: "Start of the window." }),
    to: Type.String({
      description: "End of the window, exclusive; now, when the window reaches into the future.",
    }),
    timezone: Type.String({ description: "The zone of the days." }),
    overall: Type.Object(figures, { description: "Of all these sites together." }),
    sites: Type.Array(
      Type.Object({
        site_id: Type.String({ description: "The site's id." }),
        name: Type.String({ description: "The site's name." }),
        ...figures,
      }),
      { description: "Of each site, by name." },
    ),
    groups: Type.Array(
      Type.Object({
        value: Nullable(
          Type.String({ description: "The tag's value that they share; null for sites without the tag." }),
        ),
        site_ids: Type.Array(Type.String(), { description: "The members of the group." }),
        uptime_percentage: Percentage,
        service_seconds: Nullable(
          Type.Number({
            description: "For `redundancy`: time in which any member has service time; else null.",
          }),
        ),
        downtime_seconds: Nullable(
          Type.Number({ description: "For `redundancy`: time in which every member was down; else null." }),
        ),
      }),
      { description: "With `group_by`: figures of the sites by their values of that tag; else empty." },
    ),
  },
  { $id: "Uptime" },
);

const UptimeQuery = Type.Object({
  from: Type.String({
    maxLength: 40,
    description: "First day (YYYY-MM-DD, in `timezone`), or a time with an offset.",
    example: "2026-02-01",
  }),
  to: Type.String({
    maxLength: 40,
    description: "Last day (inclusive), or a time with an offset (exclusive). Of the same kind as `from`.",
    example: "2026-02-28",
  }),
  site_id: Type.Optional(
    Type.Array(Id("site", "A site."), { maxItems: 1000, description: "Only these sites." }),
  ),
  tag: Type.Optional(
    Type.Array(Type.String(TagParameter), { maxItems: 20, description: "Only sites with all these tags." }),
  ),
  timezone: Type.Optional(ZoneName("The zone of the days. Default UTC.")),
  business_hours_id: Type.Optional(Id("businessHours", "Count only time within these hours.")),
  ignore_power_outages: Type.Optional(
    Type.Boolean({ description: "Faults whose cause is power do not count as downtime. Default false." }),
  ),
  maintenance_counts_as: Type.Optional(
    OneOf(
      ["excluded", "up"],
      "Maintenance leaves service time (`excluded`, the default), or counts as up (`up`).",
    ),
  ),
  group_by: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: "Form groups of sites by this tag key." }),
  ),
  aggregation: Type.Optional(Aggregation),
});
type UptimeQuery = Static<typeof UptimeQuery>;

/** The connection is quiet while it is computed; longer than that takes (render/readers.ts). */
const COMPUTING_S = 60;

/** The operation on uptime. */
export const uptimeRoutes = (kernel: Kernel) => kernel.get("/uptime", getUptime, GetUptime);

const GetUptime = operation({
  operationId: "getUptime",
  tag: "Uptime",
  summary: "Compute uptime now",
  description:
    "The same arithmetic as a report's. Without `site_id` and `tag`: all sites. Any year of 10,000 sites and any ten years of a site fit; what is too much to compute at once is refused, and the message says how many days would fit. The more there is to compute, the more requests it counts as.",
  scopes: ["sla:read"],
  query: UptimeQuery,
  answers: answers.one(UptimeAnswer, "The figures."),
  refusals: [
    "parameter_missing",
    "parameter_invalid",
    "invalid_date_range",
    "reference_not_found",
    "too_many_computations",
    "computation_unavailable",
  ],
});

async function getUptime({
  services,
  principal,
  query,
  request,
}: CallOf<typeof GetUptime>): Promise<AnswerOf<typeof GetUptime>> {
  const ask = askOf(query, principal.workspace, services.now());
  services.keepOpen(request, COMPUTING_S);
  return writtenJson(await services.read(ask, readCall(request, principal)));
}

/** What a query asks for, up to now at the latest; refuses what does not go together. */
function askOf(query: UptimeQuery, workspace: string, nowMs: number): UptimeAsk {
  const timezone = query.timezone ?? "UTC";
  const { startMs, endMs } = windowOfQuery(query.from, query.to, timezone);
  if (query.aggregation !== undefined && query.group_by === undefined) {
    throw new NinesError("parameter_missing", {
      param: "group_by",
      message: "'aggregation' needs 'group_by' beside it.",
    });
  }
  return {
    kind: "uptime",
    workspace,
    selection: askedSites(query),
    timezone,
    window: { startMs, endMs: Math.max(startMs, Math.min(endMs, nowMs)) },
    ignorePower: query.ignore_power_outages ?? false,
    maintenanceCountsAs: query.maintenance_counts_as ?? "excluded",
    hoursId: query.business_hours_id ?? null,
    grouping:
      query.group_by === undefined ? null : { key: query.group_by, aggregation: query.aggregation ?? "avg" },
  };
}

/** Both dates (inclusive days of the zone) or both instants (half open). */
function windowOfQuery(from: string, to: string, timezone: string): { startMs: number; endMs: number } {
  const dates = [parseDate(from), parseDate(to)] as const;
  const instants = [parseInstant(from), parseInstant(to)] as const;
  for (const [index, param] of (["from", "to"] as const).entries()) {
    if (dates[index] === null && instants[index] === null) {
      throw refused(
        param,
        `'${param}' must be a date as YYYY-MM-DD or a time with an offset, but is '${[from, to][index]}'.`,
      );
    }
  }
  if (dates[0] !== null && dates[1] !== null) {
    if (dates[0] > dates[1]) throw refused("from", `'from' (${from}) must not be after 'to' (${to}).`);
    return windowOf(timezone, dates[0], dates[1]);
  }
  if (instants[0] === null || instants[1] === null) {
    throw refused("to", "'from' and 'to' must both be dates, or both be times with an offset.");
  }
  if (instants[0] >= instants[1]) throw refused("from", `'from' (${from}) must be before 'to' (${to}).`);
  return { startMs: instants[0], endMs: instants[1] };
}

function refused(param: string, message: string): NinesError {
  return new NinesError("invalid_date_range", { param, message });
}

function askedSites(query: UptimeQuery): Selection {
  if (query.site_id && query.tag) {
    throw new NinesError("parameter_invalid", {
      param: "tag",
      message: "Give 'site_id' or 'tag', not both.",
    });
  }
  if (query.site_id) return { mode: "manual", siteIds: query.site_id };
  if (query.tag) return { mode: "tags", rules: query.tag.map((text) => tagRule(text, "tag")), logic: "and" };
  return { mode: "all" };
}
