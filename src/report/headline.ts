// The few figures of a report that messages about it say.
import type { Headline } from "../model/report.ts";
import type { ReportDocument } from "./document.ts";
import type { SiteLine } from "./siteIndex.ts";

const LOWEST = 5;

/** The headline of a document: all sites together, and the sites with the least uptime that lost any. */
export function headlineOf(summary: ReportDocument["summary"], sites: readonly SiteLine[]): Headline {
  const lowest = sites
    .filter((site) => site.uptime_percentage !== null && site.downtime_seconds > 0)
    .sort((a, b) => (a.uptime_percentage ?? 0) - (b.uptime_percentage ?? 0))
    .slice(0, LOWEST);
  return {
    service_seconds: summary.service_seconds,
    downtime_seconds: summary.downtime_seconds,
    breached: summary.breached,
    lowest: lowest.map(({ name, service_seconds, downtime_seconds, breached }) => ({
      name,
      service_seconds,
      downtime_seconds,
      breached: breached === true,
    })),
  };
}
