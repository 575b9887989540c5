// A site with many faults: gone at once for everybody, and its faults some at a time.
import { afterAll, expect, test } from "bun:test";
import { storeFaults } from "../../src/store/faultImport.ts";
import { aStore, START } from "./aStore.ts";

const store = aStore();
const { db } = store.context;
afterAll(() => store.close());

const MANY = 1_100;
const page = { page: 1, perPage: 100 };
const imported = (siteId: string, externalId: string) => ({
  site: undefined,
  siteId,
  resourceId: undefined,
  type: undefined,
  severity: undefined,
  cause: undefined,
  message: undefined,
  externalId,
  startedAtMs: START,
  resolvedAtMs: START + 1,
});
const rowsOf = (table: string) =>
  (db.query(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;

function aSiteWith(faults: number): string {
  const { id } = store.sites.create("acme", { name: "Bern", external_id: "brn" });
  storeFaults(
    store.context,
    "acme",
    Array.from({ length: faults }, (_, index) => imported(id, `${index}`)),
  );
  return id;
}

function erase(): number {
  for (let steps = 0; ; steps++) if (!store.sites.removeLeft()) return steps;
}

test("it and its faults are gone for whoever looks, and what they were called is free again", () => {
  const id = aSiteWith(MANY);
  const fault = store.faults.list("acme", {}, { after: null, limit: 1 }).data[0]?.id as string;
  store.maintenanceWindows.create("acme", {
    name: "Upgrade",
    starts_at: "2026-01-01T00:00:00Z",
    ends_at: "2026-01-02T00:00:00Z",
    site_ids: [id],
  });
  expect(store.sites.remove("acme", id)).toBe(true);
  expect(rowsOf("faults")).toBe(MANY);
  expect(store.sites.remove("acme", id)).toBe(false);
  expect([store.sites.get("acme", id), store.sites.list("acme", {}, page).total]).toEqual([null, 0]);
  expect(store.maintenanceWindows.list("acme", page).data[0]?.site_ids).toEqual([]);
  expect(store.faults.list("acme", {}, { after: null, limit: 5 })).toMatchObject({ data: [], next: null });
  expect(store.faults.list("acme", { siteIds: [id] }, { after: null, limit: 5 }).data).toEqual([]);
  expect([store.faults.get("acme", fault), store.faults.remove("acme", fault)]).toEqual([null, false]);

  const next = store.sites.create("acme", { name: "Bern", external_id: "brn" }).id;
  expect(storeFaults(store.context, "acme", [imported(next, "7")])).toEqual(["created"]);
  expect(store.faults.create("acme", { site_id: next, external_id: "8" }).external_id).toBe("8");
  expect(erase()).toBeGreaterThan(2);
  expect([rowsOf("sites"), rowsOf("faults")]).toEqual([1, 2]);
  store.sites.remove("acme", next);
});

test("no step deletes many, and the last one the site", () => {
  store.sites.remove("acme", aSiteWith(MANY));
  let before = rowsOf("faults");
  while (store.sites.removeLeft()) {
    expect(before - rowsOf("faults")).toBeLessThanOrEqual(500);
    before = rowsOf("faults");
  }
  expect([rowsOf("sites"), rowsOf("faults"), store.sites.isAnyLeaving()]).toEqual([0, 0, false]);
});

test("one with few is deleted at once, and who may not delete faults deletes neither", () => {
  const id = aSiteWith(3);
  const refuse = () => {
    throw new Error("no");
  };
  expect(() => store.sites.remove("acme", id, refuse)).toThrow("no");
  expect([rowsOf("sites"), rowsOf("faults")]).toEqual([1, 3]);
  store.sites.remove("acme", id);
  expect([rowsOf("sites"), rowsOf("faults")]).toEqual([0, 0]);
  expect(store.sites.remove("acme", aSiteWith(0), refuse)).toBe(true);
});
