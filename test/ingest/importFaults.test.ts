// Import of faults: what a row may say, where its fault belongs, and what becomes of the bad ones.
import { expect, test } from "bun:test";
import { importFaults } from "../../src/ingest/importFaults.ts";
import type { SiteInput } from "../../src/model/site.ts";
import { findSitesByName } from "../../src/store/sites.ts";
import { freshStore, ndjson, storeWithSites, uploadOf, WORKSPACE } from "./freshStore.ts";

type Store = ReturnType<typeof freshStore>;
type Row = Record<string, unknown>;

const START = "2026-02-17T15:30:55.000Z";
const END = "2026-02-17T16:00:00.000Z";

function run(
  { context }: Store,
  rows: readonly Row[] | string,
  options: { format?: "csv"; batchRows?: number } = {},
) {
  const text = typeof rows === "string" ? rows : ndjson(rows);
  return importFaults({
    context,
    workspace: WORKSPACE,
    format: "ndjson",
    body: uploadOf(text, 1000),
    ...options,
  });
}

/** Rows that name Bern and begin at START, unless they say otherwise. */
const aRow = (row: Row = {}): Row => ({ site: "Bern", started_at: START, ...row });

test("a row becomes a fault, with defaults for what it does not say", async () => {
  const store = storeWithSites("Bern");
  expect(await run(store, [aRow()])).toEqual({
    rows: 1,
    created: 1,
    updated: 0,
    unchanged: 0,
    refused: 0,
    errors: [],
  });
  const site = findSitesByName(store.context, WORKSPACE, "Bern")[0]?.id as string;
  expect(store.facts()).toEqual([
    {
      site_id: site,
      link_id: null,
      type: "site",
      severity: "CRITICAL",
      cause: null,
      message: null,
      started_at_ms: Date.parse(START),
      resolved_at_ms: null,
      external_id: null,
    },
  ]);
});

test("NDJSON and CSV of the same rows make the same faults", async () => {
  const rows = [
    aRow({ cause: 'a "quoted" cause', message: "two\nlines", severity: "low", resolved_at: END }),
    aRow({ external_id: "x-1", type: "wifi" }),
  ];
  const csv = `site,started_at,cause,message,severity,resolved_at,external_id,type
Bern,${START},"a ""quoted"" cause","two\nlines",low,${END},,
Bern,${START},,,,,x-1,wifi\n`;
  const [one, other] = [storeWithSites("Bern"), storeWithSites("Bern")];
  await run(one, rows);
  await run(other, csv, { format: "csv" });
  expect(one.facts().map(({ site_id, ...facts }) => facts)).toEqual(
    other.facts().map(({ site_id, ...facts }) => facts),
  );
  expect((await run(one, csv, { format: "csv" })).unchanged).toBe(2);
});

test("a site is named by id, external id or name; the external id goes before the name", async () => {
  const store = freshStore();
  const make = (input: SiteInput) => store.sites.create(WORKSPACE, input).id;
  const bern = make({ name: "Bern", external_id: "b" });
  const named = make({ name: "b" });
  await run(store, [
    { site: "Bern", started_at: START, cause: "1" },
    { site: "b", started_at: START, cause: "2" },
    { site_id: named, started_at: START, cause: "3" },
    { site_id: bern, site: "Bern", started_at: START, cause: "4" },
  ]);
  expect(store.facts().map(({ cause, site_id }) => [cause, site_id])).toEqual([
    ["1", bern],
    ["2", bern],
    ["3", named],
    ["4", bern],
  ]);
});

test("a fault of a WAN link is of the link's site and of type wantunnel", async () => {
  const store = freshStore();
  const bern = store.sites.create(WORKSPACE, { name: "Bern", wan_links: [{ name: "fibre" }] });
  const link = bern.wan_links[0]?.id as string;
  const result = await run(store, [
    { resource_id: link, started_at: START },
    { resource_id: link, site: "Bern", started_at: START },
    { resource_id: link, type: "site", started_at: START },
    { resource_id: null, site: "Bern", started_at: START },
  ]);
  expect(result).toMatchObject({ created: 3, unchanged: 1 });
  expect(store.facts().map(({ site_id, link_id, type }) => [site_id, link_id, type])).toEqual([
    [bern.id, link, "wantunnel"],
    [bern.id, link, "site"],
    [bern.id, null, "site"],
  ]);
});

test("references that name nothing, two things, or things that do not fit are refused", async () => {
  const store = storeWithSites("Bern", "Twin", "Twin", "Twin");
  const foreign = store.sites.create("other", {
    name: "Foreign",
    external_id: "f",
    wan_links: [{ name: "fibre" }],
  });
  const basel = store.sites.create(WORKSPACE, { name: "Basel", wan_links: [{ name: "fibre" }] });
  const link = basel.wan_links[0]?.id as string;
  const result = await run(store, [
    aRow({ site: "Thun" }),
    aRow({ site: "Twin" }),
    aRow({ site: "Foreign" }),
    aRow({ site: "f" }),
    { site_id: foreign.id, started_at: START },
    { resource_id: foreign.wan_links[0]?.id, started_at: START },
    aRow({ site_id: basel.id }),
    aRow({ resource_id: link }),
    { site_id: "site_000000000000000000000000000", started_at: START },
  ]);
  expect(result.created).toBe(0);
  expect(result.errors.map(({ line, param, reason }) => `${line} ${param} ${reason}`)).toEqual([
    "1 site 'Thun' is neither the external_id nor the name of a site",
    "2 site 'Twin' names several sites; use site_id or external_id",
    "3 site 'Foreign' is neither the external_id nor the name of a site",
    "4 site 'f' is neither the external_id nor the name of a site",
    `5 site_id '${foreign.id}' is not a site of this workspace`,
    `6 resource_id '${foreign.wan_links[0]?.id}' is not a WAN link of this workspace`,
    `7 site_id '${basel.id}' belongs to another site than the one that the row names besides`,
    `8 resource_id '${link}' belongs to another site than the one that the row names besides`,
    "9 site_id 'site_000000000000000000000000000' is not a site of this workspace",
  ]);
});

test("bad rows are refused with their lines, and the good ones stay", async () => {
  const store = storeWithSites("Bern");
  const text = `${JSON.stringify(aRow())}\nnot json\n\n${JSON.stringify(aRow({ resolvedat: END }))}\n${JSON.stringify(aRow({ cause: "x" }))}`;
  expect(await run(store, text, { batchRows: 2 })).toMatchObject({
    rows: 4,
    created: 2,
    refused: 2,
    errors: [
      { line: 2, param: null },
      { line: 4, param: "resolvedat" },
    ],
  });
});

test("the first hundred refused rows are listed, all are counted", async () => {
  const store = storeWithSites("Bern");
  const rows = Array.from({ length: 250 }, (_, index) =>
    index % 2 ? aRow({ cause: `${index}` }) : aRow({ site: "Thun" }),
  );
  const result = await run(store, rows, { batchRows: 7 });
  expect(result).toMatchObject({ rows: 250, created: 125, refused: 125 });
  expect(result.errors.map(({ line }) => line)).toEqual(
    Array.from({ length: 100 }, (_, index) => 2 * index + 1),
  );
});

test("an import changes nothing of another workspace", async () => {
  const store = storeWithSites("Bern");
  store.sites.create("other", { name: "Bern" });
  await run(store, [aRow({ external_id: "x" })]);
  await importFaults({
    context: store.context,
    workspace: "other",
    format: "ndjson",
    body: uploadOf(ndjson([aRow({ external_id: "x", cause: "theirs" })])),
  });
  expect(store.facts().map(({ cause }) => cause)).toEqual([null]);
  expect(store.faults.lookFor("other", {}, { after: null, limit: 10 }).rows).toHaveLength(1);
});
