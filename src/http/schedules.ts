// Schedules: list, create, retrieve, replace, change, delete.
import { Type } from "@sinclair/typebox";
import { Schedule, ScheduleInput, SchedulePatch } from "../model/schedule.ts";
import { checkedSettings, settingsOf } from "../model/scheduleRules.ts";
import { answers, created, found, noContent, ok, pageAnswer } from "./kernel/answers.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";
import { TagParameter, tagRule } from "./tags.ts";

const LIST = "/reports/sla/schedules";
const ONE = "/reports/sla/schedules/{scheduleId}";
const tag = "SLA Report Schedules";
const readOnly = readOnlyFields(Schedule, ScheduleInput);

/** The routes of schedules. */
export function scheduleRoutes({ store, wakeScheduler }: Services): Route[] {
  const idOf = (call: { params: Record<string, string> }) => call.params["scheduleId"] ?? "";
  return [
    route({
      method: "GET",
      path: LIST,
      operationId: "listSlaSchedules",
      tag,
      summary: "List schedules",
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
      handle: (call) => {
        const page = pageOf(call.query);
        const { name, disabled, tag: tagText } = call.query;
        const filter = { name, disabled, tag: tagText === undefined ? undefined : tagRule(tagText, "tag") };
        return pageAnswer(store.schedules.list(workspaceOf(call), filter, page), page);
      },
    }),
    route({
      method: "POST",
      path: LIST,
      operationId: "createSlaSchedule",
      tag,
      summary: "Create a schedule",
      description:
        "Says what is reported on, how it is counted, and when. It runs by itself from now on, unless it is `disabled`; to run it at once, use `/run`.",
      scopes: ["sla:write"],
      body: ScheduleInput,
      readOnly,
      answers: answers.made(Schedule, "The new schedule."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found"],
      handle: (call) => {
        const schedule = store.schedules.create(workspaceOf(call), settingsOf(call.body));
        wakeScheduler();
        return created(schedule, `${LIST}/${schedule.id}`);
      },
    }),
    route({
      method: "GET",
      path: ONE,
      operationId: "getSlaSchedule",
      tag,
      summary: "Retrieve a schedule",
      scopes: ["sla:read"],
      answers: answers.one(Schedule, "The schedule."),
      refusals: ["not_found"],
      handle: (call) => ok(found(store.schedules.get(workspaceOf(call), idOf(call)), "schedule", idOf(call))),
    }),
    route({
      method: "PUT",
      path: ONE,
      operationId: "replaceSlaSchedule",
      tag,
      summary: "Replace a schedule",
      description:
        "Fields left out get their defaults. Reports made before keep the settings they were made with.",
      scopes: ["sla:write"],
      body: ScheduleInput,
      readOnly,
      answers: answers.one(Schedule, "The schedule as it is now."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "not_found"],
      handle: (call) => {
        const settings = settingsOf(call.body);
        const schedule = store.scheduling.update(workspaceOf(call), idOf(call), () => settings);
        wakeScheduler();
        return ok(found(schedule, "schedule", idOf(call)));
      },
    }),
    route({
      method: "PATCH",
      path: ONE,
      operationId: "updateSlaSchedule",
      tag,
      summary: "Change some fields of a schedule",
      description:
        "Fields left out stay as they are. A change of when it runs counts from now. Reports made before keep the settings they were made with.",
      scopes: ["sla:write"],
      body: SchedulePatch,
      readOnly,
      answers: answers.one(Schedule, "The schedule as it is now."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "not_found"],
      handle: (call) => {
        const schedule = store.scheduling.update(workspaceOf(call), idOf(call), (settings) =>
          checkedSettings({ ...settings, ...call.body }),
        );
        wakeScheduler();
        return ok(found(schedule, "schedule", idOf(call)));
      },
    }),
    route({
      method: "DELETE",
      path: ONE,
      operationId: "deleteSlaSchedule",
      tag,
      summary: "Delete a schedule",
      description: "Its reports stay, and a run that is waiting is still made.",
      scopes: ["sla:write"],
      answers: answers.gone,
      refusals: ["not_found"],
      handle: (call) => {
        const wasThere = store.scheduling.remove(workspaceOf(call), idOf(call));
        wakeScheduler();
        found(wasThere || null, "schedule", idOf(call));
        return noContent();
      },
    }),
  ];
}
