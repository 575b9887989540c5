// The preview of a schedule: which sites it means, and when it would run. Nothing is stored.
import { Type } from "@sinclair/typebox";
import { CalendarDate, Id, Instant, OneOf } from "../model/fields.ts";
import { formatInstant } from "../model/formats.ts";
import { Schedule, ScheduleInput } from "../model/schedule.ts";
import { settingsOf } from "../model/scheduleRules.ts";
import { CADENCES, nextRuns } from "../sla/cadence.ts";
import { selectionOf } from "../store/reportSource.ts";
import { readCall } from "./caller/costs.ts";
import { answers, writtenJson } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const RUNS_SHOWN = 5;

const SchedulePreview = Type.Object(
  {
    sites: Type.Array(
      Type.Object({
        id: Id("site", "The site."),
        name: Type.String({ description: "The site's name." }),
      }),
      { description: "The sites that are selected now, by name." },
    ),
    site_count: Type.Integer({ description: "How many sites are selected now." }),
    next_runs: Type.Array(
      Type.Object({
        at: Instant("When it runs."),
        cadence: OneOf([...CADENCES], "Which of the schedule's reports this is."),
        from_date: CalendarDate("The first day that the report covers."),
        to_date: CalendarDate("The last day that the report covers (inclusive)."),
      }),
      { description: `The next ${RUNS_SHOWN} runs, soonest first; none while it is \`disabled\`.` },
    ),
  },
  { $id: "SchedulePreview" },
);

/** The operation of previews. */
export const previewRoutes = (kernel: Kernel) =>
  kernel.post("/reports/sla/schedules/preview", previewSchedule, PreviewSchedule);

const PreviewSchedule = operation({
  operationId: "previewSlaSchedule",
  tag: "SLA Report Schedules",
  summary: "Preview a schedule",
  description:
    "Says what a schedule with these fields would report on, and when. They are checked as when a schedule is created, but nothing is stored.",
  scopes: ["sla:read"],
  onlyReads: true,
  body: ScheduleInput,
  readOnly: readOnlyFields(Schedule, ScheduleInput),
  answers: answers.one(SchedulePreview, "The sites that are selected now, and the next runs."),
  refusals: [
    "parameter_missing",
    "parameter_invalid",
    "reference_not_found",
    "too_many_computations",
    "computation_unavailable",
  ],
});

async function previewSchedule({
  services,
  principal,
  body,
  request,
}: CallOf<typeof PreviewSchedule>): Promise<AnswerOf<typeof PreviewSchedule>> {
  const { store, now, read } = services;
  const { workspace } = principal;
  const settings = settingsOf(body);
  store.scheduling.refuseUnlessCreatable(workspace, settings);
  const runs = settings.disabled ? [] : nextRuns(settings, now(), RUNS_SHOWN);
  const nextRunsShown = runs.map(({ atMs, cadence, fromDate, toDate }) => ({
    at: formatInstant(atMs),
    cadence,
    from_date: fromDate,
    to_date: toDate,
  }));
  const ask = {
    kind: "selection",
    workspace,
    selection: selectionOf(settings),
    beside: { next_runs: nextRunsShown },
  } as const;
  return writtenJson(await read(ask, readCall(request, principal)));
}
