// Blocks that several sections share: headings, paragraphs, badges, labelled figures, bars.
import type { Context } from "./context.ts";
import type { Paper } from "./press/paper.ts";
import { linesOf } from "./press/text.ts";
import {
  baselineIn,
  CAP_HEIGHT,
  COLORS,
  inColor,
  LEADING,
  lineStyle,
  STYLES,
  type Style,
} from "./press/theme.ts";

export const lineHeightOf = (style: Style) => style.size * LEADING;

/** Room that a section's heading of one line takes. */
export const SECTION_HEAD_HEIGHT = 34;
const SECTION_HEAD_LINE = 18;
/** Air above a section that does not start the page. */
export const SECTION_GAP = 18;

/** The heading of a section, with a bookmark; names the place `target`. Starts a page if `follows` does not fit. */
export function sectionHeading(
  context: Context,
  title: string,
  target: string,
  follows: number,
): PDFKit.PDFOutline {
  const { paper } = context;
  const lines = linesOf(paper.faces.bold, title, STYLES.h1, paper.width);
  const more = (lines.length - 1) * SECTION_HEAD_LINE;
  if (paper.y > paper.top) paper.y += SECTION_GAP;
  paper.need(SECTION_HEAD_HEIGHT + more + follows);
  paper.target(target, paper.y - 8);
  const bookmark = paper.bookmark(title, paper.y - 8);
  paper.tags.leaf("H1", () => {
    for (const [index, line] of lines.entries()) {
      paper.text(line, paper.left, paper.y + 15 + index * SECTION_HEAD_LINE, STYLES.h1);
    }
  });
  paper.fill(paper.left, paper.y + more + 20.5, 28, 2, paper.brand.full);
  paper.y += SECTION_HEAD_HEIGHT + more;
  return bookmark;
}

/** A small heading within a section. The caller sees to it that something follows on the page. */
export function smallHeading(paper: Paper, title: string, x = paper.left): void {
  paper.tags.leaf("H3", () => paper.text(title, x, paper.y + 9, STYLES.h3));
  paper.y += SMALL_HEAD_HEIGHT;
}
export const SMALL_HEAD_HEIGHT = 15;

export type ParagraphOptions = { style?: Style; x?: number; width?: number; after?: number };

/** A paragraph, broken into lines and over pages; no page ends or starts with a single line of it. */
export function paragraph(paper: Paper, text: string, options: ParagraphOptions = {}): void {
  const { style = STYLES.body, x = paper.left, width = paper.right - x, after = 6 } = options;
  const lines = linesOf(paper.faces[style.weight], text, style, width);
  const height = lineHeightOf(style);
  paper.need(Math.min(lines.length, 3) * height);
  paper.tags.leaf("P", () => {
    lines.forEach((line, index) => {
      const isLastPair = index === lines.length - 2;
      if (paper.y + (isLastPair ? 2 : 1) * height > paper.bottom) paper.breakPage();
      paper.text(line, x, paper.y + baselineIn(height, style.size), style);
      paper.y += height;
    });
  });
  paper.y += after;
}

const BADGE_HEIGHT = 11;

/** Words of a result. Colour is never the only sign: a breach is a filled badge, a target met an outlined one. */
export function resultWord(breached: boolean | null): string {
  return breached === null ? "NO SERVICE" : breached ? "BREACHED" : "MET";
}

const badgeStyle = (scale: number): Style => ({ ...STYLES.badge, size: STYLES.badge.size * scale });
const BADGE_PADDING = 4;

/** Width of a badge. `scale` 1 suits a table's row. */
export function badgeWidth(paper: Paper, breached: boolean | null, scale = 1): number {
  return paper.widthOf(resultWord(breached), badgeStyle(scale)) + 2 * BADGE_PADDING * scale;
}

/** Draws the badge of a result with its text on the baseline. */
export function badge(paper: Paper, breached: boolean | null, x: number, baseline: number, scale = 1): void {
  const color = breached === null ? COLORS.muted : breached ? COLORS.red : COLORS.green;
  const style = inColor(badgeStyle(scale), breached ? COLORS.white : color);
  const height = BADGE_HEIGHT * scale;
  const top = baseline - (height + CAP_HEIGHT * style.size) / 2;
  const box = { x, y: top, width: badgeWidth(paper, breached, scale), height };
  if (breached) paper.fillRounded(box, 2.5 * scale, color);
  else paper.strokeRounded(box, 2.5 * scale, lineStyle(color, 0.7 * scale));
  paper.text(resultWord(breached), x + BADGE_PADDING * scale, baseline, style);
}

/** The style, set smaller if the text would be wider than it may. */
export function fitted(paper: Paper, text: string, style: Style, width: number): Style {
  const actual = paper.widthOf(text, style);
  return actual <= width ? style : { ...style, size: Math.floor((style.size * width * 10) / actual) / 10 };
}

/** A label with its figure beneath it, and a note under that; no wider than `width`. */
export function labelledFigure(
  paper: Paper,
  content: { label: string; figure: string; note?: string; style?: Style },
  place: { x: number; y: number; width: number },
): void {
  const { label, figure, note = "", style = STYLES.figure } = content;
  const { x, y, width } = place;
  paper.tags.leaf("P", () => {
    paper.text(label, x, y + STYLES.label.size, STYLES.label);
    const figureBaseline = y + STYLES.label.size + 5 + style.size;
    paper.text(figure, x, figureBaseline, fitted(paper, figure, style, width));
    if (note !== "") paper.text(note, x, figureBaseline + 12, fitted(paper, note, STYLES.note, width));
  });
}
