// Tables: columns on a grid, a header repeated on every page, rows that stay whole unless they are taller
// than a page. pdfkit's own tables take 9 ms a row.
import type { Paper } from "./paper.ts";
import { linesOf } from "./text.ts";
import { baselineIn, COLORS, LEADING, STYLES, type Style } from "./theme.ts";

export type Column = {
  title: string;
  width: number;
  align?: "right";
  style?: Style;
  /** Texts of this column are broken into lines; others are known to fit. */
  wrap?: true;
};

/** Where a cell lies: its left edge, its width without the gap, and the baseline of its first line. */
export type CellBox = { x: number; width: number; baseline: number };

/** A cell's text; or with a style of its own, a note beneath, a place it leads to, or something drawn. */
export type Cell =
  | string
  | { text: string; style?: Style; below?: string; target?: string; draw?: (box: CellBox) => void };

export type Row = {
  cells: readonly Cell[];
  /** Texts under the row, from the second column on, such as comments. */
  notes?: readonly string[];
};

/** What stands above a table and is never parted from its first row. */
export type Lead = { height: number; draw: () => void };

type Line = { text: string; style: Style };
type Measured = { cells: Line[][]; notes: string[]; bands: number; height: number };

const GAP = 11;
const PADDING = 3.2;
const HEAD_HEIGHT = 17;
/** Of a row that has to be split, as many lines stay with the header. */
const LINES_KEPT = 4;
const lineHeight = (style: Style) => Math.round(style.size * LEADING * 10) / 10;
const LINE = lineHeight(STYLES.cell);
const NOTE_LINE = lineHeight(STYLES.note);

/** Height of a table's header and one row of one line. */
export const SMALLEST_TABLE = HEAD_HEIGHT + LINE + 2 * PADDING;

/** A column as wide as the widest text of its cells, those of position `index` in the rows. */
export function fittedColumn(
  paper: Paper,
  column: Omit<Column, "width">,
  rows: readonly Row[],
  index: number,
): Column {
  let widest = paper.widthOf(column.title, STYLES.head);
  for (const { cells } of rows) {
    const { text, style } = contentOf(cells[index], column);
    widest = Math.max(widest, paper.widthOf(text, style));
  }
  return { ...column, width: Math.ceil(widest) + GAP };
}

type Content = Exclude<Cell, string> & { style: Style };

/** A cell's content with the style that it has in its column. */
function contentOf(cell: Cell = "", column: Omit<Column, "width">): Content {
  const style = column.style ?? STYLES.cell;
  return typeof cell === "string" ? { text: cell, style } : { style, ...cell };
}

export class Table {
  private readonly lefts: number[] = [];
  private readonly rightEdge: number;
  private isOpen = false;

  /** The columns' widths add up to at most the paper's width. Nothing is drawn before the first row. */
  constructor(
    private readonly paper: Paper,
    private readonly columns: readonly Column[],
    private readonly lead: Lead = { height: 0, draw: () => {} },
  ) {
    let x = paper.left;
    for (const column of columns) {
      this.lefts.push(x);
      x += column.width;
    }
    this.rightEdge = x;
  }

  /** Adds a row; its cells in the order of the columns. */
  row(row: Row): void {
    const { paper } = this;
    const measured = this.measure(row);
    const isFirst = !this.isOpen;
    if (isFirst) this.open(measured.height);
    const fits = paper.y + measured.height <= paper.bottom;
    const fitsOnPage = measured.height <= paper.bottom - paper.top - HEAD_HEIGHT;
    const isWhole = fits || (fitsOnPage && !isFirst);
    if (isWhole && !fits) this.nextPage();
    if (paper.tagsCells) paper.tags.open("TR");
    if (isWhole) this.drawWhole(row, measured);
    else this.drawSplit(measured);
    if (paper.tagsCells) paper.tags.close();
    paper.line([paper.left, paper.y], [this.rightEdge, paper.y], COLORS.rule, 0.4);
  }

  /** Ends the table. Without any row there is none. */
  close(): void {
    if (!this.isOpen) return;
    if (this.paper.tagsCells) this.paper.tags.close();
    else this.paper.tags.endLeaf();
  }

  private open(firstHeight: number): void {
    const { paper, lead } = this;
    const whole = lead.height + HEAD_HEIGHT + firstHeight;
    const fitsOnPage = whole <= paper.bottom - paper.top;
    paper.need(fitsOnPage ? whole : lead.height + HEAD_HEIGHT + LINES_KEPT * LINE + PADDING);
    lead.draw();
    if (paper.tagsCells) {
      paper.tags.open("Table");
      paper.tags.open("TR");
      this.drawHead();
      paper.tags.close();
    } else {
      paper.tags.startLeaf("P");
      this.drawHead();
    }
    this.isOpen = true;
  }

  private nextPage(): void {
    this.paper.breakPage(() => this.paper.tags.artifact(() => this.drawHead(), "/Type /Pagination"));
  }

  private drawHead(): void {
    const { paper } = this;
    const baseline = paper.y + baselineIn(HEAD_HEIGHT, STYLES.head.size);
    this.columns.forEach((column, index) => {
      const draw = () => this.drawLine({ text: column.title, style: STYLES.head }, index, baseline);
      paper.tags.leaf("TH", draw, { scope: "Column" });
    });
    paper.y += HEAD_HEIGHT;
    paper.line([paper.left, paper.y], [this.rightEdge, paper.y], COLORS.ink, 0.7);
  }

  private get noteLeft(): number {
    return this.lefts[1] ?? this.paper.left;
  }

  private innerWidth(index: number): number {
    const { width } = this.columns[index] as Column;
    return index === this.columns.length - 1 ? width : width - GAP;
  }

  private measure(row: Row): Measured {
    const { faces } = this.paper;
    let bands = 1;
    const cells = this.columns.map((column, index) => {
      const { text, style, below } = contentOf(row.cells[index], column);
      const width = this.innerWidth(index);
      const texts = column.wrap ? linesOf(faces[style.weight], text, style, width) : [text];
      const lines = texts.map((line) => ({ text: line, style }));
      if (below !== undefined) {
        const more = linesOf(faces[STYLES.note.weight], below, STYLES.note, width);
        lines.push(...more.map((line) => ({ text: line, style: STYLES.note })));
      }
      bands = Math.max(bands, lines.length);
      return lines;
    });
    const noteWidth = this.rightEdge - this.noteLeft;
    const notes = (row.notes ?? []).flatMap((note) =>
      linesOf(faces[STYLES.note.weight], note, STYLES.note, noteWidth),
    );
    return { cells, notes, bands, height: bands * LINE + notes.length * NOTE_LINE + 2 * PADDING };
  }

  private drawLine({ text, style }: Line, index: number, baseline: number): void {
    if (text === "") return;
    const left = this.lefts[index] as number;
    if (this.columns[index]?.align === "right") {
      this.paper.textRight(text, left + this.innerWidth(index), baseline, style);
    } else {
      this.paper.text(text, left, baseline, style);
    }
  }

  private drawNote(note: string, top: number): void {
    this.paper.text(note, this.noteLeft, top + baselineIn(NOTE_LINE, STYLES.note.size), STYLES.note);
  }

  private drawWhole(row: Row, measured: Measured): void {
    const { paper } = this;
    const top = paper.y + PADDING;
    for (let index = 0; index < this.columns.length; index++) {
      const cell = row.cells[index] ?? "";
      paper.tags.leaf("TD", () => {
        for (const [band, line] of (measured.cells[index] as Line[]).entries()) {
          this.drawLine(line, index, top + band * LINE + baselineIn(LINE, line.style.size));
        }
        if (index === this.columns.length - 1) {
          const notesTop = top + measured.bands * LINE;
          for (const [line, note] of measured.notes.entries())
            this.drawNote(note, notesTop + line * NOTE_LINE);
        }
        if (typeof cell !== "string") cell.draw?.(this.boxOf(index, top));
      });
      if (typeof cell !== "string" && cell.target !== undefined) {
        const area = { ...this.boxOf(index, top), y: paper.y, height: measured.height };
        paper.link(area, cell.target, cell.text);
      }
    }
    paper.y += measured.height;
  }

  private boxOf(index: number, top: number): CellBox {
    const baseline = top + baselineIn(LINE, STYLES.cell.size);
    return { x: this.lefts[index] as number, width: this.innerWidth(index), baseline };
  }

  /** Draws a row that is taller than a page line by line; to readers' software it is one cell. */
  private drawSplit(measured: Measured): void {
    const { paper } = this;
    paper.tags.leaf("TD", () => {
      paper.y += PADDING;
      for (let band = 0; band < measured.bands; band++) {
        if (paper.y + LINE > paper.bottom) this.nextPage();
        measured.cells.forEach((lines, index) => {
          const line = lines[band];
          if (line) this.drawLine(line, index, paper.y + baselineIn(LINE, line.style.size));
        });
        paper.y += LINE;
      }
      for (const note of measured.notes) {
        if (paper.y + NOTE_LINE > paper.bottom) this.nextPage();
        this.drawNote(note, paper.y);
        paper.y += NOTE_LINE;
      }
      paper.y = Math.min(paper.y + PADDING, paper.bottom);
    });
  }
}
