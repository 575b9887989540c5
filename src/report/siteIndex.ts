// What charts, tables and messages need of all sites at once: a line for each, without its lists. A report of many
// faults is never in memory as a whole; these lines are.
import type { DocumentSite } from "./document.ts";
import type { NOT_COUNTED_REASONS } from "./notCounted.ts";

export type SiteLine = Pick<
  DocumentSite,
  | "site_id"
  | "name"
  | "monitored_since"
  | "uptime_percentage"
  | "service_seconds"
  | "downtime_seconds"
  | "breached"
  | "if_all_counted"
  | "longest_seconds"
  | "maintenance_window_ids"
> & {
  incidentCount: number;
  faultCount: number;
  /** Start and end of each incident in turn, in milliseconds; Infinity while it lasts. */
  outages: Float64Array;
};

type Reason = keyof typeof NOT_COUNTED_REASONS;

export type SiteIndex = {
  /** In the order of the document. */
  lines: SiteLine[];
  /** How many faults were not counted, by the reason. */
  notCounted: Map<Reason, number>;
};

/** An index without sites yet. */
export const emptyIndex = (): SiteIndex => ({ lines: [], notCounted: new Map() });

/** Adds the next site of a document. */
export function addToIndex({ lines, notCounted }: SiteIndex, site: DocumentSite): void {
  for (const { reason } of site.faults)
    if (reason !== null) notCounted.set(reason, (notCounted.get(reason) ?? 0) + 1);
  lines.push({
    site_id: site.site_id,
    name: site.name,
    monitored_since: site.monitored_since,
    uptime_percentage: site.uptime_percentage,
    service_seconds: site.service_seconds,
    downtime_seconds: site.downtime_seconds,
    breached: site.breached,
    if_all_counted: site.if_all_counted,
    longest_seconds: site.longest_seconds,
    maintenance_window_ids: site.maintenance_window_ids,
    incidentCount: site.incidents.length,
    faultCount: site.faults.length,
    outages: outagesOf(site),
  });
}

function outagesOf({ incidents }: DocumentSite): Float64Array {
  const bounds = new Float64Array(2 * incidents.length);
  incidents.forEach(({ started_at, ended_at }, index) => {
    bounds[2 * index] = Date.parse(started_at);
    bounds[2 * index + 1] = ended_at === null ? Number.POSITIVE_INFINITY : Date.parse(ended_at);
  });
  return bounds;
}
