// Settings of the workspace: retrieve, replace.
import { WorkspaceSettings } from "../model/workspaceSettings.ts";
import { answers } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";

const tag = "Settings";
const etag: EntityTag<WorkspaceSettings> = {
  current: ({ services: { store }, principal }) => store.retention.settings(principal.workspace),
};

/** The operations on settings. */
export const settingsRoutes = (kernel: Kernel) =>
  kernel.get("/settings", getSettings, GetSettings).put("/settings", replaceSettings, ReplaceSettings);

const GetSettings = operation({
  operationId: "getSettings",
  tag,
  etag,
  summary: "Retrieve the workspace's settings",
  scopes: ["sla:read"],
  answers: answers.one(WorkspaceSettings, "The settings."),
  refusals: [],
});

function getSettings({
  services: { store },
  principal,
}: CallOf<typeof GetSettings>): AnswerOf<typeof GetSettings> {
  return store.retention.settings(principal.workspace);
}

const ReplaceSettings = operation({
  operationId: "replaceSettings",
  tag,
  etag,
  summary: "Replace the workspace's settings",
  description:
    "Reports that are no longer kept are deleted within a quarter of an hour. A schedule's own values come first.",
  scopes: ["sla:write"],
  body: WorkspaceSettings,
  answers: answers.one(WorkspaceSettings, "The settings as they are now."),
  refusals: ["parameter_missing", "parameter_invalid"],
});

async function replaceSettings(
  call: CallOf<typeof ReplaceSettings>,
): Promise<AnswerOf<typeof ReplaceSettings>> {
  const { services, principal, body } = call;
  const { retention } = services.store;
  await unlessChanged(call, etag, () => retention.replaceSettings(principal.workspace, body));
  return retention.settings(principal.workspace);
}
