// The chart of availability by day: one bar a day on a scale of nines, the target as a line.
import { displayPercentage, isBreached } from "../../sla/percentage.ts";
import type { ReportDocument } from "../document.ts";
import { formatCountOf, msOf, partsOfDate } from "../format.ts";
import { operand, type Paper } from "./paper.ts";
import { COLORS, STYLES } from "./theme.ts";

export type Day = { date: string; serviceMs: number; downtimeMs: number };

/** Ticks of the scale: each step upwards leaves a tenth of the downtime. Only a perfect day reaches the top. */
const TICKS = [0, 90, 99, 99.9, 99.99, 100];
const AXIS_WIDTH = 38;
const LABEL_HEIGHT = 13;
export const CHART_HEIGHT = 112;

/** Height of an availability on the scale, 0 to 5: 90% is 1, 99% is 2, 99.9% is 3; above 99.99% it closes up to 4.8. */
export function heightOnScale(percentage: number): number {
  if (percentage >= 100) return 5;
  const nines = -Math.log10((100 - percentage) / 100);
  return nines <= 4 ? Math.max(0, nines) : 4 + 0.8 * Math.min(1, (nines - 4) / 3);
}

/** Draws the chart over the paper's width at its y, and moves y below it. */
export function dailyChart(paper: Paper, days: Day[], target: number): void {
  const percentages = days.map(percentageOf);
  const least = Math.min(target, ...percentages.filter((value) => value !== null));
  // As many steps from below are left out as nothing reaches down into, so that small differences show.
  const base = Math.max(0, Math.min(3, Math.ceil(heightOnScale(least)) - 1));
  const box = {
    x: paper.left + AXIS_WIDTH,
    y: paper.y + 4,
    width: paper.width - AXIS_WIDTH,
    height: CHART_HEIGHT - LABEL_HEIGHT - 8,
  };
  const levelOf = (percentage: number) =>
    box.y + box.height * (1 - (heightOnScale(percentage) - base) / (5 - base));
  paper.tags.leaf(
    "Figure",
    () => {
      drawScale(paper, box, TICKS.slice(base), levelOf);
      drawBars(paper, box, days, target, levelOf);
      drawTarget(paper, box, levelOf(target));
      drawDates(paper, box, days);
    },
    { alt: describeDays(days, target) },
  );
  paper.y += CHART_HEIGHT;
}

/** The days of the summary with their dates, lengths in milliseconds. */
export function daysOfSummary(report: ReportDocument): Day[] {
  const { service_seconds, downtime_seconds } = report.summary.days;
  return report.period.days.map(({ date }, index) => ({
    date,
    serviceMs: msOf(service_seconds[index] ?? 0),
    downtimeMs: msOf(downtime_seconds[index] ?? 0),
  }));
}

function percentageOf({ serviceMs, downtimeMs }: Day): number | null {
  return serviceMs === 0 ? null : 100 - (100 * downtimeMs) / serviceMs;
}

/** What the chart shows, in words: for people who don't see it, and for its caption. */
export function describeDays(days: Day[], target: number): string {
  const percentages = days.map(percentageOf);
  const below = days.filter((day) => isBreached(day.serviceMs, day.downtimeMs, target)).length;
  const blank = percentages.filter((value) => value === null).length;
  const measured = percentages.length - blank;
  if (measured === 0) return "No day of the period has service time.";
  const parts = [`${formatCountOf(below, "day")} of ${measured} below the target of ${target}%`];
  const leastIndex = percentages.reduce<number>((found, value, index) => {
    if (value === null) return found;
    return found < 0 || value < (percentages[found] as number) ? index : found;
  }, -1);
  const least = days[leastIndex] as Day;
  parts.push(`lowest ${displayPercentage(least.serviceMs, least.downtimeMs)}% on ${least.date}`);
  if (blank > 0) parts.push(`${formatCountOf(blank, "day")} without service time`);
  return `${parts.join("; ")}.`;
}

type Box = { x: number; y: number; width: number; height: number };

function drawScale(paper: Paper, box: Box, ticks: number[], levelOf: (percentage: number) => number): void {
  for (const tick of ticks) {
    const y = levelOf(tick);
    paper.line([box.x, y], [box.x + box.width, y], COLORS.rule, 0.4);
    paper.textRight(`${tick}%`, box.x - 6, y + STYLES.label.size * 0.36, STYLES.label);
  }
}

function drawBars(
  paper: Paper,
  box: Box,
  days: Day[],
  target: number,
  levelOf: (percentage: number) => number,
): void {
  const step = box.width / days.length;
  const gap = step > 6 ? Math.min(3, step * 0.2) : step > 2.5 ? 0.5 : 0;
  const low = box.y + box.height;
  days.forEach((day, index) => {
    const percentage = percentageOf(day);
    const x = box.x + index * step + gap / 2;
    const width = step - gap;
    if (percentage === null) return hatch(paper, { x, y: box.y, width, height: box.height });
    const y = Math.min(levelOf(percentage), low - 0.8);
    paper.fill(
      x,
      y,
      width,
      low - y,
      isBreached(day.serviceMs, day.downtimeMs, target) ? COLORS.red : COLORS.greenSoft,
    );
  });
}

/** Slanted lines over a day without service time: neither up nor down. */
function hatch(paper: Paper, { x, y, width, height }: Box): void {
  const distance = 5;
  let path = "";
  for (let from = y - width; from < y + height; from += distance) {
    const [startY, startX] = [Math.max(from, y), x + Math.max(0, y - from)];
    const endX = Math.min(x + width, x + (y + height - from));
    if (endX > startX)
      path += `${[startX, startY].map(operand).join(" ")} m ${[endX, from + (endX - x)].map(operand).join(" ")} l `;
  }
  if (path !== "") paper.stroke(path.trimEnd(), COLORS.grey, 0.4);
}

function drawTarget(paper: Paper, box: Box, y: number): void {
  paper.line([box.x, y], [box.x + box.width, y], COLORS.ink, 0.7, "3 2");
}

/** Few enough dates under the bars that they don't touch: days, then first days of months. */
function drawDates(paper: Paper, box: Box, days: Day[]): void {
  const step = box.width / days.length;
  const y = box.y + box.height + LABEL_HEIGHT - 3;
  const isLong = days.length > 62;
  let free = box.x - 10;
  days.forEach(({ date }, index) => {
    const { day, month } = partsOfDate(date);
    if (isLong && day !== "1" && index > 0) return;
    const label = isLong
      ? month.slice(0, 3)
      : index === 0 || day === "1"
        ? `${day} ${month.slice(0, 3)}`
        : day;
    const middle = box.x + (index + 0.5) * step;
    const width = paper.widthOf(label, STYLES.label);
    const x = isLong ? box.x + index * step : Math.max(box.x, middle - width / 2);
    if (x < free || x + width > box.x + box.width + 2) return;
    paper.text(label, x, y, STYLES.label);
    if (isLong) paper.line([x, box.y + box.height], [x, box.y + box.height + 3], COLORS.grey, 0.4);
    free = x + width + (isLong ? 6 : 8);
  });
}
