// The details of a site that breached the target: figures, timeline, incidents, what was not counted, links.
import { formatCount, formatDuration, formatMeanDuration, msOf } from "../format.ts";
import {
  badge,
  labelledFigure,
  lineHeightOf,
  SMALL_HEAD_HEIGHT,
  sectionHeading,
  smallHeading,
} from "./blocks.ts";
import { type Context, type SiteView, writtenUptime } from "./context.ts";
import { drawIncidents, drawNotCounted } from "./incidentLog.ts";
import { type Column, Table } from "./table.ts";
import { cleanText, linesOf } from "./text.ts";
import { baselineIn, COLORS, STYLES } from "./theme.ts";
import type { Timeline } from "./timeline.ts";

const TILES_HEIGHT = 40;
const STRIP_HEIGHT = 10;
const TITLE_LINE = 15;

/** Draws the section of the sites that breached, each with its own bookmark; nothing if none did. */
export function drawSiteDetails(context: Context, timeline: Timeline): void {
  const { paper, sites } = context;
  const breached = sites.filter(({ details }) => details !== null);
  if (breached.length === 0) return;
  paper.tags.open("Sect");
  const bookmark = sectionHeading(context, "Breached sites", "details", 160);
  breached.forEach((view, index) => {
    drawSite(context, view, timeline, bookmark);
    context.onProgress((index + 1) / breached.length);
  });
  paper.tags.close();
}

function drawSite(context: Context, view: SiteView, timeline: Timeline, under: PDFKit.PDFOutline): void {
  const { paper } = context;
  const { site } = view;
  const title = linesOf(paper.faces.bold, view.name, STYLES.h2, paper.width - 80);
  const facts = linesOf(paper.faces.regular, factsOf(context, view), STYLES.note, paper.width);
  const factsHeight = facts[0] === "" ? 0 : facts.length * lineHeightOf(STYLES.note);
  const height =
    title.length * TITLE_LINE + factsHeight + 8 + TILES_HEIGHT + STRIP_HEIGHT + 14 + SMALL_HEAD_HEIGHT;
  const draw = () => {
    paper.target(view.details as string, paper.y - 6);
    paper.bookmark(view.name, paper.y - 6, under);
    drawTitle(context, view, title);
    if (factsHeight > 0) drawFacts(context, facts);
    paper.y += 8;
    drawFigures(context, view);
    timeline.draw(paper, site, { x: paper.left, y: paper.y, width: paper.width, height: STRIP_HEIGHT });
    paper.y += STRIP_HEIGHT + 14;
    smallHeading(paper, `Incidents (${formatCount(site.incidents.length)})`);
  };
  if (paper.y > paper.top + 60) paper.y += 14;
  paper.tags.open("Sect");
  drawIncidents(context, site, { height, draw });
  drawNotCounted(context, site);
  drawWanLinks(context, view);
  paper.tags.close();
  paper.y += 10;
}

/** The line under the name: address, the id in another system, tags, since when it is monitored. */
function factsOf({ clock }: Context, { site }: SiteView): string {
  const tags = Object.entries(site.tags).map(([key, values]) => `${key}: ${[values].flat().join(", ")}`);
  const since = site.monitored_since === null ? [] : [`monitored since ${clock(site.monitored_since)}`];
  const facts = [site.address, site.external_id, ...tags, ...since].filter((fact) => fact !== null);
  return facts.map(cleanText).join("  ·  ");
}

function drawTitle({ paper }: Context, { site }: SiteView, title: readonly string[]): void {
  paper.line([paper.left, paper.y - 5], [paper.right, paper.y - 5], COLORS.ink, 0.9);
  paper.tags.leaf("H2", () => {
    title.forEach((line, index) => {
      const baseline = paper.y + index * TITLE_LINE + baselineIn(TITLE_LINE, STYLES.h2.size);
      paper.text(line, paper.left, baseline, STYLES.h2);
      if (index === 0) badge(paper, site.breached, paper.right - 48, baseline - 1);
    });
  });
  paper.y += title.length * TITLE_LINE;
}

function drawFacts({ paper }: Context, facts: readonly string[]): void {
  const height = lineHeightOf(STYLES.note);
  paper.tags.leaf("P", () => {
    for (const line of facts) {
      paper.text(line, paper.left, paper.y + baselineIn(height, STYLES.note.size), STYLES.note);
      paper.y += height;
    }
  });
}

function drawFigures({ paper }: Context, { site, uptime }: SiteView): void {
  const { error_budget: budget } = site;
  const mean = (seconds: number | null) => (seconds === null ? "–" : formatMeanDuration(seconds * 1000));
  const leftMs = msOf(budget.left_seconds);
  const figures: [string, string, string?][] = [
    ["Uptime", uptime],
    ["Service time", formatDuration(msOf(site.service_seconds))],
    ["Downtime", formatDuration(msOf(site.downtime_seconds))],
    ["MTTR", mean(site.mttr_seconds)],
    ["MTBF", mean(site.mtbf_seconds)],
    [
      `Error budget ${formatDuration(msOf(budget.allowed_seconds))}`,
      leftMs < 0 ? `over by ${formatDuration(-leftMs)}` : `${formatDuration(leftMs)} left`,
    ],
  ];
  const shares = [0, 0.13, 0.29, 0.45, 0.61, 0.77];
  figures.forEach(([label, figure], index) => {
    const x = paper.left + paper.width * (shares[index] as number);
    labelledFigure(paper, { label, figure, style: STYLES.figureSmall }, x, paper.y);
  });
  paper.y += TILES_HEIGHT - 8;
}

function drawWanLinks({ paper }: Context, { site }: SiteView): void {
  if (site.wan_links.length === 0) return;
  const draw = () => {
    paper.y += 10;
    smallHeading(paper, `WAN links (${formatCount(site.wan_links.length)})`);
  };
  const columns: Column[] = [
    { title: "Link", width: paper.width - 340, wrap: true, style: STYLES.cellText },
    { title: "Provider", width: 100, wrap: true, style: STYLES.cellText },
    { title: "Uptime", width: 60, align: "right" },
    { title: "Faults", width: 44, align: "right" },
    { title: "Downtime", width: 70, align: "right" },
    { title: "Longest", width: 66, align: "right" },
  ];
  const table = new Table(paper, columns, { height: 10 + SMALL_HEAD_HEIGHT, draw });
  for (const link of site.wan_links) {
    const uptime = writtenUptime(link);
    table.row({
      cells: [
        cleanText(link.name),
        link.isp === null ? "–" : cleanText(link.isp),
        { text: link.uptime_percentage === null ? "–" : uptime, style: STYLES.cellStrong },
        formatCount(link.incidents),
        formatDuration(msOf(link.downtime_seconds)),
        formatDuration(msOf(link.longest_seconds)),
      ],
    });
  }
  table.close();
}
