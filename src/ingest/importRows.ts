// The course of an import: read rows, check each, store them batch by batch, count what became of them.
import type { ImportResult } from "../model/fault.ts";
import { type ImportOutcome, isRefusal, type Refusal } from "../store/importOutcome.ts";
import type { Block, Fields } from "./rows.ts";

/** How many refused rows an answer lists; all are counted. */
const LISTED_REFUSALS = 100;

/**
 * Rows in one transaction. It holds the thread until it is committed, some 60 ms at this size; a smaller
 * one would write the same pages of the indexes more often.
 */
export const BATCH_ROWS = 5_000;

export type ImportProgress = (bytes: number, rows: number) => void;

type Course<T extends object> = {
  blocks: AsyncIterable<Block>;
  /** What a row means, or why it is refused. */
  check: (fields: Fields) => T | Refusal;
  /** Stores rows in one transaction; an outcome for each, in order. */
  storeBatch: (rows: T[]) => ImportOutcome[];
  batchRows?: number | undefined;
  onProgress?: ImportProgress | undefined;
};

/** Runs an import to the end of its blocks. An error of the stream or the store ends it; committed batches stay. */
export async function importRows<T extends object>(course: Course<T>): Promise<ImportResult> {
  const { batchRows = BATCH_ROWS, onProgress = () => {} } = course;
  const result: ImportResult = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0, errors: [] };
  let bytes = 0;
  let batch: { line: number; checked: T | Refusal }[] = [];

  const flush = () => {
    const outcomes = course.storeBatch(batch.flatMap(({ checked }) => (isRefusal(checked) ? [] : [checked])));
    let stored = 0;
    for (const { line, checked } of batch) {
      count(result, line, isRefusal(checked) ? checked : (outcomes[stored++] as ImportOutcome));
    }
    batch = [];
    onProgress(bytes, result.rows);
  };

  for await (const block of course.blocks) {
    bytes += block.bytes;
    for (const row of block.rows) {
      batch.push({ line: row.line, checked: row.refusal ?? course.check(row.fields) });
      if (batch.length < batchRows) continue;
      flush();
      await othersTurn();
    }
    await othersTurn();
  }
  flush();
  return result;
}

function count(result: ImportResult, line: number, outcome: ImportOutcome): void {
  result.rows++;
  if (!isRefusal(outcome)) {
    result[outcome]++;
    return;
  }
  result.refused++;
  if (result.errors.length < LISTED_REFUSALS) result.errors.push({ line, ...outcome });
}

/** Lets requests and timers that are waiting have their turn. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
