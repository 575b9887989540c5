// Maintenance windows: list, create, retrieve, change, delete.
import { Type } from "@sinclair/typebox";
import {
  MaintenanceWindow,
  MaintenanceWindowInput,
  MaintenanceWindowPatch,
} from "../model/maintenanceWindow.ts";
import { answers, created, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Maintenance Windows";
const what = "maintenance window";
const params = idParam("maintenanceWindow", "The maintenance window's id");
const etag: EntityTag<MaintenanceWindow, { id: string }> = {
  current: ({ services: { store }, principal, params: { id } }) =>
    store.maintenanceWindows.get(principal.workspace, id),
};
const readOnly = readOnlyFields(MaintenanceWindow, MaintenanceWindowInput);

/** The operations on maintenance windows. */
export const maintenanceWindowRoutes = (kernel: Kernel) =>
  kernel
    .get("/maintenance-windows", listMaintenanceWindows, ListMaintenanceWindows)
    .post("/maintenance-windows", createMaintenanceWindow, CreateMaintenanceWindow)
    .get("/maintenance-windows/:id", getMaintenanceWindow, GetMaintenanceWindow)
    .patch("/maintenance-windows/:id", updateMaintenanceWindow, UpdateMaintenanceWindow)
    .delete("/maintenance-windows/:id", deleteMaintenanceWindow, DeleteMaintenanceWindow);

const ListMaintenanceWindows = operation({
  operationId: "listMaintenanceWindows",
  tag,
  summary: "List maintenance windows",
  scopes: ["sla:read"],
  query: Type.Object(PageQuery),
  answers: answers.list(MaintenanceWindow, "Maintenance windows, newest first."),
  refusals: [],
});

function listMaintenanceWindows({
  services: { store },
  principal,
  query,
}: CallOf<typeof ListMaintenanceWindows>): AnswerOf<typeof ListMaintenanceWindows> {
  const page = pageOf(query);
  return pageAnswer(store.maintenanceWindows.list(principal.workspace, page), page);
}

const CreateMaintenanceWindow = operation({
  operationId: "createMaintenanceWindow",
  tag,
  etag,
  summary: "Create a maintenance window",
  description:
    "For the sites of `site_ids`, or for sites with one of `tags`, or (with neither) for all sites.",
  scopes: ["sla:write"],
  body: MaintenanceWindowInput,
  readOnly,
  answers: answers.made(MaintenanceWindow, "The new window."),
  refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "too_many_maintenance_windows"],
});

async function createMaintenanceWindow({
  services: { store },
  principal,
  body,
  set,
}: CallOf<typeof CreateMaintenanceWindow>): Promise<AnswerOf<typeof CreateMaintenanceWindow>> {
  const window = await store.write(() => store.maintenanceWindows.create(principal.workspace, body));
  return created(set, window, `/maintenance-windows/${window.id}`);
}

const GetMaintenanceWindow = operation({
  operationId: "getMaintenanceWindow",
  tag,
  etag,
  summary: "Retrieve a maintenance window",
  scopes: ["sla:read"],
  params,
  answers: answers.one(MaintenanceWindow, "The window."),
  refusals: ["not_found"],
});

function getMaintenanceWindow({
  services: { store },
  principal,
  params: { id },
}: CallOf<typeof GetMaintenanceWindow>): AnswerOf<typeof GetMaintenanceWindow> {
  return found(store.maintenanceWindows.get(principal.workspace, id), what, id);
}

const UpdateMaintenanceWindow = operation({
  operationId: "updateMaintenanceWindow",
  tag,
  etag,
  summary: "Change some fields of a maintenance window",
  description: "Fields left out stay as they are; finished reports too.",
  scopes: ["sla:write"],
  params,
  body: MaintenanceWindowPatch,
  readOnly,
  answers: answers.one(MaintenanceWindow, "The window as it is now."),
  refusals: [
    "parameter_missing",
    "parameter_invalid",
    "reference_not_found",
    "not_found",
    "too_many_maintenance_windows",
  ],
});

async function updateMaintenanceWindow(
  call: CallOf<typeof UpdateMaintenanceWindow>,
): Promise<AnswerOf<typeof UpdateMaintenanceWindow>> {
  const { services, principal, params, body } = call;
  const change = () => services.store.maintenanceWindows.update(principal.workspace, params.id, body);
  return found(await unlessChanged(call, etag, change), what, params.id);
}

const DeleteMaintenanceWindow = operation({
  operationId: "deleteMaintenanceWindow",
  tag,
  etag,
  summary: "Delete a maintenance window",
  scopes: ["sla:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found"],
});

async function deleteMaintenanceWindow(
  call: CallOf<typeof DeleteMaintenanceWindow>,
): Promise<AnswerOf<typeof DeleteMaintenanceWindow>> {
  const { services, principal, params } = call;
  const remove = () => services.store.maintenanceWindows.remove(principal.workspace, params.id);
  found((await unlessChanged(call, etag, remove)) || null, what, params.id);
  return noContent();
}
