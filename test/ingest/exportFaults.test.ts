// Export of faults: what the CSV has, that no spreadsheet computes it, and that an import takes it back.
import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import fc from "fast-check";
import { EXPORT_COLUMNS, exportFaults } from "../../src/ingest/exportFaults.ts";
import { importFaults } from "../../src/ingest/importFaults.ts";
import { FaultInput } from "../../src/model/fault.ts";
import { guarded, unguarded } from "../../src/report/spreadsheetCells.ts";
import type { FaultFilter } from "../../src/store/faultWalk.ts";
import { findSitesByName } from "../../src/store/sites.ts";
import { examples } from "../support/chance.ts";
import { type freshStore, ndjson, storeWithSites, uploadOf, WORKSPACE } from "./freshStore.ts";

type Store = ReturnType<typeof freshStore>;

function exported(store: Store, filter: FaultFilter = {}): Promise<string> {
  return new Response(exportFaults(store.faults, WORKSPACE, filter)).text();
}

function run({ context }: Store, text: string, format: "csv" | "ndjson") {
  return importFaults({ context, workspace: WORKSPACE, format, body: uploadOf(text) });
}

const START = "2026-02-17T15:30:55.000Z";

test("faults are listed newest first, with a header even when there is none", async () => {
  const store = storeWithSites("Bern");
  expect(await exported(store)).toBe(`${EXPORT_COLUMNS.join(",")}\n`);
  const site = findSitesByName(store.context, WORKSPACE, "Bern")[0]?.id;
  await run(
    store,
    ndjson([
      {
        site: "Bern",
        started_at: START,
        resolved_at: "2026-02-17T16:00:00Z",
        cause: "power, mains",
        external_id: "7",
      },
      { site: "Bern", started_at: "2026-02-18T00:00:00Z", message: "=1+1", severity: "LOW" },
    ]),
    "ndjson",
  );
  const [older, newer] = store.faults
    .lookFor(WORKSPACE, {}, { after: null, limit: 2 })
    .rows.map(({ id }) => id)
    .reverse();
  expect((await exported(store)).split("\n").slice(1)).toEqual([
    `"${newer}","${site}",,"site","LOW","unresolved",,"'=1+1","2026-02-18T00:00:00.000Z",,`,
    `"${older}","${site}",,"site","CRITICAL","resolved","power, mains",,"${START}","2026-02-17T16:00:00.000Z","7"`,
    "",
  ]);
  expect((await exported(store, { status: "resolved" })).split("\n")).toHaveLength(3);
});

test("an export of more than a page has every fault once", async () => {
  const store = storeWithSites("Bern");
  const rows = Array.from({ length: 2_500 }, (_, n) => ({
    site: "Bern",
    started_at: START,
    external_id: `${n}`,
  }));
  await run(store, ndjson(rows), "ndjson");
  const lines = (await exported(store)).trimEnd().split("\n").slice(1);
  expect(new Set(lines.map((line) => line.split(",").at(-1))).size).toBe(2_500);
  expect(lines).toHaveLength(2_500);
});

test("a page is read only when the receiver takes it", async () => {
  let pages = 0;
  const page = Array.from({ length: 1_000 }, (_, seq) => ({
    seq,
    id: "flt_1",
    site_seq: 1,
    site_id: "site_1",
    link_seq: null,
    link_id: null,
    type: "site",
    severity: "LOW" as const,
    cause: null,
    message: null,
    started_at_ms: 0,
    resolved_at_ms: null,
    external_id: null,
    updated_at_ms: 0,
  }));
  const lookFor = () => {
    pages++;
    return { rows: page, next: { startedAtMs: 0, seq: 1 }, looked: page.length };
  };
  const reader = exportFaults({ lookFor }, WORKSPACE, {}).getReader();
  await reader.read();
  await reader.read();
  await Bun.sleep(5);
  expect(pages).toBeLessThanOrEqual(2);
  await reader.cancel();
});

test("a cell that a spreadsheet would compute begins with an apostrophe", () => {
  const texts = [
    "=1+1",
    "+41 31",
    "-5 dBm",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "'=1",
    "''-1",
    "plain",
    "'tis",
    "a=b",
    "'",
  ];
  expect(texts.map(guarded)).toEqual([
    "'=1+1",
    "'+41 31",
    "'-5 dBm",
    "'@SUM(A1)",
    "'\t=1",
    "'\r=1",
    "'\n=1",
    "'＝1",
    "''=1",
    "'''-1",
    "plain",
    "'tis",
    "a=b",
    "'",
  ]);
});

const hostileText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "'",
        '"',
        ",",
        ";",
        " ",
        "＝",
        "\ufeff",
        "\ufffd",
        "\u2028",
        "\ud83d",
      ),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter((text) => Value.Check(FaultInput.properties.cause, text));

test("a bare CR, a LF and a semicolon begin no cell and no row, and come back as they were", async () => {
  const store = storeWithSites("Bern");
  const causes = ["Zurich\r=cmd|' /C calc'!A0", "a\n=1+1", "a;=1+1", "a\r\n@SUM(1)", "\u2028=1", "; "];
  const rows = causes.map((cause, n) => ({ site: "Bern", started_at: START, cause, external_id: `${n}` }));
  await run(store, ndjson(rows), "ndjson");
  const csv = await exported(store);
  for (const cause of causes.slice(0, 5)) expect(csv).toContain(`"${cause}"`);
  expect(withoutQuoted(csv)).not.toMatch(/[\r;=@]/);
  expect(await run(store, csv, "csv")).toMatchObject({ rows: causes.length, unchanged: causes.length });
});

/** What stands outside of quoted cells. */
const withoutQuoted = (csv: string) => csv.replace(/"(?:[^"]|"")*"/g, "");

test("property: the guard of a cell can be undone, whatever the text", () => {
  fc.assert(fc.property(hostileText, (text) => unguarded(guarded(text)) === text));
});

test("property: what is exported and imported elsewhere is the same, whatever the texts", async () => {
  const [one, other] = [storeWithSites("Bern"), storeWithSites("Bern")];
  const [here, there] = [one, other].map(
    ({ context }) => findSitesByName(context, WORKSPACE, "Bern")[0]?.id as string,
  );
  const fault = fc.record({
    cause: hostileText,
    message: hostileText,
    external_id: fc.option(hostileText, { nil: undefined }),
    resolved_at: fc.constantFrom(undefined, "2026-02-17T16:00:00.123Z"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 8 }), async (faults) => {
      for (const { db } of [one, other]) db.run("DELETE FROM faults");
      await run(one, ndjson(faults.map((row) => ({ site: "Bern", started_at: START, ...row }))), "ndjson");
      const csv = await exported(one);
      const rows = one.facts().length;
      expect(await run(other, csv.replaceAll(here as string, there as string), "csv")).toMatchObject({
        created: rows,
        refused: 0,
      });
      const facts = (store: Store) =>
        store
          .facts()
          .map(({ site_id, ...rest }) => JSON.stringify(rest))
          .sort();
      expect(facts(other)).toEqual(facts(one));
      expect(await run(one, csv, "csv")).toMatchObject({ unchanged: rows, refused: 0 });
    }),
    examples(50),
  );
}, 60_000);
