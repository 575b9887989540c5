// The first page: what was reported on, the figure, and what it is made of.
import {
  formatCount,
  formatCountOf,
  formatDateRange,
  formatDuration,
  formatMeanDuration,
  formatTarget,
  msOf,
} from "../format.ts";
import {
  fitted,
  labelledFigure,
  lineHeightOf,
  paragraph,
  SMALL_HEAD_HEIGHT,
  smallHeading,
} from "./blocks.ts";
import { type Context, writtenInstant } from "./context.ts";
import { dailyChart, daysOfSummary, describeDays, SMALLEST_CHART } from "./dailyChart.ts";
import { drawHero } from "./hero.ts";
import { HISTORY_CHART_HEIGHT, historyChart } from "./historyChart.ts";
import { cleanText, linesOf, shortened } from "./press/text.ts";
import { baselineIn, COLORS, inColor, LINES, STYLES, type Style } from "./press/theme.ts";
import { drawCauses, drawWorstSites, WORST_HEIGHT } from "./summaryBars.ts";

export type Masthead = { logo: Uint8Array | null; name: string | null };

const GAP = 10;

/** Draws the summary; a long title may push its end to a second page. */
export function drawSummary(context: Context, masthead: Masthead): void {
  const { paper, report } = context;
  paper.target("summary", 0);
  paper.bookmark("Summary", 0);
  paper.tags.startSection();
  drawMasthead(context, masthead);
  drawTitle(context);
  if (report.period.partial) drawPartialNotice(context);
  if (report.summary.site_count === 0) drawNothingSelected(context);
  else {
    drawHero(context);
    paper.y += GAP;
    drawTiles(context);
    drawErrorBudget(context);
    drawDays(context);
    drawBreakdowns(context);
    if (report.history.length > 0) drawHistoryChart(context);
  }
  paper.tags.endSection();
}

const LOGO = { width: 170, height: 34 };

const REPORT_KIND = "Service level report";

function drawMasthead({ paper }: Context, { logo, name }: Masthead): void {
  const top = paper.y;
  const kindWidth = paper.widthOf(REPORT_KIND, STYLES.period);
  const low = logo === null ? top + 18 : top + LOGO.height;
  if (logo !== null) {
    const alt = cleanText(name ?? "Logo");
    paper.tags.leaf("Figure", () => paper.image(logo, { x: paper.left, y: top, ...LOGO }), { alt });
  } else if (name !== null) {
    const text = shortened(paper.faces.bold, cleanText(name), STYLES.h2, paper.width - kindWidth - 20);
    paper.tags.leaf("P", () => paper.text(text, paper.left, low - 4, inColor(STYLES.h2, paper.brand.text)));
  }
  paper.tags.leaf("P", () => paper.textRight(REPORT_KIND, paper.right, low - 4, STYLES.period));
  paper.fill(paper.left, low + 7, paper.width, 2.4, paper.brand.full);
  paper.y = low + 26;
}

function drawTitle({ paper, report, clock }: Context): void {
  const { period } = report;
  const name = cleanText(report.report.schedule_name);
  // A long name is set smaller, so that the figures stay on the first page.
  const isLong = linesOf(paper.faces.bold, name, STYLES.title, paper.width).length > 1;
  const style = isLong ? STYLES.longTitle : STYLES.title;
  paper.tags.leaf("H1", () => {
    for (const line of linesOf(paper.faces.bold, name, style, paper.width)) {
      paper.y += style.size;
      paper.text(line, paper.left, paper.y, style);
      paper.y += style.size * 0.25;
    }
  });
  const range = formatDateRange(period.from_date, period.to_date);
  const days = formatCountOf(period.days.length, "day");
  paper.y += 3;
  paragraph(paper, `${range}  ·  ${days}  ·  ${period.timezone}`, { style: STYLES.period, after: 3 });
  const [from, to] = [period.starts_at, period.ends_at].map((at) => `${clock(at)} (${writtenInstant(at)})`);
  paragraph(paper, `From ${from} up to, not including, ${to}`, { style: STYLES.note, after: 12 });
}

function drawPartialNotice({ paper, report, clock }: Context): void {
  const { period } = report;
  const text =
    `The period was not over when this report was computed at ${clock(report.report.computed_at)}. ` +
    `Its figures cover the time until ${clock(period.ends_at)} (${period.timezone}).`;
  const lines = linesOf(paper.faces.regular, text, STYLES.body, paper.width - 78);
  const height = Math.max(1, lines.length) * lineHeightOf(STYLES.body) + 12;
  paper.fillRounded({ x: paper.left, y: paper.y, width: paper.width, height }, 4, COLORS.redSoft);
  paper.fill(paper.left, paper.y, 3, height, COLORS.red);
  const baseline = (line: number) =>
    paper.y + 6 + line * lineHeightOf(STYLES.body) + baselineIn(lineHeightOf(STYLES.body), 8.5);
  paper.tags.leaf("P", () => {
    paper.text("PARTIAL", paper.left + 14, baseline(0), { ...STYLES.h2, size: 8.5, color: COLORS.red });
    for (const [index, line] of lines.entries())
      paper.text(line, paper.left + 66, baseline(index), STYLES.body);
  });
  paper.y += height + GAP;
}

function drawNothingSelected({ paper, report }: Context): void {
  const { settings } = report;
  const height = 74;
  paper.fillRounded({ x: paper.left, y: paper.y, width: paper.width, height }, 4, COLORS.panel);
  paper.tags.leaf("P", () => {
    paper.text("No sites", paper.left + 16, paper.y + 30, STYLES.figure);
    paper.text(
      "No site matched the schedule's selection when this report was computed, so there is nothing to report on.",
      paper.left + 16,
      paper.y + 50,
      STYLES.body,
    );
  });
  paper.y += height + GAP;
  paragraph(
    paper,
    `The target of the schedule is ${formatTarget(settings.sla_target)}. How sites are selected is in the appendix.`,
  );
}

const TILE_HEIGHT = 58;
const CHANGE_LINE = 11;

/** How much more or less than in the period before; colour is not the only sign. */
function changeOf(
  change: number,
  written: (size: number) => string,
  less: "less" | "fewer",
): { text: string; style: Style } {
  if (change === 0) return { text: "as in the period before", style: STYLES.note };
  const text = `${change > 0 ? "▲" : "▼"} ${written(Math.abs(change))} ${change > 0 ? "more" : less} than before`;
  return { text, style: inColor(STYLES.note, change > 0 ? COLORS.red : COLORS.green) };
}

function drawTiles({ paper, report }: Context): void {
  const { summary, trend } = report;
  const blank = summary.no_service_time_count;
  const mean = (seconds: number | null) => (seconds === null ? "–" : formatMeanDuration(seconds * 1000));
  const tiles = [
    {
      label: "Sites",
      figure: formatCount(summary.site_count),
      note: `${formatCount(summary.met_count)} met, ${formatCount(summary.breached_count)} breached${blank > 0 ? `, ${formatCount(blank)} not in service` : ""}`,
    },
    {
      label: "Total downtime",
      figure: formatDuration(msOf(summary.downtime_seconds)),
      note: `of ${formatDuration(msOf(summary.service_seconds))} in service`,
      change: trend && changeOf(msOf(trend.change.downtime_seconds), formatDuration, "less"),
    },
    {
      label: "Incidents",
      figure: formatCount(summary.incident_count),
      note:
        summary.incident_count === 0
          ? "none in service time"
          : `longest ${formatDuration(msOf(summary.longest_seconds))}`,
      change: trend && changeOf(trend.change.incident_count, formatCount, "fewer"),
    },
    {
      label: "Mean time to repair",
      figure: mean(summary.mttr_seconds),
      note: summary.mtbf_seconds === null ? "no failures" : `${mean(summary.mtbf_seconds)} between failures`,
    },
  ];
  const width = (paper.width - 3 * GAP) / 4;
  tiles.forEach((tile, index) => {
    const x = paper.left + index * (width + GAP);
    paper.line(x, paper.y, x + width, paper.y, LINES.strong);
    labelledFigure(paper, tile, { x, y: paper.y + 6, width });
    const change = "change" in tile ? tile.change : null;
    if (change) {
      const style = fitted(paper, change.text, change.style, width);
      paper.tags.leaf("P", () => paper.text(change.text, x, paper.y + TILE_HEIGHT - 2, style));
    }
  });
  paper.y += TILE_HEIGHT + (trend === null ? 0 : CHANGE_LINE);
}

function drawErrorBudget({ paper, report }: Context): void {
  const { error_budget: budget } = report.summary;
  const [allowedMs, usedMs, leftMs] = [budget.allowed_seconds, budget.used_seconds, budget.left_seconds].map(
    msOf,
  ) as [number, number, number];
  const y = paper.y;
  paper.line(paper.left, y, paper.right, y, LINES.rule);
  const verdict = leftMs < 0 ? `overspent by ${formatDuration(-leftMs)}` : `${formatDuration(leftMs)} left`;
  paper.tags.leaf("P", () => {
    paper.text("Error budget", paper.left, y + 16, STYLES.bodyBold);
    paper.textRight(
      `${formatDuration(usedMs)} used of ${formatDuration(allowedMs)} allowed, ${verdict}`,
      paper.right,
      y + 16,
      STYLES.body,
    );
  });
  const bar = { x: paper.left, y: y + 23, width: paper.width, height: 7 };
  const most = Math.max(allowedMs, usedMs, 1);
  paper.fillRounded(bar, 4, COLORS.panel);
  paper.fill(bar.x, bar.y, (bar.width * Math.min(usedMs, allowedMs)) / most, bar.height, COLORS.greenSoft);
  if (usedMs > allowedMs) {
    const from = bar.x + (bar.width * allowedMs) / most;
    paper.fill(from, bar.y, bar.x + bar.width - from, bar.height, COLORS.red);
  }
  // The end of what is allowed.
  const limit = bar.x + (bar.width * allowedMs) / most;
  paper.line(limit, bar.y - 2, limit, bar.y + bar.height + 2, LINES.strong);
  paper.y = y + 44;
}

const MOST_CHART = 150;

/** The chart takes what the page has left over, within limits. */
function drawDays({ paper, report }: Context): void {
  const days = daysOfSummary(report);
  const target = report.settings.sla_target;
  const caption = `${describeDays(days, target)} Dashed line: the target. Each step of the scale leaves a tenth of the downtime.`;
  const captionHeight =
    linesOf(paper.faces.regular, caption, STYLES.note, paper.width).length * lineHeightOf(STYLES.note) + GAP;
  const below = captionHeight + WORST_HEIGHT + (report.history.length > 0 ? HISTORY_HEIGHT : 0);
  const spare = paper.bottom - paper.y - SMALL_HEAD_HEIGHT - below;
  const height = Math.max(SMALLEST_CHART, Math.min(MOST_CHART, spare));
  paper.need(SMALL_HEAD_HEIGHT + height + captionHeight);
  smallHeading(paper, "Availability by day");
  dailyChart(paper, days, target, height);
  paragraph(paper, caption, { style: STYLES.note, after: GAP });
}

const HISTORY_HEIGHT = SMALL_HEAD_HEIGHT + HISTORY_CHART_HEIGHT;

/** The chart of the reports up to this one, which leads to their table. */
function drawHistoryChart({ paper, report }: Context): void {
  paper.need(HISTORY_HEIGHT);
  const area = { x: paper.left, y: paper.y, width: paper.width, height: HISTORY_HEIGHT };
  smallHeading(paper, "Availability by report, this one last");
  historyChart(paper, report);
  paper.link(area, "history", "Earlier reports");
}

function drawBreakdowns(context: Context): void {
  const { paper } = context;
  const causesWidth = paper.width * 0.36;
  const worstWidth = paper.width - causesWidth - 24;
  paper.need(WORST_HEIGHT);
  const top = paper.y;
  const low = drawWorstSites(context, { x: paper.left, y: top, width: worstWidth });
  drawCauses(context, { x: paper.right - causesWidth, y: top, width: causesWidth });
  paper.y = low;
}
