// The course of an import: read rows, check each, store them batch by batch, count what became of them.
import { NinesError } from "../model/errors.ts";
import type { ImportResult } from "../model/fault.ts";
import { othersTurn } from "../model/othersTurn.ts";
import { type ImportOutcome, isRefusal, type Refusal } from "../store/importOutcome.ts";
import type { Block, Fields, SourceRow } from "./rows.ts";
import { countOutcomes, emptyTally, LISTED_REFUSALS, type Tally } from "./tally.ts";

export type ImportProgress = (bytes: number, rows: number) => void;

/** Where rows are stored. */
export type Place<T> = {
  /** Whether the next rows can be read meanwhile. */
  isAside: boolean;
  /** How many rows the next batch has. */
  batchRows: () => number;
  /** Adds rows to the batch. */
  add: (rows: T[]) => void;
  /** Stores the batch; it resolves when that is durable. */
  store: () => Promise<Tally>;
  /** Lets go of it, when what is being stored is stored. */
  end: () => Promise<void>;
};

type Course<T extends object> = {
  blocks: AsyncIterable<Block>;
  /** What a row means, or why it is refused. */
  check: (fields: Fields) => T | Refusal;
  /** Stores rows in one transaction; an outcome for each, in order. */
  storeBatch: (rows: T[]) => ImportOutcome[];
  /** Rows of each batch; as many as take some milliseconds, when left out. */
  batchRows?: number | undefined;
  onProgress?: ImportProgress | undefined;
  shutdown?: AbortSignal | undefined;
  /** Until a batch can be stored; it is stored at once, when left out. */
  whenFree?: (() => Promise<void>) | undefined;
  /** Where rows are stored when so many have been. */
  later?: { afterRows: number; place: () => Place<T> } | undefined;
};

type Batch = {
  /** The lines of the rows to be stored. */
  lines: number[];
  refused: ImportResult["errors"];
};

type Import<T extends object> = {
  course: Course<T>;
  result: ImportResult;
  place: Place<T>;
  bytes: number;
  batch: Batch;
  /** Rows of the batch that are not added yet. */
  rows: T[];
  bytesBefore: number;
  /** The batch that is being stored. */
  storing: Promise<void>;
};

/** A batch ends with the part of the file that makes it longer than this. */
const MOST_BYTES = 4_194_304;

/**
 * Runs an import to the end of its blocks. An error of the stream or the store ends it; committed batches stay.
 * When Nines stops, what was read is stored, and server_stopping says how much that is.
 */
export async function importRows<T extends object>(course: Course<T>): Promise<ImportResult> {
  const running = begun(course);
  const { result } = running;
  const stopped = async () => {
    await flush(running);
    await running.storing;
    throw stoppedAfter(result);
  };
  try {
    for await (const block of untilStopped(course.blocks, course.shutdown)) {
      if (block === null) return await stopped();
      running.bytes += block.bytes;
      for (const row of block.rows) {
        take(running, row);
        if (lengthOf(running.batch) < running.place.batchRows()) continue;
        await flush(running);
        await othersTurn();
        if (course.shutdown?.aborted) return await stopped();
      }
      handOver(running);
      if (running.bytes - running.bytesBefore > MOST_BYTES) await flush(running);
      await othersTurn();
    }
    await flush(running);
    await running.storing;
    return result;
  } finally {
    await running.place.end();
  }
}

function begun<T extends object>(course: Course<T>): Import<T> {
  return {
    course,
    result: { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0, errors: [] },
    place: course.later?.afterRows === 0 ? course.later.place() : here(course),
    bytes: 0,
    batch: { lines: [], refused: [] },
    rows: [],
    bytesBefore: 0,
    storing: Promise.resolve(),
  };
}

const lengthOf = ({ lines, refused }: Batch) => lines.length + refused.length;

function take<T extends object>(
  { course, batch, rows }: Import<T>,
  { line, fields, refusal }: SourceRow,
): void {
  const checked = refusal ?? course.check(fields);
  if (isRefusal(checked)) {
    batch.refused.push({ line, ...checked });
  } else {
    batch.lines.push(line);
    rows.push(checked);
  }
}

function handOver<T extends object>(running: Import<T>): void {
  if (running.rows.length > 0) running.place.add(running.rows);
  running.rows = [];
}

/** Has the batch stored; waits for that, unless it is stored aside: then only for the one before. */
async function flush<T extends object>(running: Import<T>): Promise<void> {
  handOver(running);
  await running.storing;
  const { course, place, batch, bytes, result } = running;
  if (lengthOf(batch) === 0) return;
  running.batch = { lines: [], refused: [] };
  running.bytesBefore = bytes;
  const stored = batch.lines.length === 0 ? Promise.resolve(emptyTally()) : place.store();
  running.storing = stored.then((tally) => {
    count(result, batch, tally);
    course.onProgress?.(bytes, result.rows);
  });
  // Whoever waits for it next is told; until then nobody may.
  running.storing.catch(() => {});
  if (place.isAside) return;
  await running.storing;
  if (course.later && result.rows >= course.later.afterRows) running.place = course.later.place();
}

function count(result: ImportResult, { lines, refused }: Batch, tally: Tally): void {
  result.rows += lines.length + refused.length;
  result.created += tally.created;
  result.updated += tally.updated;
  result.unchanged += tally.unchanged;
  result.refused += tally.refused + refused.length;
  if (result.errors.length >= LISTED_REFUSALS) return;
  const errors = tally.refusals.map(({ index, refusal }) => ({ line: lines[index] as number, ...refusal }));
  const all = [...refused.slice(0, LISTED_REFUSALS), ...errors].sort((a, b) => a.line - b.line);
  result.errors.push(...all.slice(0, LISTED_REFUSALS - result.errors.length));
}

/** So long a batch may hold up the thread. */
const BRIEF_MS = 8;
const [FEWEST_ROWS, FIRST_ROWS, MOST_ROWS] = [100, 250, 5_000];

/** Rows are stored on this thread, in batches whose length follows the time that the last one took. */
function here<T extends object>({ storeBatch, batchRows, whenFree }: Course<T>): Place<T> {
  let batch: T[] = [];
  let length = FIRST_ROWS;
  return {
    isAside: false,
    batchRows: () => batchRows ?? length,
    add: (rows) => {
      batch = batch.length === 0 ? rows : [...batch, ...rows];
    },
    store: async () => {
      await whenFree?.();
      const rows = batch;
      batch = [];
      const startMs = performance.now();
      const outcomes = storeBatch(rows);
      const fitting = (rows.length * BRIEF_MS) / Math.max(1, performance.now() - startMs);
      length = Math.round(Math.min(MOST_ROWS, 2 * length, Math.max(FEWEST_ROWS, fitting)));
      return countOutcomes(emptyTally(), outcomes);
    },
    end: async () => {},
  };
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
