// Generated reports: the metadata. What is in a report is report/document.ts.
import { type Static, Type } from "@sinclair/typebox";
import { CADENCES } from "../sla/cadence.ts";
import { Delivery } from "./delivery.ts";
import { CalendarDate, Id, Instant, Nullable, OneOf, ZoneName } from "./fields.ts";

export const REPORT_STATUSES = ["queued", "running", "completed", "failed"] as const;
export const ReportStatus = OneOf(
  [...REPORT_STATUSES],
  "Where the report stands: waiting, being made, done, or given up.",
);
export type ReportStatus = Static<typeof ReportStatus>;
export const Trigger = OneOf(["on_demand", ...CADENCES], "What asked for the report.");
export type Trigger = Static<typeof Trigger>;

export const ARTEFACTS = ["pdf", "json", "csv"] as const;
export type Artefact = (typeof ARTEFACTS)[number];

export const Report = Type.Object(
  {
    id: Id("report", "The report's id."),
    schedule_id: Id("schedule", "The schedule it was made of; it may have been deleted since."),
    schedule_name: Type.String({ description: "The schedule's name when the report was asked for." }),
    status: ReportStatus,
    progress: Type.Number({ minimum: 0, maximum: 1, description: "How much is done, from 0 to 1." }),
    trigger: Trigger,
    from_date: CalendarDate("First day (inclusive)."),
    to_date: CalendarDate("Last day (inclusive)."),
    timezone: ZoneName("The zone of these days."),
    sla_target: Type.Number({
      description: "The schedule's target when the report was asked for, in percent.",
    }),
    uptime_percentage: Nullable(
      Type.Number({
        description:
          "Of all sites together, in percent, unrounded; null without service time, and until the report is completed.",
      }),
    ),
    site_count: Nullable(
      Type.Integer({ description: "How many sites the report is about; null until it is completed." }),
    ),
    breached_count: Nullable(
      Type.Integer({ description: "How many of them missed the target; null until it is completed." }),
    ),
    created_at: Instant("When it was asked for."),
    completed_at: Nullable(Instant("When it was finished; null until then.")),
    error: Nullable(Type.String({ description: "Why it failed; null unless it did." })),
    voided_at: Nullable(
      Instant(
        "When it was found to be made while the server's clock was ahead, of days that had not been: it does not count, and is not listed unless asked for. Null for all others.",
      ),
    ),
    pdf_url: Nullable(Type.String({ description: "Where the PDF is; null until the report is completed." })),
    json_url: Nullable(
      Type.String({ description: "Where the report document is, the report as data; null until then." }),
    ),
    csv_url: Nullable(Type.String({ description: "Where the table of sites is, as CSV; null until then." })),
    deliveries: Type.Array(Delivery, {
      description: "Whom the finished report was sent to, and what became of it.",
    }),
  },
  { $id: "Report" },
);
export type Report = Static<typeof Report>;

/** What messages about a report say beyond its metadata. Lengths are seconds with milliseconds as decimals. */
export type Headline = {
  service_seconds: number;
  downtime_seconds: number;
  /** Of all sites together; null without service time. */
  breached: boolean | null;
  /** The sites with the least uptime, lowest first. */
  lowest: {
    name: string;
    service_seconds: number;
    downtime_seconds: number;
    breached: boolean;
  }[];
};

/** No setting allows a link to work longer, in seconds: ten years. */
const LONGEST_LINK_S = 315_360_000;

export const LinkInput = Type.Object(
  {
    artefact: Type.Optional(OneOf([...ARTEFACTS], "Which file; the PDF, when left out.")),
    expires_in: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: LONGEST_LINK_S,
        description:
          "Seconds it works; 7 days, when left out, or the most if that is less. At most 90 days, unless the server is told otherwise (`NINES_LINK_MAX_DAYS`).",
      }),
    ),
  },
  { $id: "ReportLinkInput", additionalProperties: false },
);
export type LinkInput = Static<typeof LinkInput>;

const linkFields = {
  id: Id("link", "The link's id, by which it can be revoked."),
  artefact: OneOf([...ARTEFACTS], "Which file it opens."),
  made_by: Nullable(
    Type.String({ description: "The subject (`sub`) of the token that made it; null of one in a message." }),
  ),
  delivery_id: Nullable(Id("delivery", "The delivery whose message it is in; null of others.")),
  created_at: Instant("When it was made."),
  expires_at: Instant("When it stops working."),
};

/** A link as it is listed: its address is told once. */
export const KeptLink = Type.Object(linkFields, { $id: "KeptReportLink" });
export type KeptLink = Static<typeof KeptLink>;

export const Link = Type.Object(
  {
    url: Type.String({
      description: "The file's address; works without a token until the link expires or is revoked.",
    }),
    ...linkFields,
  },
  { $id: "ReportLink" },
);
