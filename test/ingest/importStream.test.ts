// The stream of an import: how much of it is held, what stays when it breaks off, whose turn it is meanwhile.
import { expect, test } from "bun:test";
import { importFaults } from "../../src/ingest/importFaults.ts";
import { NinesError } from "../../src/model/errors.ts";
import { findSitesByName } from "../../src/store/sites.ts";
import { type freshStore, storeWithSites, uploadOf, WORKSPACE } from "./freshStore.ts";

const aLine = (n: number) =>
  `{"site":"Bern","started_at":"2026-02-17T15:30:55Z","resolved_at":"2026-02-17T16:30:55Z","external_id":"${n}"}\n`;

function options(store: ReturnType<typeof freshStore>, body: ReadableStream<Uint8Array>) {
  return { context: store.context, workspace: WORKSPACE, format: "ndjson" as const, body };
}

test("40,000 rows are read no further ahead than a batch and a chunk", async () => {
  const [chunks, rowsInChunk, batchRows] = [80, 500, 1_000];
  const store = storeWithSites("Bern");
  let made = 0;
  let stored = 0;
  let furthestAhead = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const lines = Array.from({ length: rowsInChunk }, (_, n) => aLine(made * rowsInChunk + n));
      controller.enqueue(new TextEncoder().encode(lines.join("")));
      made++;
      furthestAhead = Math.max(furthestAhead, made * rowsInChunk - stored);
      if (made === chunks) controller.close();
    },
  });
  const onProgress = (_bytes: number, rows: number) => {
    stored = rows;
  };
  const result = await importFaults({ ...options(store, body), batchRows, onProgress });
  expect(result).toMatchObject({ rows: 40_000, created: 40_000 });
  expect(furthestAhead).toBeLessThanOrEqual(batchRows + 4 * rowsInChunk);
}, 60_000);

test("progress counts the bytes and rows that are committed, and ends with all of them", async () => {
  const store = storeWithSites("Bern");
  const text = [1, 2, 3, 4, 5].map(aLine).join("");
  const seen: [number, number, number][] = [];
  await importFaults({
    ...options(store, uploadOf(text, 50)),
    batchRows: 2,
    onProgress: (bytes, rows) => seen.push([bytes, rows, store.facts().length]),
  });
  expect(seen.map(([, rows, there]) => [rows, there])).toEqual([
    [2, 2],
    [4, 4],
    [5, 5],
  ]);
  expect(seen.at(-1)?.[0]).toBe(text.length);
});

test("when the stream breaks off, committed batches stay, and the whole file again completes it", async () => {
  const store = storeWithSites("Bern");
  const lines = Array.from({ length: 10 }, (_, n) => aLine(n));
  let pulls = 0;
  const breaking = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls === 7) controller.error(new Error("the line went dead"));
      else controller.enqueue(new TextEncoder().encode(lines[pulls]));
      pulls++;
    },
  });
  await expect(importFaults({ ...options(store, breaking), batchRows: 3 })).rejects.toThrow(
    "the line went dead",
  );
  expect(store.facts()).toHaveLength(6);
  const again = await importFaults(options(store, uploadOf(lines.join(""))));
  expect(again).toMatchObject({ rows: 10, created: 4, unchanged: 6 });
});

test("a header that is refused ends the import before any row, and lets go of the stream", async () => {
  const store = storeWithSites("Bern");
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(
        new TextEncoder().encode("site,started_at,resolvedat\nBern,2026-02-17T15:30:55Z,\n"),
      );
    },
    cancel() {
      isCancelled = true;
    },
  });
  const refusal = await importFaults({ ...options(store, body), format: "csv" }).then(
    () => expect.unreachable(),
    (error) => error,
  );
  expect(refusal).toBeInstanceOf(NinesError);
  expect([refusal.reason, refusal.param]).toEqual(["parameter_unknown", "resolvedat"]);
  expect(store.facts()).toEqual([]);
  expect(isCancelled).toBe(true);
});

test("a batch that cannot be committed leaves nothing of it, and the error is the caller's", async () => {
  const store = storeWithSites("Bern");
  store.db.run(
    "CREATE TRIGGER full BEFORE INSERT ON faults WHEN new.external_id = '5' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  const text = Array.from({ length: 10 }, (_, n) => aLine(n).replace('"}', `","cause":"cause ${n}"}`)).join(
    "",
  );
  await expect(importFaults({ ...options(store, uploadOf(text)), batchRows: 4 })).rejects.toThrow(
    "disk full",
  );
  expect(store.facts().map(({ external_id }) => external_id)).toEqual(["0", "1", "2", "3"]);
  store.db.run("DROP TRIGGER full");
  expect(await importFaults(options(store, uploadOf(text)))).toMatchObject({ created: 6, unchanged: 4 });
  expect(store.facts().map(({ cause }) => cause)).toEqual(Array.from({ length: 10 }, (_, n) => `cause ${n}`));
});

test("others have their turn between batches, and may change sites", async () => {
  const store = storeWithSites("Bern");
  let isDeleted = false;
  const text = Array.from({ length: 4 }, (_, n) => aLine(n)).join("");
  const result = await importFaults({
    ...options(store, uploadOf(text)),
    batchRows: 2,
    onProgress: () => {
      if (isDeleted) return;
      isDeleted = true;
      setImmediate(() =>
        store.sites.remove(WORKSPACE, findSitesByName(store.context, WORKSPACE, "Bern")[0]?.id ?? ""),
      );
    },
  });
  expect(result).toMatchObject({ rows: 4, created: 2, refused: 2 });
  expect(store.facts()).toEqual([]);
});

test("a chunk larger than a slice is cut: the turn passes on every 64 KiB", async () => {
  const store = storeWithSites("Bern");
  let turns = 0;
  let isDone = false;
  const takeTurn = () => {
    turns++;
    if (!isDone) setImmediate(takeTurn);
  };
  setImmediate(takeTurn);
  const text = Array.from({ length: 20_000 }, (_, n) => aLine(n)).join("");
  await importFaults({ ...options(store, uploadOf(text)), batchRows: 1_000_000 });
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(Math.floor(text.length / 65_536));
});
