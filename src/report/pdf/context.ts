// What every section of the PDF needs of the report: its sites in the order of the tables, cleaned names,
// written percentages and clock times, and where the details of a site are.
import { displayOfDouble, displayPercentage } from "../../sla/percentage.ts";
import type { DocumentHead, DocumentSite } from "../document.ts";
import { msOf } from "../format.ts";
import type { SiteIndex, SiteLine } from "../siteIndex.ts";
import { clockOf } from "./clock.ts";
import type { Paper } from "./press/paper.ts";
import { cleanText } from "./press/text.ts";

/** A report to be printed: its sites as lines, and each as a whole when it is asked for. */
export type Printed = {
  head: DocumentHead;
  index: SiteIndex;
  /** The site at a position in the document. */
  siteAt: (position: number) => DocumentSite;
};

export type SiteView = {
  site: SiteLine;
  /** Where it stands in the document. */
  position: number;
  /** The site's name as it is printed. */
  name: string;
  /** As displayed, such as "99.949%"; "no service time" without any. */
  uptime: string;
  /** The name of the place of its details; null when it has none. */
  details: string | null;
};

export type Context = {
  report: DocumentHead;
  paper: Paper;
  /** All sites: breached first, then by uptime, those without service time last. */
  sites: SiteView[];
  /** The sites that the settings let the PDF show. */
  shown: SiteView[];
  siteNames: ReadonlyMap<string, string>;
  notCounted: SiteIndex["notCounted"];
  siteAt: Printed["siteAt"];
  /** An instant of the document on a wall clock in the report's zone, "2026-02-17 16:30:55". */
  clock: (instant: string) => string;
  onProgress: (fraction: number) => void;
};

/** Makes the context of a report on paper. */
export function contextOf(
  { head, index, siteAt }: Printed,
  paper: Paper,
  onProgress: (fraction: number) => void,
): Context {
  const sites = index.lines
    .map((site, position) => ({ site, position }))
    .sort((a, b) => byResult(a.site, b.site))
    .map(({ site, position }, rank) => ({
      site,
      position,
      name: cleanText(site.name),
      uptime: writtenUptime(site),
      details: site.breached ? `site${String(rank).padStart(6, "0")}` : null,
    }));
  const isHidden = head.settings.show_only_breached_sites_in_pdf;
  return {
    report: head,
    paper,
    sites,
    shown: isHidden ? sites.filter(({ site }) => site.breached) : sites,
    siteNames: new Map(sites.map(({ site, name }) => [site.site_id, name])),
    notCounted: index.notCounted,
    siteAt,
    clock: clockOf(head.period.timezone),
    onProgress,
  };
}

function byResult(a: SiteLine, b: SiteLine): number {
  const rank = (site: SiteLine) => (site.breached ? 0 : site.breached === null ? 2 : 1);
  return rank(a) - rank(b) || (a.uptime_percentage ?? 0) - (b.uptime_percentage ?? 0);
}

/** An instant of the document, which is in UTC, without a fraction that is zero: "2026-01-31T23:00:00Z". */
export function writtenInstant(instant: string): string {
  return instant.replace(/\.000Z$/, "Z");
}

export const NO_SERVICE_TIME = "no service time";

/** The uptime of a figure, three decimals rounded down exactly. */
export function writtenUptime(figure: { service_seconds: number; downtime_seconds: number }): string {
  const displayed = displayPercentage(msOf(figure.service_seconds), msOf(figure.downtime_seconds));
  return displayed === null ? NO_SERVICE_TIME : `${displayed}%`;
}

/** A percentage that is not one fraction of two lengths, such as a mean. */
export function writtenMean(percentage: number | null): string {
  return percentage === null ? NO_SERVICE_TIME : `${displayOfDouble(percentage)}%`;
}

/** What the uptime would be, had the ignored power outages counted; "" when none was ignored. */
export function writtenIfAllCounted({
  service_seconds,
  if_all_counted: all,
}: Pick<DocumentSite, "service_seconds" | "if_all_counted">): string {
  if (all === null) return "";
  const uptime = writtenUptime({ service_seconds, downtime_seconds: all.downtime_seconds });
  const result = all.breached === null ? "" : all.breached ? ", breached" : ", met";
  return `Had the ignored power outages counted: ${uptime}${result}`;
}
