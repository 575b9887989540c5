// Faults: what was recorded. Merged counted faults make outages; that is arithmetic, see sla/.
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Id, Instant, Nullable, OneOf, Text } from "./fields.ts";

export const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export const Severity = OneOf(
  [...SEVERITIES],
  "How bad it is. Shown in reports; does not change the arithmetic.",
);
export const FAULT_STATUSES = ["unresolved", "resolved"] as const;
export const FaultStatus = OneOf(
  [...FAULT_STATUSES],
  "Follows from `resolved_at`: `resolved` when it is set, else `unresolved`.",
);
export const FaultType = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$",
  inWords: "a word of 1 to 64 letters, digits, '.', '_', ':' or '-', with a letter or a digit first",
  description:
    "`site` faults count as downtime of the site; `wantunnel` faults belong to a WAN link; any other word is kept and shown, but not counted.",
  example: "site",
});

export const Comment = Type.Object(
  {
    id: Id("comment", "The comment's id."),
    author: Type.String({ description: "The token's subject that wrote it." }),
    text: Type.String({ description: "What was said; printed in reports below the incident." }),
    created_at: Instant("When it was written."),
  },
  { $id: "FaultComment" },
);
export type Comment = Static<typeof Comment>;

/** What the comments of a fault may be: so many, and with their authors so much text. Lists hold a hundred faults. */
export const MAX_COMMENTS = 100;
export const MAX_COMMENTS_BYTES = 32 * 1024;

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
  cause: Type.Optional(
    Nullable(
      Text(
        500,
        "Why it happened, in words. Reports sort causes into power, network, device and other by the words in it.",
      ),
    ),
  ),
  message: Type.Optional(Nullable(Text(5000, "What the monitoring system said."))),
  created_at: Type.Optional(Instant("Start of the outage.")),
  resolved_at: Type.Optional(Nullable(Instant("End of the outage; null while it lasts."))),
  external_id: Type.Optional(
    Nullable(Text(200, "The fault's id in another system; unique within the workspace.")),
  ),
};

const described = <T extends TSchema>(schema: T, more: string): T => ({
  ...schema,
  description: `${schema.description} ${more}`,
});

export const FaultInput = Type.Object(
  {
    ...faultFields,
    type: described(faultFields.type, "Left out: `site`, or `wantunnel` with a `resource_id`."),
    severity: described(faultFields.severity, "Left out: `CRITICAL`."),
    created_at: described(faultFields.created_at, "Left out: now."),
  },
  { $id: "FaultInput", additionalProperties: false },
);
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
    cause: Nullable(Type.String({ description: "Why it happened, in words; null when nobody said." })),
    message: Nullable(Type.String({ description: "What the monitoring system said; null for nothing." })),
    created_at: Instant("Start of the outage."),
    resolved_at: Nullable(Instant("End of the outage; null while it lasts.")),
    external_id: Nullable(Type.String({ description: "The fault's id in another system, if it has one." })),
    comments: Type.Array(Comment, { description: "What people said of it, oldest first." }),
    updated_at: Instant("When the record was last changed."),
  },
  { $id: "Fault" },
);
export type Fault = Static<typeof Fault>;

/** A fault as a report reads it: plain data, with the times as epoch milliseconds; comments are oldest first. */
export type SourceFault = {
  id: string;
  externalId: string | null;
  linkId: string | null;
  type: string;
  severity: string;
  cause: string | null;
  message: string | null;
  startedAtMs: number;
  /** Null while it lasts. */
  resolvedAtMs: number | null;
  comments: { author: string; text: string; createdAtMs: number }[];
};

export const RefusedRow = Type.Object({
  line: Type.Integer({ description: "Line of the file, counted from 1 (a CSV's header is line 1)." }),
  param: Nullable(Type.String({ description: "The field at fault." })),
  reason: Type.String({ description: "What is wrong with it, and what would be right." }),
});

export const ImportResult = Type.Object(
  {
    rows: Type.Integer({ description: "Rows read: the sum of the four counts below." }),
    created: Type.Integer({ description: "Rows that made a new object." }),
    updated: Type.Integer({ description: "Rows that changed an object that was there." }),
    unchanged: Type.Integer({ description: "Rows that were there already, just so." }),
    refused: Type.Integer({ description: "Rows that are wrong; nothing was stored of them." }),
    errors: Type.Array(RefusedRow, { description: "The first 100 refused rows, with the reason for each." }),
  },
  { $id: "ImportResult" },
);
export type ImportResult = Static<typeof ImportResult>;
