// What the records of a CSV file mean: the first names the columns, each other one is a row.
import { NinesError } from "../model/errors.ts";
import { unguarded } from "../report/spreadsheetCells.ts";
import { type Fields, type SourceRow, unreadable } from "./rows.ts";

/** Throws when the columns are not those of the import. */
export type HeaderCheck = (columns: readonly string[]) => void;

/** The columns that a header row names. Throws NinesError when it cannot be one, or is refused by the check. */
export function readHeader(cells: string[], checkHeader: HeaderCheck): string[] {
  const columns = cells.map((cell) => cell.trim());
  const seen = new Set<string>();
  const repeated = columns.find((column) => seen.size === seen.add(column).size);
  if (repeated !== undefined) {
    throw new NinesError("parameter_invalid", {
      param: repeated,
      message: `The header names the column '${repeated}' twice; every column may be there once.`,
    });
  }
  if (columns.length === 1 && /[;\t|]/.test(columns[0] as string)) {
    throw unreadableHeader("has no comma; separate the columns by commas");
  }
  checkHeader(columns);
  return columns;
}

export function unreadableHeader(reason: string): NinesError {
  return new NinesError("parameter_invalid", {
    param: "header",
    message: `The header row, the first of a CSV file with the names of the columns, ${reason}.`,
  });
}

/** The row that a record means: column name to text, empty cells left out. */
export function rowOf(columns: readonly string[], cells: string[], line: number): SourceRow {
  if (cells.length !== columns.length) {
    const count = `has ${cells.length} ${cells.length === 1 ? "cell" : "cells"} where the header has ${columns.length}`;
    return unreadable(line, `${count}; quote cells with commas, and leave no column out`);
  }
  const fields: Fields = {};
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string;
    if (cell !== "") fields[columns[i] as string] = unguarded(cell);
  }
  return { line, fields, refusal: null };
}
