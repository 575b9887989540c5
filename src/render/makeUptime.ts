// Uptime of many sites, from the database to the answer. Runs in a reader thread; writes nothing.
import type { BusinessHours } from "../model/businessHours.ts";
import { NinesError } from "../model/errors.ts";
import { instantUptime, type UptimeRequest } from "../report/instantUptime.ts";
import { tooMuch, type Work } from "../report/work.ts";
import { getBusinessHours } from "../store/businessHours.ts";
import type { Database } from "../store/database/open.ts";
import type { Selection } from "../store/selectedSites.ts";
import { uptimeSource } from "../store/uptimeSource.ts";
import { workOfTags } from "./makeTagged.ts";

/** What is asked, as plain data: hours and sites by their ids. */
export type UptimeAsk = Omit<UptimeRequest, "hours"> & {
  kind: "uptime";
  workspace: string;
  selection: Selection;
  hoursId: string | null;
};

/**
 * Computes; call it in a read transaction. Refuses ids that name nothing, and what is too much to compute at once; else
 * `onWork` is told what it costs (see report/work.ts) before it begins, and what more before groups are formed.
 */
export function makeUptime(db: Database, ask: UptimeAsk, onWork: (units: number) => void) {
  const { workspace, selection, window, ignorePower } = ask;
  const hours = hoursOf(db, ask);
  if (selection.mode !== "manual") onWork(workOfTags({ db }, workspace));
  const source = uptimeSource({ db }, workspace, { selection, window, ignorePower });
  refuseUnknownSites(selection, source.sites);
  let told = 0;
  return instantUptime({ ...ask, hours }, source, (work) => {
    refuseTooMuch(work, ask);
    onWork(work.units - told);
    told = work.units;
  });
}

function refuseTooMuch(work: Work, { grouping }: UptimeAsk): void {
  const reason = tooMuch(work);
  if (reason === null) return;
  const orGroups = grouping?.aggregation === "redundancy" ? ", or by a tag with fewer values a site" : "";
  throw new NinesError("invalid_date_range", {
    param: "from",
    message: `From 'from' to 'to', ${reason}. Ask for fewer days, or for fewer sites by 'site_id' or 'tag'${orGroups}.`,
  });
}

function refuseUnknownSites(selection: Selection, sites: readonly { id: string }[]): void {
  if (selection.mode !== "manual") return;
  const known = new Set(sites.map(({ id }) => id));
  const unknown = selection.siteIds.find((id) => !known.has(id));
  if (unknown === undefined) return;
  throw new NinesError("reference_not_found", {
    param: "site_id",
    message: `'site_id' names no site of this workspace: '${unknown}'.`,
  });
}

function hoursOf(db: Database, { workspace, hoursId }: UptimeAsk): BusinessHours | null {
  if (hoursId === null) return null;
  const hours = getBusinessHours({ db }, workspace, hoursId);
  if (hours !== null) return hours;
  throw new NinesError("reference_not_found", {
    param: "business_hours_id",
    message: `'business_hours_id' names no business hours of this workspace: '${hoursId}'.`,
  });
}
