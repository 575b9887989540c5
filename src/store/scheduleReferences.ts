// What the settings of a schedule refer to by id: business hours, a notification group, sites.
import { NinesError } from "../model/errors.ts";
import type { ScheduleSettings } from "../model/schedule.ts";
import type { StoreContext } from "./database/context.ts";

/** The keys of what is referred to. */
export type References = { businessHoursSeq: number | null; groupSeq: number | null; siteSeqs: number[] };

/** Finds what settings refer to; writes nothing. Throws reference_not_found for what is not of the workspace. */
export function referencesOf(
  { db }: Pick<StoreContext, "db">,
  workspace: string,
  settings: Pick<ScheduleSettings, "business_hours_id" | "notification_group" | "sites">,
): References {
  const find = (sql: string, id: string) =>
    db.query<{ seq: number }, [string, string]>(sql).get(id, workspace)?.seq;
  const { business_hours_id: hours, notification_group: group, sites } = settings;
  return {
    businessHoursSeq:
      hours === null
        ? null
        : (find("SELECT seq FROM business_hours WHERE id = ? AND workspace = ?", hours) ??
          refuse("business_hours_id", "business hours", hours)),
    groupSeq:
      group === null
        ? null
        : (find("SELECT seq FROM notification_groups WHERE id = ? AND workspace = ?", group) ??
          refuse("notification_group", "notification group", group)),
    siteSeqs: sites.map(
      (id, position) =>
        find("SELECT seq FROM sites WHERE id = ? AND workspace = ?", id) ??
        refuse(`sites[${position}]`, "site", id),
    ),
  };
}

function refuse(param: string, what: string, id: string): never {
  throw new NinesError("reference_not_found", {
    param,
    message: `'${param}' names no ${what} of this workspace: '${id}'.`,
  });
}
