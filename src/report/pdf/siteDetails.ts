// The details of a site that breached the target: figures, timeline, incidents, what was not counted, links.
import type { DocumentSite } from "../document.ts";
import { formatCount, formatDuration, formatMeanDuration, msOf } from "../format.ts";
import {
  badge,
  badgeWidth,
  labelledFigure,
  lineHeightOf,
  paragraph,
  SECTION_GAP,
  SECTION_HEAD_HEIGHT,
  SMALL_HEAD_HEIGHT,
  sectionHeading,
  smallHeading,
} from "./blocks.ts";
import { type Context, type SiteView, writtenIfAllCounted, writtenUptime } from "./context.ts";
import { drawIncidents, drawNotCounted } from "./incidentLog.ts";
import type { Paper } from "./press/paper.ts";
import { type Column, fittedColumns, type Row, SMALLEST_TABLE, Table } from "./press/table.ts";
import { cleanText, linesOf } from "./press/text.ts";
import { baselineIn, LINES, STYLES } from "./press/theme.ts";
import type { Timeline } from "./timeline.ts";

const FIGURES_HEIGHT = 32;
const LEAST_GAP = 12;
const STRIP_HEIGHT = 10;
const TITLE_LINE = 15;
/** Of the facts as many lines stay with the title; a site may have tags that fill pages. */
const MOST_FACTS = 6;

/** Draws the section of the sites that breached, each with its own bookmark; nothing if none did. */
export function drawSiteDetails(context: Context, timeline: Timeline): void {
  const { paper, sites } = context;
  const breached = sites.filter(({ details }) => details !== null);
  if (breached.length === 0) return;
  paper.tags.startSection();
  let bookmark: PDFKit.PDFOutline | undefined;
  for (const [index, view] of breached.entries()) {
    // The section's heading stands above the first site and is never parted from it.
    const height = index === 0 ? SECTION_HEAD_HEIGHT + SECTION_GAP : 0;
    const draw = () => {
      bookmark ??= sectionHeading(context, "Breached sites", "details", 0);
      return bookmark;
    };
    drawSite(context, view, timeline, { height, draw });
    context.onProgress((index + 1) / breached.length);
  }
  paper.tags.endSection();
}

/** What stands above a site, and the bookmark that the site's own goes under. */
type Above = { height: number; draw: () => PDFKit.PDFOutline };

function drawSite(context: Context, view: SiteView, timeline: Timeline, above: Above): void {
  const { paper } = context;
  const site = context.siteAt(view.position);
  const title = linesOf(paper.faces.bold, view.name, STYLES.h2, paper.width - 80);
  const facts = linesOf(paper.faces.regular, factsOf(context, site), STYLES.note, paper.width);
  const figures = rowsOfFigures(paper, figuresOf(site, view.uptime));
  const factsHeight = Math.min(facts.length, MOST_FACTS) * lineHeightOf(STYLES.note) + 8;
  const figuresHeight = figures.length * FIGURES_HEIGHT + STRIP_HEIGHT + 14 + SMALL_HEAD_HEIGHT;
  const draw = () => {
    const bookmark = above.draw();
    paper.target(view.details as string, paper.y - 6);
    paper.bookmark(view.name, paper.y - 6, bookmark);
    drawTitle(context, view, title);
    paper.tags.startBlock("Sect");
    drawFacts(context, facts);
    if (facts.length > MOST_FACTS) paper.need(figuresHeight + SMALLEST_TABLE);
    paper.tags.leaf("P", () => drawFigures(paper, figures));
    timeline.draw(paper, view.site, { x: paper.left, y: paper.y, width: paper.width, height: STRIP_HEIGHT });
    paper.y += STRIP_HEIGHT + 14;
    smallHeading(paper, `Incidents (${formatCount(site.incidents.length)})`);
  };
  if (paper.y > paper.top + 60) paper.y += 14;
  const height = above.height + title.length * TITLE_LINE + factsHeight + figuresHeight;
  drawIncidents(context, site, { height, draw });
  drawNotCounted(context, site);
  drawIfAllCounted(context, view);
  drawWanLinks(context, site);
  paper.tags.endBlock();
  paper.y += 10;
}

/** The line under the name: address, the id in another system, tags, since when it is monitored. */
function factsOf({ clock }: Context, site: DocumentSite): string {
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
  const isEmpty = facts.every((line) => line === "");
  if (!isEmpty) {
    paper.tags.leaf("P", () => {
      for (const line of facts) {
        if (paper.y + height > paper.bottom) paper.breakPage();
        paper.text(line, paper.left, paper.y + baselineIn(height, STYLES.note.size), STYLES.note);
        paper.y += height;
      }
    });
  }
  paper.y += 8;
}

type Figure = { label: string; figure: string };

function figuresOf(site: DocumentSite, uptime: string): Figure[] {
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
      labelledFigure(
        paper,
        { ...figure, style: STYLES.figureSmall },
        { x, y: paper.y, width: paper.right - x },
      );
      x += (widths[index] as number) + gap;
    }
    paper.y += FIGURES_HEIGHT;
  }
}

/** What the uptime would be with the outages that are ignored by agreement; nothing if there are none. */
function drawIfAllCounted({ paper }: Context, { site }: SiteView): void {
  if (site.if_all_counted === null) return;
  paper.y += 4;
  paragraph(paper, `${writtenIfAllCounted(site)}.`, { style: STYLES.note, after: 0 });
}

function drawWanLinks({ paper }: Context, site: DocumentSite): void {
  if (site.wan_links.length === 0) return;
  const draw = () => {
    paper.y += 10;
    smallHeading(paper, `WAN links (${formatCount(site.wan_links.length)})`);
  };
  const rows = site.wan_links.map((link) => ({
    cells: [
      cleanText(link.name),
      link.isp === null ? "–" : cleanText(link.isp),
      { text: link.uptime_percentage === null ? "–" : writtenUptime(link), style: STYLES.cellStrong },
      formatCount(link.fault_count),
      formatCount(link.incidents),
      formatDuration(msOf(link.downtime_seconds)),
      formatDuration(msOf(link.longest_seconds)),
    ],
  }));
  const table = new Table(paper, linkColumnsOf(paper, rows), { height: 10 + SMALL_HEAD_HEIGHT, draw });
  for (const row of rows) table.row(row);
  table.close();
  if (rows.length > 1 && site.all_links_down_seconds !== null) {
    const length = formatDuration(msOf(site.all_links_down_seconds));
    paper.y += 4;
    paragraph(paper, `All links down at once: ${length} of the service time.`, {
      style: STYLES.note,
      after: 0,
    });
  }
}

function linkColumnsOf(paper: Paper, rows: readonly Row[]): Column[] {
  const titles = ["Uptime", "Faults", "Outages", "Downtime", "Longest"];
  const right = titles.map((title) => ({ title, align: "right" }) as const);
  const figures = fittedColumns(paper, right, rows, 2);
  const rest = figures.reduce((sum, column) => sum - column.width, paper.width);
  const text = { wrap: true, style: STYLES.cellText } as const;
  return [
    { title: "Link", width: rest * 0.55, ...text },
    { title: "Provider", width: rest * 0.45, ...text },
    ...figures,
  ];
}
