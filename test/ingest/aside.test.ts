// Imports whose rows are stored in a thread of its own: the same outcome as by hand, row after row; whose turn it is
// meanwhile; how it ends.
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { aside } from "../../src/ingest/aside.ts";
import { importFaults } from "../../src/ingest/importFaults.ts";
import { packed, unpacked } from "../../src/ingest/packedFaults.ts";
import type { ImportResult } from "../../src/model/fault.ts";
import type { ImportedFault } from "../../src/store/faultImport.ts";
import { examples } from "../support/chance.ts";
import { type freshStore, ndjson, storeWithSites, uploadOf, WORKSPACE } from "./freshStore.ts";

const store = storeWithSites("Bern", "Basel");
// Held for the whole file, so that not every import starts a thread.
const held = aside(store.context, WORKSPACE, (transaction) => transaction());
afterAll(() => held.end());

type Row = {
  site: string;
  started_at: string;
  resolved_at?: string | null;
  type?: string;
  severity?: string;
  cause?: string | null;
  message?: string | null;
  external_id?: string;
};
type Options = Partial<Parameters<typeof importFaults>[0]>;

function run(body: string, options: Options = {}): Promise<ImportResult> {
  const whole = { context: store.context, workspace: WORKSPACE, format: "ndjson" as const, rowsHere: 0 };
  return importFaults({ ...whole, body: uploadOf(body, 700), ...options });
}

/** What an import does, one row after the other, in a map: counts, refused lines, and the faults that are left. */
function byHand(rows: readonly Row[]) {
  const faults = new Map<string, Row>();
  const counts = { created: 0, updated: 0, unchanged: 0 };
  const refused: [number, string][] = [];
  rows.forEach((row, index) => {
    const outcome = storeByHand(faults, row);
    if (outcome === "created" || outcome === "updated" || outcome === "unchanged") counts[outcome]++;
    else refused.push([index + 1, outcome]);
  });
  return { counts, refused, faults: [...faults.values()].map((row) => JSON.stringify(factsOf(row))).sort() };
}

function storeByHand(faults: Map<string, Row>, row: Row): string {
  const { resolved_at: end } = row;
  if (end != null && end < row.started_at) return "resolved_at";
  if (!["Bern", "Basel"].includes(row.site)) return "site";
  const key =
    row.external_id ?? JSON.stringify([row.started_at, row.site, row.cause ?? null, row.type ?? "site"]);
  const before = faults.get(key);
  if (before === undefined) {
    faults.set(key, row);
    return "created";
  }
  if (row.external_id === undefined) {
    if (end == null || end <= (before.resolved_at ?? "")) return "unchanged";
    faults.set(key, { ...before, resolved_at: end });
    return "updated";
  }
  if (before.site !== row.site) return "site";
  const next = { ...before, ...row, resolved_at: end ?? before.resolved_at ?? null };
  if (Bun.deepEquals(factsOf(next), factsOf(before))) return "unchanged";
  if (next.resolved_at !== null && next.resolved_at < next.started_at) return "started_at";
  faults.set(key, next);
  return "updated";
}

const factsOf = (row: Row) => ({
  ...{ site: row.site, start: row.started_at, end: row.resolved_at ?? null, type: row.type ?? "site" },
  ...{ severity: row.severity ?? "CRITICAL", cause: row.cause ?? null, message: row.message ?? null },
  external: row.external_id ?? null,
});

const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function factsIn({ sites, facts }: ReturnType<typeof freshStore>): string[] {
  const rows = facts().map((fault) => ({
    ...{ site: sites.get(WORKSPACE, fault.site_id)?.name, start: second(fault.started_at_ms) },
    end: fault.resolved_at_ms === null ? null : second(fault.resolved_at_ms),
    ...{ type: fault.type, severity: fault.severity, cause: fault.cause, message: fault.message },
    external: fault.external_id,
  }));
  return rows.map((row) => JSON.stringify(row)).sort();
}

const at = fc.integer({ min: 0, max: 4 }).map((hour) => `2026-02-17T0${hour}:00:00Z`);
const rowsOfFewFaults = fc.array(
  fc.record(
    {
      site: fc.constantFrom("Bern", "Basel", "Bern", "Thun"),
      started_at: at,
      resolved_at: fc.option(at),
      type: fc.constantFrom("site", "wifi"),
      severity: fc.constantFrom("LOW", "HIGH"),
      cause: fc.constantFrom(null, "power", 'fibre, cut\n"twice"'),
      message: fc.constantFrom(null, "m"),
      external_id: fc.constantFrom("a", "b", "c", "d"),
    },
    { requiredKeys: ["site", "started_at"] },
  ) as fc.Arbitrary<Row>,
  { maxLength: 70 },
);

test("property: rows have the outcomes, and leave the faults, that they have by hand: here, aside, and in any batches", async () => {
  await fc.assert(
    fc.asyncProperty(rowsOfFewFaults, fc.integer({ min: 1, max: 60 }), async (rows, batchRows) => {
      const expected = byHand(rows);
      for (const options of [{}, { batchRows }, { rowsHere: 30 }]) {
        store.db.run("DELETE FROM faults");
        const { created, updated, unchanged, refused, errors } = await run(ndjson(rows), options);
        expect({ created, updated, unchanged }).toEqual(expected.counts);
        expect(errors.map(({ line, param }) => [line, param])).toEqual(expected.refused as never);
        expect(refused).toBe(expected.refused.length);
        expect(factsIn(store)).toEqual(expected.faults);
      }
    }),
    examples(15),
  );
}, 60_000);

test("rows come out of a package as they went in", () => {
  const row: ImportedFault = {
    ...{ site: "a", siteId: undefined, resourceId: null, type: "site", severity: "LOW", cause: "ü\n\t,🚧" },
    ...{ message: undefined, externalId: null, startedAtMs: -1, resolvedAtMs: null },
  };
  const other: ImportedFault = { ...row, site: undefined, siteId: "s", externalId: "x", resolvedAtMs: 0 };
  expect(unpacked(packed([row, other]))).toEqual([row, other]);
  expect(unpacked(packed([]))).toEqual([]);
});

const aLine = (n: number) =>
  `{"site":"Bern","started_at":"2026-02-17T15:30:55Z","external_id":"${n}","message":"m${n}"}\n`;
const lines = (count: number) => Array.from({ length: count }, (_, n) => aLine(n)).join("");

test("two imports at once share the thread, and each has its own rows", async () => {
  store.db.run("DELETE FROM faults");
  const other = lines(300).replaceAll('"external_id":"', '"external_id":"o');
  const results = await Promise.all([run(lines(200)), run(other)]);
  expect(results.map(({ created }) => created)).toEqual([200, 300]);
  expect(store.facts()).toHaveLength(500);
});

test("refused rows are listed by line, wherever they were refused, and only the first hundred", async () => {
  const bad = Array.from({ length: 150 }, (_, n) =>
    n % 3 === 0 ? "no\n" : aLine(n).replace("Bern", "Thun"),
  );
  const { refused, errors } = await run(bad.join(""));
  expect(refused).toBe(150);
  expect(errors.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
});

test("a batch that cannot be committed leaves nothing of it, and the error is the caller's", async () => {
  store.db.run("DELETE FROM faults");
  store.db.run(
    "CREATE TRIGGER full BEFORE INSERT ON faults WHEN new.external_id = '50' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  const error = await run(lines(100)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: "disk full", code: "SQLITE_CONSTRAINT_TRIGGER" });
  store.db.run("DROP TRIGGER full");
  expect(store.facts()).toEqual([]);
  expect(await run(lines(100))).toMatchObject({ created: 100 });
});

test("when the stream breaks off, or the server stops, what is told as stored is stored", async () => {
  store.db.run("DELETE FROM faults");
  const shutdown = new AbortController();
  let parts = 0;
  const silent = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (parts++ === 0) controller.enqueue(new TextEncoder().encode(lines(40)));
        else shutdown.abort();
      },
    },
    { highWaterMark: 0 },
  );
  const error = await run("", { body: silent, shutdown: shutdown.signal }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ reason: "server_stopping" });
  expect((error as Error).message).toContain("40 rows were read, of which 40 were created");
  expect(store.facts()).toHaveLength(40);
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("the line went dead")),
  });
  const breaking = await run("", { body: broken }).catch((thrown: unknown) => thrown);
  expect(breaking).toMatchObject({ message: "the line went dead" });
});

test("the thread ends with the last import, and leaves no log behind that a reader would have to read", async () => {
  const own = storeWithSites("Bern");
  const options = { context: own.context, rowsHere: 0 };
  expect(await run(lines(30), options)).toMatchObject({ created: 30 });
  expect(await run(lines(30), options)).toMatchObject({ unchanged: 30 });
  expect(own.db.query("PRAGMA wal_checkpoint(TRUNCATE)").get()).toMatchObject({ busy: 0 });
});

test("a transaction is stamped with the time of the store, and its changes are durable when they are counted", async () => {
  const own = storeWithSites("Bern");
  const counted: number[] = [];
  await run(lines(30), {
    context: own.context,
    rowsHere: 10,
    onProgress: (_, rows) => counted.push(own.facts().length - rows),
  });
  expect(new Set(counted)).toEqual(new Set([0]));
  const { rows } = own.faults.lookFor(WORKSPACE, {}, { after: null, limit: 1 });
  const { updated_at_ms: stamp } = rows[0] as never;
  expect(stamp).toBe(own.context.now() as never);
});
