// The chart of availability by day: one bar a day on a scale of nines, the target as a line.
import { displayPercentage, isBreached } from "../../sla/percentage.ts";
import type { DocumentHead } from "../document.ts";
import { formatCountOf, msOf, partsOfDate } from "../format.ts";
import type { Box } from "./press/canvas.ts";
import type { Paper } from "./press/paper.ts";
import { COLORS, LINES, STYLES } from "./press/theme.ts";

export type Day = { date: string; serviceMs: number; downtimeMs: number };

/** Ticks of the scale: each step upwards leaves a tenth of the downtime. Only a perfect day reaches the top. */
const TICKS = [0, 90, 99, 99.9, 99.99, 100];
const AXIS_WIDTH = 38;
const LABEL_HEIGHT = 13;
const HATCH_DISTANCE = 5;
export const SMALLEST_CHART = 100;

/** Height of an availability on the scale, 0 to 5: 90% is 1, 99% is 2, 99.9% is 3; above 99.99% it closes up to 4.8. */
export function heightOnScale(percentage: number): number {
  if (percentage >= 100) return 5;
  const nines = -Math.log10((100 - percentage) / 100);
  return nines <= 4 ? Math.max(0, nines) : 4 + 0.8 * Math.min(1, (nines - 4) / 3);
}

/** Draws the chart over the paper's width at its y, as high as `height`, and moves y below it. */
export function dailyChart(paper: Paper, days: Day[], target: number, height: number): void {
  const box = {
    x: paper.left + AXIS_WIDTH,
    y: paper.y + 4,
    width: paper.width - AXIS_WIDTH,
    height: height - LABEL_HEIGHT - 8,
  };
  const scale = scaleOf(days.map(percentageOf), target, box);
  paper.tags.leaf(
    "Figure",
    () => {
      drawScale(paper, box, scale);
      drawBars(paper, box, days, target, scale.levelOf);
      drawTarget(paper, box, scale.levelOf(target));
      drawDates(paper, box, days);
    },
    { alt: describeDays(days, target) },
  );
  paper.y += height;
}

/** The days of the summary with their dates, lengths in milliseconds. */
export function daysOfSummary(report: DocumentHead): Day[] {
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
  const measured = days.filter((day) => day.serviceMs > 0);
  if (measured.length === 0) return "No day of the period has service time.";
  const below = measured.filter((day) => isBreached(day.serviceMs, day.downtimeMs, target)).length;
  const lost = (day: Day) => day.downtimeMs / day.serviceMs;
  const worst = measured.reduce((found, day) => (lost(day) > lost(found) ? day : found));
  const parts = [
    `${below === 0 ? "No day" : formatCountOf(below, "day")} of ${measured.length} below the target of ${target}%`,
  ];
  if (worst.downtimeMs === 0) parts.push("no downtime on any day");
  else parts.push(`lowest ${displayPercentage(worst.serviceMs, worst.downtimeMs)}% on ${worst.date}`);
  const blank = days.length - measured.length;
  if (blank > 0) parts.push(`${formatCountOf(blank, "day")} without service time`);
  return `${parts.join("; ")}.`;
}

/** A scale of nines within a box: its ticks, and where a percentage lies in it. */
export type Scale = { ticks: number[]; levelOf: (percentage: number) => number };

/** The scale that shows these percentages and the target best. */
export function scaleOf(percentages: readonly (number | null)[], target: number, box: Box): Scale {
  const least = Math.min(target, ...percentages.filter((value) => value !== null));
  // As many steps from below are left out as nothing reaches down into, so that small differences show.
  const base = Math.max(0, Math.min(3, Math.ceil(heightOnScale(least) - 0.01) - 1));
  return {
    ticks: TICKS.slice(base),
    levelOf: (percentage) => box.y + box.height * (1 - (heightOnScale(percentage) - base) / (5 - base)),
  };
}

/** The lines of a scale, each with its percentage on the left. */
export function drawScale(paper: Paper, box: Box, { ticks, levelOf }: Scale): void {
  for (const tick of ticks) {
    const y = levelOf(tick);
    paper.line(box.x, y, box.x + box.width, y, LINES.row);
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
    if (percentage === null) {
      hatch(paper, { x, y: box.y, width, height: box.height });
      return;
    }
    const y = Math.min(levelOf(percentage), low - 0.8);
    // Bars without a gap overlap a little, else light shines through between them.
    paper.fill(
      x,
      y,
      gap === 0 ? width + 0.2 : width,
      low - y,
      isBreached(day.serviceMs, day.downtimeMs, target) ? COLORS.red : COLORS.greenSoft,
    );
  });
}

/** Slanted lines over a time without service: neither up nor down. */
export function hatch(paper: Paper, { x, y, width, height }: Box): void {
  for (let from = y - width; from < y + height; from += HATCH_DISTANCE) {
    const startX = x + Math.max(0, y - from);
    const endX = Math.min(x + width, x + (y + height - from));
    if (endX > startX) paper.line(startX, Math.max(from, y), endX, from + (endX - x), LINES.thin);
  }
}

/** The dashed line of the target. */
export function drawTarget(paper: Paper, box: Box, y: number): void {
  paper.line(box.x, y, box.x + box.width, y, LINES.dashed);
}

/** Few enough dates under the bars that they don't touch: every so many days, or the first days of months. */
function drawDates(paper: Paper, box: Box, days: Day[]): void {
  const step = box.width / days.length;
  const y = box.y + box.height + LABEL_HEIGHT - 3;
  if (days.length > 62) {
    drawMonths(paper, box, days, y);
    return;
  }
  const every = [1, 2, 5, 7].find((count) => count * step >= 22) ?? 14;
  days.forEach(({ date }, index) => {
    if (index % every !== 0) return;
    const { day, month } = partsOfDate(date);
    const label = index === 0 || Number(day) <= every ? `${day} ${month.slice(0, 3)}` : day;
    paper.textCentred(label, box.x + (index + 0.5) * step, y, STYLES.label);
  });
}

function drawMonths(paper: Paper, box: Box, days: Day[], y: number): void {
  const low = box.y + box.height;
  let free = box.x;
  days.forEach(({ date }, index) => {
    const { day, month } = partsOfDate(date);
    const x = box.x + (index * box.width) / days.length;
    const label = month.slice(0, 3);
    const end = x + paper.widthOf(label, STYLES.label);
    if (day !== "1" || x < free || end > box.x + box.width) return;
    paper.text(label, x, y, STYLES.label);
    paper.line(x, low, x, low + 3, LINES.thin);
    free = end + 4;
  });
}
