// Faults: what was recorded. Merged counted faults make outages; that is arithmetic, see sla/.
import { type Static, Type } from "@sinclair/typebox";
import { Id, Instant, Nullable, OneOf, Text } from "./fields.ts";

export const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export const Severity = OneOf(
  [...SEVERITIES],
  "How bad it is. Does not change the arithmetic.",
);
export const FaultStatus = OneOf(["unresolved", "resolved"], "Derived: resolved when `resolved_at` is set.");
export const FaultType = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$",
  description:
    "`site` faults count as downtime of the site; `wantunnel` faults belong to a WAN link; any other word is kept and shown, but not counted.",
  example: "site",
});

export const Comment = Type.Object(
  {
    id: Id("comment", "The comment's id."),
    author: Type.String({ description: "The token's subject that wrote it." }),
    text: Type.String(),
    created_at: Instant("When it was written."),
  },
  { $id: "FaultComment" },
);
export type Comment = Static<typeof Comment>;

export const CommentInput = Type.Object(
  { text: Text(5000, "What is to be said of the fault; printed in reports.") },
  { $id: "FaultCommentInput", additionalProperties: false },
);
export type CommentInput = Static<typeof CommentInput>;

const faultFields = {
  site_id: Type.Optional(Id("site", "The site. May be left out when `resource_id` is given.")),
  resource_id: Type.Optional(Nullable(Id("wanLink", "A WAN link of the site, for faults of a link."))),
  type: Type.Optional(FaultType),
  severity: Type.Optional(Severity),
  cause: Type.Optional(Nullable(Text(500, "Why; sorted into power, network, device or other."))),
  message: Type.Optional(Nullable(Text(5000, "What the monitoring system said."))),
  created_at: Type.Optional(Instant("Start of the outage; now, when left out.")),
  resolved_at: Type.Optional(Nullable(Instant("End of the outage; null while it lasts."))),
  external_id: Type.Optional(
    Nullable(Text(200, "The fault's id in another system; unique within the workspace.")),
  ),
};

export const FaultInput = Type.Object(faultFields, { $id: "FaultInput", additionalProperties: false });
export type FaultInput = Static<typeof FaultInput>;

const { site_id: _site, resource_id: _resource, ...patchFields } = faultFields;
export const FaultPatch = Type.Partial(Type.Object(patchFields), {
  $id: "FaultPatch",
  additionalProperties: false,
});
export type FaultPatch = Static<typeof FaultPatch>;

export const ResolveInput = Type.Object(
  { resolved_at: Type.Optional(Instant("End of the outage; now, when left out.")) },
  { $id: "FaultResolveInput", additionalProperties: false },
);
export type ResolveInput = Static<typeof ResolveInput>;

export const Fault = Type.Object(
  {
    id: Id("fault", "The fault's id."),
    site_id: Id("site", "The site it belongs to."),
    resource_id: Nullable(Id("wanLink", "The WAN link it belongs to, if any.")),
    type: FaultType,
    severity: Severity,
    status: FaultStatus,
    cause: Nullable(Type.String()),
    message: Nullable(Type.String()),
    created_at: Instant("Start of the outage."),
    resolved_at: Nullable(Instant("End of the outage; null while it lasts.")),
    external_id: Nullable(Type.String()),
    comments: Type.Array(Comment),
    updated_at: Instant("When the record was last changed."),
  },
  { $id: "Fault" },
);
export type Fault = Static<typeof Fault>;

export const RefusedRow = Type.Object({
  line: Type.Integer({ description: "Line of the file, counted from 1 (a CSV's header is line 1)." }),
  param: Nullable(Type.String({ description: "The field at fault." })),
  reason: Type.String(),
});

export const ImportResult = Type.Object(
  {
    rows: Type.Integer({ description: "Rows read." }),
    created: Type.Integer(),
    updated: Type.Integer(),
    unchanged: Type.Integer({ description: "Rows that were there already." }),
    refused: Type.Integer(),
    errors: Type.Array(RefusedRow, { description: "The first 100 refused rows." }),
  },
  { $id: "ImportResult" },
);
export type ImportResult = Static<typeof ImportResult>;
