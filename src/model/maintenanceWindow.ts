// Maintenance windows: agreed downtime, once or recurring. It leaves service time, or counts as up, as the
// schedule says.
import { type Static, Type } from "@sinclair/typebox";
import { Id, Instant, Nullable, SelectionRule, Text, ZoneName } from "./fields.ts";

const fields = {
  name: Text(200, "What is done."),
  starts_at: Instant("Start of the window; of its first occurrence when it recurs."),
  ends_at: Instant("End of the window, or of its first occurrence; after the start."),
};
const rrule = Nullable(
  Type.String({
    minLength: 1,
    maxLength: 500,
    description:
      "How it recurs: a rule of RFC 5545 alone, without DTSTART, by days, weeks, months or years; null for once. Each occurrence starts and ends at the same times of the clocks in `timezone`.",
    example: "FREQ=WEEKLY;BYDAY=SU",
  }),
);
const timezone = ZoneName("The zone by whose clocks it recurs. Default UTC.");
const siteList = (minItems: 0 | 1) =>
  Nullable(
    Type.Array(Id("site", "A site."), { minItems, maxItems: 10_000, description: "The sites it is for." }),
  );
/** Empty when the last of the named sites was deleted: such a window is for no site, and can be sent back. */
const siteIds = siteList(0);
const tags = Nullable(
  Type.Array(SelectionRule, {
    minItems: 1,
    maxItems: 50,
    description: "It is for every site that matches one of these.",
  }),
);

export const MaintenanceWindowInput = Type.Object(
  {
    ...fields,
    rrule: Type.Optional(rrule),
    timezone: Type.Optional(timezone),
    site_ids: Type.Optional(siteList(1)),
    tags: Type.Optional(tags),
  },
  { $id: "MaintenanceWindowInput", additionalProperties: false },
);
export type MaintenanceWindowInput = Static<typeof MaintenanceWindowInput>;

export const MaintenanceWindowPatch = Type.Partial(
  Type.Object({ ...fields, rrule, timezone, site_ids: siteIds, tags }),
  { $id: "MaintenanceWindowPatch", additionalProperties: false },
);
export type MaintenanceWindowPatch = Static<typeof MaintenanceWindowPatch>;

export const MaintenanceWindow = Type.Object(
  {
    id: Id("maintenanceWindow", "The window's id."),
    ...fields,
    rrule,
    timezone,
    site_ids: siteIds,
    tags,
    created_at: Instant("When it was created."),
    updated_at: Instant("When it was last changed."),
  },
  { $id: "MaintenanceWindow" },
);
export type MaintenanceWindow = Static<typeof MaintenanceWindow>;
