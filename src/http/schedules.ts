// Schedules: list, create, retrieve, replace, change, delete.
import { Type } from "@sinclair/typebox";
import { Schedule, ScheduleInput, SchedulePatch } from "../model/schedule.ts";
import { checkedSettings, settingsOf } from "../model/scheduleRules.ts";
import { answers, created, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idText } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { readOnlyFields } from "./kernel/validate.ts";
import { TagParameter, tagRule } from "./tags.ts";

const tag = "SLA Report Schedules";
const params = Type.Object({
  scheduleId: idText("schedule", "The unique identifier for the SLA report schedule"),
});
const etag: EntityTag<Schedule, { scheduleId: string }> = {
  current: ({ services: { store }, principal, params: { scheduleId } }) =>
    store.schedules.get(principal.workspace, scheduleId),
  byItself: ["next_run_at", "last_run"],
};
const readOnly = readOnlyFields(Schedule, ScheduleInput);

/** The operations on schedules. */
export const scheduleRoutes = (kernel: Kernel) =>
  kernel
    .get("/reports/sla/schedules", listSchedules, ListSchedules)
    .post("/reports/sla/schedules", createSchedule, CreateSchedule)
    .get("/reports/sla/schedules/:scheduleId", getSchedule, GetSchedule)
    .put("/reports/sla/schedules/:scheduleId", replaceSchedule, ReplaceSchedule)
    .patch("/reports/sla/schedules/:scheduleId", updateSchedule, UpdateSchedule)
    .delete("/reports/sla/schedules/:scheduleId", deleteSchedule, DeleteSchedule);

const ListSchedules = operation({
  operationId: "listSlaSchedules",
  tag,
  summary: "List schedules",
  description:
    "A page may name 100,000 sites in all: where schedules name thousands, ask for a smaller `per_page` (10 always fit).",
  scopes: ["sla:read"],
  query: Type.Object({
    ...PageQuery,
    name: Type.Optional(Type.String({ description: "Only the schedule with exactly this name." })),
    disabled: Type.Optional(Type.Boolean({ description: "Only disabled ones, or only enabled ones." })),
    tag: Type.Optional(
      Type.String({
        ...TagParameter,
        description: "Only those whose selection names this tag, as Key:Value.",
      }),
    ),
  }),
  answers: answers.list(Schedule, "Schedules, newest first."),
  refusals: [],
});

function listSchedules({
  services: { store },
  principal,
  query,
}: CallOf<typeof ListSchedules>): AnswerOf<typeof ListSchedules> {
  const page = pageOf(query);
  const { name, disabled, tag: tagText } = query;
  const filter = { name, disabled, tag: tagText === undefined ? undefined : tagRule(tagText, "tag") };
  return pageAnswer(store.schedules.list(principal.workspace, filter, page), page);
}

const CreateSchedule = operation({
  operationId: "createSlaSchedule",
  tag,
  etag,
  summary: "Create a schedule",
  description:
    "Says what is reported on, how it is counted, and when. It runs by itself from now on, unless it is `disabled`; to run it at once, use `/run`.",
  scopes: ["sla:write"],
  body: ScheduleInput,
  readOnly,
  answers: answers.made(Schedule, "The new schedule."),
  refusals: ["parameter_missing", "parameter_invalid", "reference_not_found"],
});

async function createSchedule({
  services,
  principal,
  body,
  set,
}: CallOf<typeof CreateSchedule>): Promise<AnswerOf<typeof CreateSchedule>> {
  const { store, wakeScheduler } = services;
  const schedule = await store.write(() => store.schedules.create(principal.workspace, settingsOf(body)));
  wakeScheduler();
  return created(set, schedule, `/reports/sla/schedules/${schedule.id}`);
}

const GetSchedule = operation({
  operationId: "getSlaSchedule",
  tag,
  etag,
  summary: "Retrieve a schedule",
  scopes: ["sla:read"],
  params,
  answers: answers.one(Schedule, "The schedule."),
  refusals: ["not_found"],
});

function getSchedule({
  services: { store },
  principal,
  params: { scheduleId },
}: CallOf<typeof GetSchedule>): AnswerOf<typeof GetSchedule> {
  return found(store.schedules.get(principal.workspace, scheduleId), "schedule", scheduleId);
}

const ReplaceSchedule = operation({
  operationId: "replaceSlaSchedule",
  tag,
  etag,
  summary: "Replace a schedule",
  description:
    "Fields left out get their defaults. Reports made before keep the settings they were made with.",
  scopes: ["sla:write"],
  params,
  body: ScheduleInput,
  readOnly,
  answers: answers.one(Schedule, "The schedule as it is now."),
  refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "not_found"],
});

async function replaceSchedule(
  call: CallOf<typeof ReplaceSchedule>,
): Promise<AnswerOf<typeof ReplaceSchedule>> {
  const { services, principal, params, body } = call;
  const { store, wakeScheduler } = services;
  const settings = settingsOf(body);
  const replace = () => store.scheduling.update(principal.workspace, params.scheduleId, () => settings);
  const schedule = await unlessChanged(call, etag, replace);
  wakeScheduler();
  return found(schedule, "schedule", params.scheduleId);
}

const UpdateSchedule = operation({
  operationId: "updateSlaSchedule",
  tag,
  etag,
  summary: "Change some fields of a schedule",
  description:
    "Fields left out stay as they are. A change of when it runs counts from now. Reports made before keep the settings they were made with.",
  scopes: ["sla:write"],
  params,
  body: SchedulePatch,
  readOnly,
  answers: answers.one(Schedule, "The schedule as it is now."),
  refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "not_found"],
});

async function updateSchedule(call: CallOf<typeof UpdateSchedule>): Promise<AnswerOf<typeof UpdateSchedule>> {
  const { services, principal, params, body } = call;
  const { store, wakeScheduler } = services;
  const update = () =>
    store.scheduling.update(principal.workspace, params.scheduleId, (settings) =>
      checkedSettings({ ...settings, ...body }),
    );
  const schedule = await unlessChanged(call, etag, update);
  wakeScheduler();
  return found(schedule, "schedule", params.scheduleId);
}

const DeleteSchedule = operation({
  operationId: "deleteSlaSchedule",
  tag,
  etag,
  summary: "Delete a schedule",
  description: "Its reports stay, and a run that is waiting is still made.",
  scopes: ["sla:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found"],
});

async function deleteSchedule(call: CallOf<typeof DeleteSchedule>): Promise<AnswerOf<typeof DeleteSchedule>> {
  const { services, principal, params } = call;
  const { store, wakeScheduler } = services;
  const remove = () => store.scheduling.remove(principal.workspace, params.scheduleId);
  const wasThere = await unlessChanged(call, etag, remove);
  wakeScheduler();
  found(wasThere || null, "schedule", params.scheduleId);
  return noContent();
}
