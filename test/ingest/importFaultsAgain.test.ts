// Import of faults that are there already: what changes them, what leaves them, in any order and repetition.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { importFaults } from "../../src/ingest/importFaults.ts";
import { examples } from "../support/chance.ts";
import { type freshStore, ndjson, storeWithSites, uploadOf, WORKSPACE } from "./freshStore.ts";

type Store = ReturnType<typeof freshStore>;
type Row = Record<string, unknown>;

const START = "2026-02-17T15:30:55.000Z";
const END = "2026-02-17T16:00:00.000Z";
const LATER = "2026-02-17T17:00:00.000Z";

function run({ context }: Store, rows: readonly Row[], options: { batchRows?: number } = {}) {
  return importFaults({
    context,
    workspace: WORKSPACE,
    format: "ndjson",
    body: uploadOf(ndjson(rows), 1000),
    ...options,
  });
}

/** Rows that name Bern and begin at START, unless they say otherwise. */
const aRow = (row: Row = {}): Row => ({ site: "Bern", started_at: START, ...row });

test("without an external id an end is filled in, a later one wins, and nothing reopens", async () => {
  const store = storeWithSites("Bern");
  const ends = async (row: Row) => {
    const { created, updated, unchanged } = await run(store, [row]);
    return [{ created, updated, unchanged }, store.facts().map(({ resolved_at_ms }) => resolved_at_ms)];
  };
  expect(await ends(aRow())).toEqual([{ created: 1, updated: 0, unchanged: 0 }, [null]]);
  expect(await ends(aRow({ resolved_at: END }))).toEqual([
    { created: 0, updated: 1, unchanged: 0 },
    [Date.parse(END)],
  ]);
  expect(await ends(aRow())).toEqual([{ created: 0, updated: 0, unchanged: 1 }, [Date.parse(END)]]);
  expect(await ends(aRow({ resolved_at: LATER }))).toEqual([
    { created: 0, updated: 1, unchanged: 0 },
    [Date.parse(LATER)],
  ]);
  expect(await ends(aRow({ resolved_at: END, message: "m" }))).toEqual([
    { created: 0, updated: 0, unchanged: 1 },
    [Date.parse(LATER)],
  ]);
  expect(store.facts()[0]?.message).toBeNull();
});

test("with an external id the fields that a row gives replace those that are there", async () => {
  const store = storeWithSites("Bern");
  const change = async (row: Row) => {
    const { created, updated, unchanged } = await run(store, [aRow({ external_id: "x", ...row })]);
    const { cause, message, severity, type, started_at_ms, resolved_at_ms } =
      store.facts()[0] ?? expect.unreachable();
    return [{ created, updated, unchanged }, [cause, message, severity, type, started_at_ms, resolved_at_ms]];
  };
  const [start, end, later] = [Date.parse(START), Date.parse(END), Date.parse(LATER)];
  const isNew = { created: 1, updated: 0, unchanged: 0 };
  const isChanged = { created: 0, updated: 1, unchanged: 0 };
  const isSame = { created: 0, updated: 0, unchanged: 1 };
  expect(await change({ cause: "a", message: "m" })).toEqual([
    isNew,
    ["a", "m", "CRITICAL", "site", start, null],
  ]);
  expect(await change({})).toEqual([isSame, ["a", "m", "CRITICAL", "site", start, null]]);
  expect(await change({ cause: "b", severity: "low" })).toEqual([
    isChanged,
    ["b", "m", "LOW", "site", start, null],
  ]);
  expect(await change({ resolved_at: LATER })).toEqual([isChanged, ["b", "m", "LOW", "site", start, later]]);
  expect(await change({ resolved_at: END })).toEqual([isChanged, ["b", "m", "LOW", "site", start, end]]);
  expect(await change({ resolved_at: null, cause: null })).toEqual([
    isChanged,
    [null, "m", "LOW", "site", start, end],
  ]);
  expect(await change({ started_at: END, type: "wifi" })).toEqual([
    isChanged,
    [null, "m", "LOW", "wifi", end, end],
  ]);
});

test("a fault with an external id does not move to another site, and does not start after its end", async () => {
  const store = storeWithSites("Bern", "Basel");
  const result = await run(store, [
    aRow({ external_id: "x", resolved_at: END }),
    aRow({ external_id: "x", site: "Basel" }),
    aRow({ external_id: "x", started_at: LATER }),
  ]);
  expect(result).toMatchObject({ created: 1, refused: 2 });
  expect(result.errors).toEqual([
    {
      line: 2,
      param: "site",
      reason: "is not the site of the fault 'x'; a fault cannot move to another site",
    },
    {
      line: 3,
      param: "started_at",
      reason: `lies after the end that the fault 'x' has (${END}); give resolved_at, too`,
    },
  ]);
});

test("a text that UTF-8 cannot hold does not differ from itself when it comes again", async () => {
  const store = storeWithSites("Bern");
  const row = aRow({ external_id: "x\ud83d", message: "\ude00", cause: "\ud83d" });
  expect(await run(store, [row])).toMatchObject({ created: 1 });
  expect(await run(store, [row])).toMatchObject({ unchanged: 1 });
});

test("repeated rows within a file count as what they do", async () => {
  const store = storeWithSites("Bern");
  const rows = [
    aRow(),
    aRow(),
    aRow({ resolved_at: END }),
    aRow({ external_id: "x" }),
    aRow({ external_id: "x", cause: "c" }),
  ];
  for (const batchRows of [1, 2, 100]) {
    const again = batchRows === 1 ? storeWithSites("Bern") : store;
    const first = await run(again, rows, { batchRows });
    if (batchRows !== 100) expect(first).toMatchObject({ rows: 5, created: 2, updated: 2, unchanged: 1 });
    else expect(first).toMatchObject({ rows: 5, created: 0, updated: 0, unchanged: 5 });
  }
});

/** Rows of few faults, which overlap in every way; what is not their end depends on which fault they are of. */
const rowsOfFewFaults = fc.array(
  fc.record({
    hour: fc.integer({ min: 0, max: 3 }),
    site: fc.constantFrom("Bern", "Basel"),
    cause: fc.constantFrom(undefined, "power", "fibre"),
    hasExternalId: fc.boolean(),
    lasts: fc.constantFrom(null, 0, 1, 2),
  }),
  { maxLength: 12 },
);

test("property: the same rows in any order and any repetition make the same faults", async () => {
  const toRow = ({
    hour,
    site,
    cause,
    hasExternalId,
    lasts,
  }: (typeof rowsOfFewFaults extends fc.Arbitrary<infer T> ? T : never)[number]) => {
    const external = `${hour}-${site}-${cause}-${lasts ?? 1}`; // rows of one external id agree, but for open or resolved
    return {
      site,
      started_at: `2026-02-17T0${hour}:00:00Z`,
      ...(cause && { cause, message: `because of ${cause}`, severity: "LOW" }),
      ...(lasts !== null && { resolved_at: `2026-02-17T0${hour + lasts}:00:00Z` }),
      ...(hasExternalId && { external_id: external }),
    };
  };
  const cases = rowsOfFewFaults.chain((made) => {
    const rows = made.map(toRow);
    const indexes = fc.array(fc.nat(Math.max(0, rows.length - 1)), { maxLength: 20 });
    return fc.tuple(
      fc.constant(rows),
      fc.shuffledSubarray(rows, { minLength: rows.length }),
      indexes.map((repeated) => repeated.flatMap((index) => rows[index] ?? [])),
      fc.integer({ min: 1, max: 5 }),
    );
  });
  const [one, other] = [storeWithSites("Bern", "Basel"), storeWithSites("Bern", "Basel")];
  const facts = (store: Store) =>
    store
      .facts()
      .map(({ site_id, ...rest }) =>
        JSON.stringify({ ...rest, site: store.sites.get(WORKSPACE, site_id)?.name }),
      )
      .sort();
  await fc.assert(
    fc.asyncProperty(cases, async ([rows, shuffled, repeated, batchRows]) => {
      for (const { db } of [one, other]) db.run("DELETE FROM faults");
      await run(one, rows);
      await run(other, [...repeated, ...shuffled, ...repeated], { batchRows });
      expect(facts(other)).toEqual(facts(one));
      const again = await run(one, rows);
      expect(again).toMatchObject({ created: 0, updated: 0, unchanged: rows.length });
    }),
    examples(60),
  );
}, 60_000);
