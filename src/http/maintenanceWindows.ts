// Maintenance windows: list, create, retrieve, change, delete.
import { Type } from "@sinclair/typebox";
import {
  MaintenanceWindow,
  MaintenanceWindowInput,
  MaintenanceWindowPatch,
} from "../model/maintenanceWindow.ts";
import { answers, created, found, noContent, ok, pageAnswer } from "./kernel/answers.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Maintenance Windows";
const readOnly = readOnlyFields(MaintenanceWindow, MaintenanceWindowInput);

/** The routes of maintenance windows. */
export function maintenanceWindowRoutes({ store }: Services): Route[] {
  const idOf = (call: { params: Record<string, string> }) => call.params["id"] ?? "";
  return [
    route({
      method: "GET",
      path: "/maintenance-windows",
      operationId: "listMaintenanceWindows",
      tag,
      summary: "List maintenance windows",
      scopes: ["sla:read"],
      query: Type.Object(PageQuery),
      answers: answers.list(MaintenanceWindow, "Maintenance windows, newest first."),
      refusals: [],
      handle: (call) => {
        const page = pageOf(call.query);
        return pageAnswer(store.maintenanceWindows.list(workspaceOf(call), page), page);
      },
    }),
    route({
      method: "POST",
      path: "/maintenance-windows",
      operationId: "createMaintenanceWindow",
      tag,
      summary: "Create a maintenance window",
      description:
        "For the sites of `site_ids`, or for sites with one of `tags`, or (with neither) for all sites.",
      scopes: ["sla:write"],
      body: MaintenanceWindowInput,
      readOnly,
      answers: answers.made(MaintenanceWindow, "The new window."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found"],
      handle: (call) => {
        const window = store.maintenanceWindows.create(workspaceOf(call), call.body);
        return created(window, `/maintenance-windows/${window.id}`);
      },
    }),
    route({
      method: "GET",
      path: "/maintenance-windows/{id}",
      operationId: "getMaintenanceWindow",
      tag,
      summary: "Retrieve a maintenance window",
      scopes: ["sla:read"],
      answers: answers.one(MaintenanceWindow, "The window."),
      refusals: ["not_found"],
      handle: (call) =>
        ok(
          found(
            store.maintenanceWindows.get(workspaceOf(call), idOf(call)),
            "maintenance window",
            idOf(call),
          ),
        ),
    }),
    route({
      method: "PATCH",
      path: "/maintenance-windows/{id}",
      operationId: "updateMaintenanceWindow",
      tag,
      summary: "Change some fields of a maintenance window",
      description: "Fields left out stay as they are; finished reports too.",
      scopes: ["sla:write"],
      body: MaintenanceWindowPatch,
      readOnly,
      answers: answers.one(MaintenanceWindow, "The window as it is now."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "not_found"],
      handle: (call) =>
        ok(
          found(
            store.maintenanceWindows.update(workspaceOf(call), idOf(call), call.body),
            "maintenance window",
            idOf(call),
          ),
        ),
    }),
    route({
      method: "DELETE",
      path: "/maintenance-windows/{id}",
      operationId: "deleteMaintenanceWindow",
      tag,
      summary: "Delete a maintenance window",
      scopes: ["sla:write"],
      answers: answers.gone,
      refusals: ["not_found"],
      handle: (call) => {
        found(
          store.maintenanceWindows.remove(workspaceOf(call), idOf(call)) || null,
          "maintenance window",
          idOf(call),
        );
        return noContent();
      },
    }),
  ];
}
