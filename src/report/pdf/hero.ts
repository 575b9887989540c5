// The panel with the overall figure: how available everything was, whether that meets the target, and beside
// it the target, the mean, the lowest site and the period before.
import { formatCountOf, formatTarget } from "../format.ts";
import { badge } from "./blocks.ts";
import {
  type Context,
  NO_SERVICE_TIME,
  type SiteView,
  writtenIfAllCounted,
  writtenMean,
  writtenUptime,
} from "./context.ts";
import { baselineIn, COLORS, LINES, STYLES } from "./press/theme.ts";

const HEIGHT = 92;
const INSET = 16;
const HIGHEST_ROW = 24;

/** Draws the panel at the paper's y, and moves y to its end. */
export function drawHero(context: Context): void {
  const { paper } = context;
  paper.fillRounded({ x: paper.left, y: paper.y, width: paper.width, height: HEIGHT }, 4, COLORS.panel);
  drawFigure(context);
  drawBeside(context);
  paper.y += HEIGHT;
}

function drawFigure({ paper, report }: Context): void {
  const { summary } = report;
  const [x, y] = [paper.left + INSET, paper.y];
  const uptime = writtenUptime(summary);
  const style = uptime === NO_SERVICE_TIME ? { ...STYLES.hero, size: 26 } : STYLES.hero;
  paper.tags.leaf("P", () => {
    paper.text("Availability of all sites together", x, y + 19, STYLES.label);
    const width = paper.text(uptime, x - 2, y + 64, style);
    if (summary.breached !== null) badge(paper, summary.breached, x + width + 12, y + 64, 1.6);
  });
  const text = writtenIfAllCounted(summary);
  if (text !== "") paper.tags.leaf("P", () => paper.text(text, x, y + 80, STYLES.label));
}

type Beside = { label: string; value: string; leadsTo?: SiteView };

function drawBeside(context: Context): void {
  const { paper } = context;
  const rows = besideOf(context);
  const left = paper.left + paper.width * 0.64;
  const right = paper.right - INSET;
  const rowHeight = Math.min(HIGHEST_ROW, (HEIGHT - 10) / rows.length);
  const first = paper.y + (HEIGHT - rows.length * rowHeight) / 2;
  for (const [index, { label, value, leadsTo }] of rows.entries()) {
    const top = first + index * rowHeight;
    const baseline = top + baselineIn(rowHeight, STYLES.body.size);
    if (index > 0) paper.line(left, top, right, top, LINES.rule);
    paper.tags.leaf("P", () => {
      paper.text(label, left, baseline, STYLES.body);
      paper.textRight(value, right, baseline, STYLES.figureSmall);
    });
    if (leadsTo?.details) {
      const area = { x: left, y: top, width: right - left, height: rowHeight };
      paper.link(area, leadsTo.details, leadsTo.name);
    }
  }
}

function besideOf({ report, sites }: Context): Beside[] {
  const { summary, settings, period, trend } = report;
  const worst = sites.find(({ site }) => site.site_id === summary.worst_site_id);
  const rows: Beside[] = [
    { label: "Target", value: formatTarget(settings.sla_target) },
    { label: "Mean of the sites", value: writtenMean(summary.mean_uptime_percentage) },
    { label: "Lowest site", value: worst?.uptime ?? "–", ...(worst && { leadsTo: worst }) },
  ];
  if (trend !== null) {
    rows.push({
      label: `The ${formatCountOf(period.days.length, "day")} before`,
      value: writtenUptime(trend.previous),
    });
    rows.push({
      label: "Change",
      value: writtenChange(writtenUptime(summary), writtenUptime(trend.previous)),
    });
  }
  return rows;
}

/** The difference of two percentages as they are printed, so that a reader who subtracts them finds it. */
export function writtenChange(now: string, before: string): string {
  const thousandths = (text: string) => Math.round(Number.parseFloat(text) * 1000);
  const change = thousandths(now) - thousandths(before);
  if (Number.isNaN(change)) return "–";
  if (change === 0) return "none";
  return `${change > 0 ? "▲" : "▼"} ${(Math.abs(change) / 1000).toFixed(3)} points`;
}
