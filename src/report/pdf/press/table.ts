// Tables: columns on a grid, a header repeated on every page, rows that stay whole unless they are taller
// than a page. pdfkit's own tables take 9 ms a row.
import type { Paper } from "./paper.ts";
import { linesOf } from "./text.ts";
import { baselineIn, LEADING, LINES, STYLES, type Style } from "./theme.ts";

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

/** The lines of a cell: the first `own` of them its text, the others the note beneath. */
type Lines = { texts: string[]; own: number; style: Style };
type Measured = { cells: Lines[]; notes: string[]; bands: number; height: number };

const NO_NOTES: readonly string[] = [];
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

/**
 * Columns side by side, each as wide as the widest text of its cells; the first has the position `from` in the rows,
 * which are gone through once.
 */
export function fittedColumns(
  paper: Paper,
  columns: readonly Omit<Column, "width">[],
  rows: Iterable<Row>,
  from: number,
): Column[] {
  const widths = columns.map(({ title }) => paper.widthOf(title, STYLES.head));
  for (const { cells } of rows) {
    for (const [index, column] of columns.entries()) {
      const cell = cells[from + index] ?? "";
      const text = typeof cell === "string" ? cell : cell.text;
      widths[index] = Math.max(widths[index] as number, paper.widthOf(text, styleOf(cell, column)));
    }
  }
  return columns.map((column, index) => ({ ...column, width: Math.ceil(widths[index] as number) + GAP }));
}

const styleOf = (cell: Cell, column: Omit<Column, "width">): Style =>
  (typeof cell === "string" ? undefined : cell.style) ?? column.style ?? STYLES.cell;

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
    const isTight = paper.y + LINES_KEPT * LINE > paper.bottom;
    if (!fits && !isFirst && (isWhole || isTight)) this.nextPage();
    paper.tags.row(() => {
      if (isWhole) this.drawWhole(row, measured);
      else this.drawSplit(measured);
    });
    paper.line(paper.left, paper.y, this.rightEdge, paper.y, LINES.row);
  }

  /** Ends the table. Without any row there is none. */
  close(): void {
    if (this.isOpen) this.paper.tags.endBlock();
  }

  private open(firstHeight: number): void {
    const { paper, lead } = this;
    const whole = lead.height + HEAD_HEIGHT + firstHeight;
    const fitsOnPage = whole <= paper.bottom - paper.top;
    paper.need(fitsOnPage ? whole : lead.height + HEAD_HEIGHT + LINES_KEPT * LINE + PADDING);
    lead.draw();
    paper.tags.startBlock("Table");
    paper.tags.row(() => this.drawHead());
    this.isOpen = true;
  }

  private nextPage(): void {
    this.paper.breakPage(() => this.paper.tags.artifact(() => this.drawHead()));
  }

  private drawHead(): void {
    const { paper } = this;
    const baseline = paper.y + baselineIn(HEAD_HEIGHT, STYLES.head.size);
    for (const [index, { title, align }] of this.columns.entries()) {
      const left = this.lefts[index] as number;
      const draw = () => {
        if (align === "right") paper.textRight(title, left + this.innerWidth(index), baseline, STYLES.head);
        else paper.text(title, left, baseline, STYLES.head);
      };
      paper.tags.leaf("TH", draw, { scope: "Column" });
    }
    paper.y += HEAD_HEIGHT;
    paper.line(paper.left, paper.y, this.rightEdge, paper.y, LINES.head);
  }

  private get noteLeft(): number {
    return this.lefts[1] ?? this.paper.left;
  }

  private innerWidth(index: number): number {
    const { width } = this.columns[index] as Column;
    return index === this.columns.length - 1 ? width : width - GAP;
  }

  private measure(row: Row): Measured {
    let bands = 1;
    const cells: Lines[] = [];
    for (let index = 0; index < this.columns.length; index++) {
      const lines = this.linesOfCell(row, index);
      if (lines.texts.length > bands) bands = lines.texts.length;
      cells.push(lines);
    }
    const notes = (row.notes ?? NO_NOTES).flatMap((note) =>
      linesOf(this.paper.faces[STYLES.note.weight], note, STYLES.note, this.rightEdge - this.noteLeft),
    );
    return { cells, notes, bands, height: bands * LINE + notes.length * NOTE_LINE + 2 * PADDING };
  }

  private linesOfCell(row: Row, index: number): Lines {
    const column = this.columns[index] as Column;
    const cell = row.cells[index] ?? "";
    const text = typeof cell === "string" ? cell : cell.text;
    const style = styleOf(cell, column);
    const { faces } = this.paper;
    const width = this.innerWidth(index);
    const texts = column.wrap ? linesOf(faces[style.weight], text, style, width) : [text];
    const own = texts.length;
    if (typeof cell !== "string" && cell.below !== undefined) {
      texts.push(...linesOf(faces[STYLES.note.weight], cell.below, STYLES.note, width));
    }
    return { texts, own, style };
  }

  private drawLine({ texts, own, style }: Lines, band: number, index: number, top: number): void {
    const text = texts[band];
    if (text === undefined || text === "") return;
    const lineStyle = band < own ? style : STYLES.note;
    const baseline = top + baselineIn(LINE, lineStyle.size);
    const left = this.lefts[index] as number;
    if (this.columns[index]?.align === "right") {
      this.paper.textRight(text, left + this.innerWidth(index), baseline, lineStyle);
    } else {
      this.paper.text(text, left, baseline, lineStyle);
    }
  }

  private drawNotes({ notes }: Measured, top: number): void {
    for (let line = 0; line < notes.length; line++)
      this.drawNote(notes[line] as string, top + line * NOTE_LINE);
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
        const lines = measured.cells[index] as Lines;
        for (let band = 0; band < lines.texts.length; band++) {
          this.drawLine(lines, band, index, top + band * LINE);
        }
        if (index === this.columns.length - 1) this.drawNotes(measured, top + measured.bands * LINE);
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
        for (const [index, lines] of measured.cells.entries()) this.drawLine(lines, band, index, paper.y);
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
