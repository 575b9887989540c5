// The details of a site that breached the target: figures, timeline, incidents, what was not counted, links.
import { formatCount, formatDuration, formatMeanDuration, msOf } from "../format.ts";
import {
  badge,
  badgeWidth,
  labelledFigure,
  lineHeightOf,
  SMALL_HEAD_HEIGHT,
  sectionHeading,
  smallHeading,
} from "./blocks.ts";
import { type Context, type SiteView, writtenUptime } from "./context.ts";
import { drawIncidents, drawNotCounted } from "./incidentLog.ts";
import type { Paper } from "./paper.ts";
import { type Column, Table } from "./table.ts";
import { cleanText, linesOf } from "./text.ts";
import { baselineIn, LINES, STYLES } from "./theme.ts";
import type { Timeline } from "./timeline.ts";

const FIGURES_HEIGHT = 32;
const LEAST_GAP = 12;
const STRIP_HEIGHT = 10;
const TITLE_LINE = 15;

/** Draws the section of the sites that breached, each with its own bookmark; nothing if none did. */
export function drawSiteDetails(context: Context, timeline: Timeline): void {
  const { paper, sites } = context;
  const breached = sites.filter(({ details }) => details !== null);
  if (breached.length === 0) return;
  paper.tags.startSection();
  const bookmark = sectionHeading(context, "Breached sites", "details", 160);
  breached.forEach((view, index) => {
    drawSite(context, view, timeline, bookmark);
    context.onProgress((index + 1) / breached.length);
  });
  paper.tags.endSection();
}

function drawSite(context: Context, view: SiteView, timeline: Timeline, under: PDFKit.PDFOutline): void {
  const { paper } = context;
  const { site } = view;
  const title = linesOf(paper.faces.bold, view.name, STYLES.h2, paper.width - 80);
  const facts = linesOf(paper.faces.regular, factsOf(context, view), STYLES.note, paper.width);
  const factsHeight = facts[0] === "" ? 0 : facts.length * lineHeightOf(STYLES.note);
  const figures = rowsOfFigures(paper, figuresOf(view));
  const height =
    title.length * TITLE_LINE +
    factsHeight +
    8 +
    figures.length * FIGURES_HEIGHT +
    STRIP_HEIGHT +
    14 +
    SMALL_HEAD_HEIGHT;
  const draw = () => {
    paper.target(view.details as string, paper.y - 6);
    paper.bookmark(view.name, paper.y - 6, under);
    drawTitle(context, view, title);
    paper.tags.startBlock("Sect");
    if (factsHeight > 0) drawFacts(context, facts);
    paper.y += 8;
    paper.tags.leaf("P", () => drawFigures(paper, figures));
    timeline.draw(paper, site, { x: paper.left, y: paper.y, width: paper.width, height: STRIP_HEIGHT });
    paper.y += STRIP_HEIGHT + 14;
    smallHeading(paper, `Incidents (${formatCount(site.incidents.length)})`);
  };
  if (paper.y > paper.top + 60) paper.y += 14;
  drawIncidents(context, site, { height, draw });
  drawNotCounted(context, site);
  drawWanLinks(context, view);
  paper.tags.endBlock();
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
  paper.line(paper.left, paper.y - 5, paper.right, paper.y - 5, LINES.strong);
  paper.tags.leaf("H2", () => {
    title.forEach((line, index) => {
      const baseline = paper.y + index * TITLE_LINE + baselineIn(TITLE_LINE, STYLES.h2.size);
      paper.text(line, paper.left, baseline, STYLES.h2);
      if (index > 0) return;
      badge(paper, site.breached, paper.right - badgeWidth(paper, site.breached), baseline - 1);
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

type Figure = { label: string; figure: string };

function figuresOf({ site, uptime }: SiteView): Figure[] {
  const { error_budget: budget } = site;
  const mean = (seconds: number | null) => (seconds === null ? "–" : formatMeanDuration(seconds * 1000));
  const leftMs = msOf(budget.left_seconds);
  return [
    { label: "Uptime", figure: uptime },
    { label: "Service time", figure: formatDuration(msOf(site.service_seconds)) },
    { label: "Downtime", figure: formatDuration(msOf(site.downtime_seconds)) },
    { label: "MTTR", figure: mean(site.mttr_seconds) },
    { label: "MTBF", figure: mean(site.mtbf_seconds) },
    {
      label: `Error budget ${formatDuration(msOf(budget.allowed_seconds))}`,
      figure: leftMs < 0 ? `over by ${formatDuration(-leftMs)}` : `${formatDuration(leftMs)} left`,
    },
  ];
}

/** One row of figures with even gaps, or two where they don't fit beside each other. */
function rowsOfFigures(paper: Paper, figures: Figure[]): Figure[][] {
  const whole = figures.reduce((sum, figure) => sum + widthOfFigure(paper, figure), 0);
  const half = Math.ceil(figures.length / 2);
  const fits = whole + (figures.length - 1) * LEAST_GAP <= paper.width;
  return fits ? [figures] : [figures.slice(0, half), figures.slice(half)];
}

function widthOfFigure(paper: Paper, { label, figure }: Figure): number {
  return Math.max(paper.widthOf(label, STYLES.label), paper.widthOf(figure, STYLES.figureSmall));
}

function drawFigures(paper: Paper, rows: Figure[][]): void {
  for (const figures of rows) {
    const widths = figures.map((figure) => widthOfFigure(paper, figure));
    const whole = widths.reduce((sum, width) => sum + width, 0);
    const gap = rows.length > 1 ? 30 : (paper.width - whole) / (figures.length - 1);
    let x = paper.left;
    for (const [index, figure] of figures.entries()) {
      labelledFigure(paper, { ...figure, style: STYLES.figureSmall }, x, paper.y);
      x += (widths[index] as number) + gap;
    }
    paper.y += FIGURES_HEIGHT;
  }
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
