// What the PDF looks like: paper, grid, colours and styles of text. Lengths are in points, y runs downwards.

/** How digits are set: in prose by their own widths, in columns of figures all equally wide. */
export type Digits = "prose" | "figures";

export type Weight = "regular" | "medium" | "bold";

/** A colour as the three operands of PDF's rg and RG operators. */
export type Color = string;

export type Style = { weight: Weight; size: number; color: Color; digits: Digits };

export const PAPERS = {
  A4: { width: 595.28, height: 841.89 },
  LETTER: { width: 612, height: 792 },
} as const;

/** Room around the text. The header and the footer stand in the upper and lower margin. */
export const MARGIN = { left: 44, right: 44, top: 60, bottom: 56 } as const;
export const HEADER_BASELINE = 36;
export const FOOTER_FROM_BOTTOM = 30;

/** Height of a line of text as a multiple of its size. */
export const LEADING = 1.38;
/** Height of Inter's capitals as a multiple of the size: texts are centred on their capitals. */
export const CAP_HEIGHT = 0.727;

const hex = (color: string): [number, number, number] => {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};
const operands = (rgb: readonly number[]): Color =>
  rgb.map((part) => Number((part / 255).toFixed(3))).join(" ");

/** A #rrggbb colour as a Color. */
export const colorOf = (color: string): Color => operands(hex(color));

// One green and one red, each with a light tone that stays apart from the full one in black and white.
export const COLORS = {
  ink: colorOf("#18212d"),
  muted: colorOf("#5c6673"),
  rule: colorOf("#d9dee4"),
  panel: colorOf("#f4f6f8"),
  grey: colorOf("#b9c1ca"),
  white: colorOf("#ffffff"),
  green: colorOf("#17754a"),
  greenSoft: colorOf("#bfdfcd"),
  red: colorOf("#b3261e"),
  redSoft: colorOf("#fbe9e7"),
} as const;

const style = (weight: Weight, size: number, color: Color = COLORS.ink, digits: Digits = "prose"): Style => ({
  weight,
  size,
  color,
  digits,
});

export const STYLES = {
  title: style("bold", 23),
  longTitle: style("bold", 17),
  period: style("medium", 12),
  hero: style("bold", 46, COLORS.ink, "figures"),
  h1: style("bold", 15),
  h2: style("bold", 11),
  h3: style("medium", 8.5),
  body: style("regular", 8.5),
  bodyBold: style("medium", 8.5),
  note: style("regular", 7.5, COLORS.muted),
  label: style("regular", 7.5, COLORS.muted),
  figure: style("bold", 14, COLORS.ink, "figures"),
  figureSmall: style("medium", 9.5, COLORS.ink, "figures"),
  head: style("medium", 7.2, COLORS.muted),
  cell: style("regular", 8, COLORS.ink, "figures"),
  cellText: style("regular", 8),
  cellStrong: style("medium", 8, COLORS.ink, "figures"),
  badge: style("bold", 6.4),
  furniture: style("regular", 7.2, COLORS.muted),
} as const satisfies Record<string, Style>;

/** How a line is drawn, as the operators that set it. */
export type LineStyle = string;

/** A line of a colour and width; `dash` is an operand such as "3 2". */
export const lineStyle = (color: Color, width: number, dash = ""): LineStyle =>
  `[${dash}] 0 d ${color} RG ${width} w\n`;

export const LINES = {
  rule: lineStyle(COLORS.rule, 0.5),
  row: lineStyle(COLORS.rule, 0.4),
  head: lineStyle(COLORS.ink, 0.7),
  strong: lineStyle(COLORS.ink, 0.9),
  thin: lineStyle(COLORS.grey, 0.4),
  dashed: lineStyle(COLORS.ink, 0.7, "3 2"),
} as const;

/** A style in another colour. */
export const inColor = (base: Style, color: Color): Style => ({ ...base, color });

/** Colours made of the brand's: full for rules and bars, and one that can be read as text on white. */
export type Brand = { full: Color; text: Color };

/** The brand's colours. A light brand colour is not used for text: contrast below 4.5 to 1 is hard to read. */
export function brandOf(color: string): Brand {
  const [red, green, blue] = hex(color).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return { full: colorOf(color), text: 1.05 / (luminance + 0.05) >= 4.5 ? colorOf(color) : COLORS.ink };
}

/** Distance from the top of a line of text to its baseline, with the capitals in the middle of the line. */
export function baselineIn(lineHeight: number, size: number): number {
  return (lineHeight + CAP_HEIGHT * size) / 2;
}
