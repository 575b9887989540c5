// The course of an import: read rows, check each, store them batch by batch, count what became of them.
import { NinesError } from "../model/errors.ts";
import type { ImportResult } from "../model/fault.ts";
import { othersTurn } from "../model/othersTurn.ts";
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
  shutdown?: AbortSignal | undefined;
  /** Until a batch can be stored; it is stored at once, when left out. */
  whenFree?: (() => Promise<void>) | undefined;
};

/**
 * Runs an import to the end of its blocks. An error of the stream or the store ends it; committed batches stay.
 * When Nines stops, what was read is stored, and server_stopping says how much that is.
 */
export async function importRows<T extends object>(course: Course<T>): Promise<ImportResult> {
  const { batchRows = BATCH_ROWS, onProgress = () => {} } = course;
  const result: ImportResult = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0, errors: [] };
  let bytes = 0;
  let batch: { line: number; checked: T | Refusal }[] = [];

  const flush = async () => {
    await course.whenFree?.();
    const outcomes = course.storeBatch(batch.flatMap(({ checked }) => (isRefusal(checked) ? [] : [checked])));
    let stored = 0;
    for (const { line, checked } of batch) {
      count(result, line, isRefusal(checked) ? checked : (outcomes[stored++] as ImportOutcome));
    }
    batch = [];
    onProgress(bytes, result.rows);
  };

  for await (const block of untilStopped(course.blocks, course.shutdown)) {
    if (block === null) {
      await flush();
      throw stoppedAfter(result);
    }
    bytes += block.bytes;
    for (const row of block.rows) {
      batch.push({ line: row.line, checked: row.refusal ?? course.check(row.fields) });
      if (batch.length < batchRows) continue;
      await flush();
      await othersTurn();
      if (course.shutdown?.aborted) throw stoppedAfter(result);
    }
    await othersTurn();
  }
  await flush();
  return result;
}

/** The blocks; null, and no more, at the signal: a sender that is slow, or silent, is not waited for. */
async function* untilStopped(
  blocks: AsyncIterable<Block>,
  shutdown?: AbortSignal,
): AsyncGenerator<Block | null> {
  const iterator = blocks[Symbol.asyncIterator]();
  let stop = () => {};
  const hear = () => stop();
  shutdown?.addEventListener("abort", hear);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Block> | null>((resolve, reject) => {
        stop = () => resolve(null);
        if (shutdown?.aborted) return stop(); // while the last block was worked on
        iterator.next().then(resolve, reject);
      });
      if (next?.done) return;
      yield next === null ? null : next.value;
    }
  } finally {
    shutdown?.removeEventListener("abort", hear);
    // Not awaited: it ends with the part that it waits for.
    void iterator.return?.();
  }
}

function stoppedAfter({ rows, created, updated, unchanged, refused }: ImportResult): NinesError {
  return new NinesError("server_stopping", {
    message: `The server is stopping: ${rows} rows were read, of which ${created} were created, ${updated} updated, ${unchanged} unchanged and ${refused} refused. Send the whole file again when it is back; what is stored changes nothing.`,
    headers: { "Retry-After": "10", Connection: "close" },
  });
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
