// A workspace: how it can be called, and its settings, which say how long its reports are kept.
import { type Static, Type } from "@sinclair/typebox";
import { Nullable } from "./fields.ts";

/** Fields that schedules have too: there null means as the workspace says, here for ever. */
export const retentionFields = {
  retention_days: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 36_500,
      description: "Reports are deleted this many days after they were made.",
    }),
  ),
  retention_count: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 100_000,
      description:
        "Of each schedule, only so many newest completed reports of each trigger are kept; a failed one goes when so many completed ones came after it.",
    }),
  ),
};

/** What workspaces can be called. */
export const WORKSPACE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const WorkspaceSettings = Type.Object(retentionFields, {
  $id: "WorkspaceSettings",
  additionalProperties: false,
  description: "How long reports are kept; null: for ever.",
});
export type WorkspaceSettings = Static<typeof WorkspaceSettings>;
