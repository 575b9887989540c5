// Settings of the workspace: retrieve, replace.
import { WorkspaceSettings } from "../model/workspaceSettings.ts";
import { answers, ok } from "./kernel/answers.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";

const tag = "Settings";
const path = "/settings";

/** The routes of settings. */
export function settingsRoutes({ store }: Services): Route[] {
  return [
    route({
      method: "GET",
      path,
      operationId: "getSettings",
      tag,
      summary: "Retrieve the workspace's settings",
      scopes: ["sla:read"],
      answers: answers.one(WorkspaceSettings, "The settings."),
      refusals: [],
      handle: (call) => ok(store.retention.settings(workspaceOf(call))),
    }),
    route({
      method: "PUT",
      path,
      operationId: "replaceSettings",
      tag,
      summary: "Replace the workspace's settings",
      description:
        "Reports that are no longer kept are deleted within a quarter of an hour. A schedule's own values come first.",
      scopes: ["sla:write"],
      body: WorkspaceSettings,
      answers: answers.one(WorkspaceSettings, "The settings as they are now."),
      refusals: ["parameter_missing", "parameter_invalid"],
      handle: (call) => {
        store.retention.replaceSettings(workspaceOf(call), call.body);
        return ok(store.retention.settings(workspaceOf(call)));
      },
    }),
  ];
}
