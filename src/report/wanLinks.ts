// The WAN links of a site: the figures of each, and the time in which none of them worked.
import type { Category } from "../sla/causes.ts";
import { intersect, measure, type Span } from "../sla/intervals.ts";
import { uptimePercentage } from "../sla/percentage.ts";
import { type FaultSpan, type ServiceTime, siteUptime } from "../sla/uptime.ts";
import type { DocumentSite } from "./document.ts";
import { seconds } from "./figures.ts";
import type { SourceSite } from "./source.ts";

type LinkFault = FaultSpan & { linkId: string | null; key: Category };
type Measure = { time: ServiceTime; window: Span; ignorePower: boolean };

/**
 * The part of a site's document that is about its links. They are measured in the site's service time; a
 * fault that is ignored for its cause is counted among a link's faults, but makes no downtime.
 */
export function linksOf(
  site: Pick<SourceSite, "links">,
  faults: readonly LinkFault[],
  { time, window, ignorePower }: Measure,
): Pick<DocumentSite, "wan_links" | "all_links_down_seconds"> {
  const links = site.links.map((link) => {
    const own = faults.filter(({ linkId }) => linkId === link.id);
    const counted = own.filter(({ key }) => !(ignorePower && key === "power"));
    return { link, faultCount: own.length, uptime: siteUptime(time, counted, window) };
  });
  const [first, ...others] = links.map(({ uptime }) => uptime.down);
  return {
    wan_links: links.map(({ link: { id, name, isp }, faultCount, uptime }) => ({
      id,
      name,
      isp,
      uptime_percentage: uptimePercentage(uptime.serviceMs, uptime.downtimeMs),
      service_seconds: seconds(uptime.serviceMs),
      downtime_seconds: seconds(uptime.downtimeMs),
      fault_count: faultCount,
      incidents: uptime.incidents.length,
      longest_seconds: seconds(uptime.longestMs),
    })),
    all_links_down_seconds: first === undefined ? null : seconds(measure(others.reduce(intersect, first))),
  };
}
