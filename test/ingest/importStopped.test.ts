// An import that is told to stop, whatever it is doing just then.
import { expect, test } from "bun:test";
import { importRows } from "../../src/ingest/importRows.ts";
import type { Block } from "../../src/ingest/rows.ts";

const ROW = { line: 1, fields: {}, refusal: null };

/** Runs an import of one row whose sender then says nothing more. Gives what it throws, and what was stored. */
async function stoppedImport(shutdown: AbortSignal, onCheck: () => void) {
  let stored = 0;
  async function* blocks(): AsyncGenerator<Block> {
    yield { bytes: 1, rows: [ROW] };
    await new Promise(() => {});
  }
  const error = await importRows<object>({
    blocks: blocks(),
    check: () => {
      onCheck();
      return {};
    },
    storeBatch: (rows) => {
      stored += rows.length;
      return rows.map(() => "created");
    },
    shutdown,
  }).catch((thrown: unknown) => thrown);
  return { error, stored };
}

const STOPPED = {
  reason: "server_stopping",
  message: expect.stringContaining("1 rows were read, of which 1 were created"),
};

test("while it waits for its sender, it stores what it has and says how much that is", async () => {
  const shutdown = new AbortController();
  setTimeout(() => shutdown.abort(), 5);
  const { error, stored } = await stoppedImport(shutdown.signal, () => {});
  expect(error).toMatchObject(STOPPED);
  expect(stored).toBe(1);
});

test("while it works on what came, it does not wait for more afterwards", async () => {
  const shutdown = new AbortController();
  const { error, stored } = await stoppedImport(shutdown.signal, () => shutdown.abort());
  expect(error).toMatchObject(STOPPED);
  expect(stored).toBe(1);
});
