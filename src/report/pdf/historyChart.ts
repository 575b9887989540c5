// The chart of the reports before this one: a bar each, on the daily chart's scale, this report's last.
import { isMeanBreached } from "../../sla/percentage.ts";
import type { DocumentHead } from "../document.ts";
import { formatCountOf, partsOfDate } from "../format.ts";
import { drawScale, drawTarget, hatch, scaleOf } from "./dailyChart.ts";
import type { Paper } from "./press/paper.ts";
import { COLORS, STYLES } from "./press/theme.ts";

const HEIGHT = 92;
const AXIS_WIDTH = 38;
const LABEL_HEIGHT = 13;
const WIDEST_BAR = 26;

type Bar = { label: string; percentage: number | null; isBelow: boolean };

/** Draws the chart at the paper's y over its width, and moves y below it. */
export function historyChart(paper: Paper, report: DocumentHead): void {
  const target = report.settings.sla_target;
  const bars = barsOf(report);
  const box = {
    x: paper.left + AXIS_WIDTH,
    y: paper.y + 4,
    width: paper.width - AXIS_WIDTH,
    height: HEIGHT - LABEL_HEIGHT - 8,
  };
  const scale = scaleOf(
    bars.map(({ percentage }) => percentage),
    target,
    box,
  );
  paper.tags.leaf(
    "Figure",
    () => {
      drawScale(paper, box, scale);
      const step = box.width / bars.length;
      const width = Math.min(WIDEST_BAR, step * 0.6);
      const low = box.y + box.height;
      for (const [index, { label, percentage, isBelow }] of bars.entries()) {
        const middle = box.x + (index + 0.5) * step;
        const x = middle - width / 2;
        if (percentage === null) hatch(paper, { x, y: box.y, width, height: box.height });
        else {
          const y = Math.min(scale.levelOf(percentage), low - 0.8);
          paper.fill(x, y, width, low - y, isBelow ? COLORS.red : COLORS.greenSoft);
        }
        const style = index === bars.length - 1 ? STYLES.bodyBold : STYLES.label;
        paper.textCentred(label, middle, low + LABEL_HEIGHT - 3, { ...style, size: STYLES.label.size });
      }
      drawTarget(paper, box, scale.levelOf(target));
    },
    { alt: describeHistory(report) },
  );
  paper.y += HEIGHT;
}

export const HISTORY_CHART_HEIGHT = HEIGHT;

/** The bars from the oldest report on; each is named after the day it begins with. */
function barsOf({ history, period, summary, settings }: DocumentHead): Bar[] {
  const labelOf = (date: string) => {
    const { day, month } = partsOfDate(date);
    return `${day} ${month.slice(0, 3)}`;
  };
  const earlier = history.map(({ from_date, uptime_percentage: percentage }) => ({
    label: labelOf(from_date),
    percentage,
    isBelow: percentage !== null && isMeanBreached(percentage, settings.sla_target),
  }));
  const own = {
    label: labelOf(period.from_date),
    percentage: summary.uptime_percentage,
    isBelow: summary.breached === true,
  };
  return [...earlier, own];
}

/** What the chart shows, in words. */
export function describeHistory(report: DocumentHead): string {
  const measured = barsOf(report).filter(({ percentage }) => percentage !== null);
  const below = measured.filter(({ isBelow }) => isBelow).length;
  return `${below === 0 ? "None" : below} of ${formatCountOf(measured.length, "report")} with service time below the target of ${report.settings.sla_target}%.`;
}
