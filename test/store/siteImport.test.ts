// The store's side of the site import: outcomes in order, and fields that a row does not give stay.
import { expect, test } from "bun:test";
import type { SiteInput } from "../../src/model/site.ts";
import { storeSites } from "../../src/store/siteImport.ts";
import { freshStore, WORKSPACE } from "../ingest/freshStore.ts";

test("outcomes stand in the order of the rows, also for rows of one site in one batch", () => {
  const { context } = freshStore();
  const store = (sites: SiteInput[]) => storeSites(context, WORKSPACE, sites);
  expect(
    store([
      { name: "Bern" },
      { name: "Bern", address: "x" },
      { name: "Bern", address: "x" },
      { name: "Bern", external_id: "b" },
      { name: "Bern" },
    ]),
  ).toEqual([
    "created",
    "updated",
    "unchanged",
    "created",
    { param: "name", reason: "'Bern' names several sites; tell them apart by external_id" },
  ]);
});

test("fields that a row does not give stay, and null empties one", () => {
  const { context, sites } = freshStore();
  const store = (sites: SiteInput[]) => storeSites(context, WORKSPACE, sites);
  const full = {
    name: "Bern",
    external_id: "b",
    address: "x",
    tags: { A: "x" },
    monitored_since: "2026-01-01T00:00:00.000Z",
    wan_links: [{ name: "fibre", isp: "y" }],
  };
  const read = () => sites.list(WORKSPACE, {}, { page: 1, perPage: 1 }).data[0];
  store([full]);
  const before = read();
  expect(
    store([
      { name: "Bern", external_id: "b" },
      { name: "Bern", external_id: "b", wan_links: [] },
    ]),
  ).toEqual(["unchanged", "unchanged"]);
  expect(read()).toEqual(before as NonNullable<typeof before>);
  expect(store([{ name: "Bern", external_id: "b", address: null, monitored_since: null, tags: {} }])).toEqual(
    ["updated"],
  );
  expect(read()).toMatchObject({
    address: null,
    monitored_since: null,
    tags: {},
    wan_links: [{ name: "fibre", isp: "y" }],
  });
});

test("a link keeps its id, and with it its faults, when an import changes it", () => {
  const { context, sites } = freshStore();
  const site = sites.create(WORKSPACE, { name: "Bern", wan_links: [{ name: "fibre" }] });
  storeSites(context, WORKSPACE, [{ name: "Bern", wan_links: [{ name: "fibre", isp: "x" }] }]);
  expect(sites.get(WORKSPACE, site.id)?.wan_links).toEqual([
    { id: site.wan_links[0]?.id as string, name: "fibre", isp: "x" },
  ]);
});

test("sites of another workspace are neither found nor changed", () => {
  const { context, sites } = freshStore();
  const theirs = sites.create("other", { name: "Bern", external_id: "b" });
  expect(storeSites(context, WORKSPACE, [{ name: "Berne", external_id: "b" }])).toEqual(["created"]);
  expect(sites.get("other", theirs.id)?.name).toBe("Bern");
});
