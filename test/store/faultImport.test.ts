// The SQL of the fault import: what serves it, what a batch remembers, what it leaves behind.
import { expect, test } from "bun:test";
import { type ImportedFault, storeFaults, withRareCheckpoints } from "../../src/store/faultImport.ts";
import { findSitesByName } from "../../src/store/sites.ts";
import { storeWithSites, WORKSPACE } from "../ingest/freshStore.ts";

const START = Date.parse("2026-02-17T15:30:55Z");

function aFault(fault: Partial<ImportedFault> = {}): ImportedFault {
  return {
    site: "Bern",
    siteId: undefined,
    resourceId: undefined,
    type: undefined,
    severity: undefined,
    cause: undefined,
    message: undefined,
    externalId: null,
    startedAtMs: START,
    resolvedAtMs: null,
    ...fault,
  };
}

test("outcomes stand in the order of the rows", () => {
  const { context } = storeWithSites("Bern");
  const store = (faults: ImportedFault[]) => storeFaults(context, WORKSPACE, faults);
  expect(store([aFault(), aFault({ site: "Thun" }), aFault(), aFault({ resolvedAtMs: START })])).toEqual([
    "created",
    { param: "site", reason: "'Thun' is neither the external_id nor the name of a site" },
    "unchanged",
    "updated",
  ]);
  expect(store([])).toEqual([]);
});

test("a fault that a request made is recognised", () => {
  const { context, faults, facts } = storeWithSites("Bern");
  const site_id = findSitesByName(context, WORKSPACE, "Bern")[0]?.id as string;
  const created_at = "2026-02-17T15:30:55Z";
  faults.create(WORKSPACE, { site_id, created_at, cause: "power" });
  faults.create(WORKSPACE, { site_id, created_at, external_id: "x" });
  const outcomes = storeFaults(context, WORKSPACE, [
    aFault({ cause: "power" }),
    aFault({ cause: "power", resolvedAtMs: START + 1 }),
    aFault({ externalId: "x" }),
    aFault({ externalId: "x", severity: "LOW" }),
  ]);
  expect(outcomes).toEqual(["unchanged", "updated", "unchanged", "updated"]);
  expect(facts()).toHaveLength(2);
});

test("a change is stamped with its time, no change is not", () => {
  const { context, faults, passTime } = storeWithSites("Bern");
  const store = (faults: ImportedFault[]) => storeFaults(context, WORKSPACE, faults);
  const stamps = () =>
    faults
      .lookFor(WORKSPACE, {}, { after: null, limit: 9 })
      .rows.map(({ updated_at_ms }) => updated_at_ms - context.now());
  store([aFault(), aFault({ externalId: "x" })]);
  passTime(1000);
  store([aFault(), aFault({ externalId: "x" })]);
  expect(stamps()).toEqual([-1000, -1000]);
  store([aFault({ resolvedAtMs: START }), aFault({ externalId: "x", cause: "c" })]);
  expect(stamps()).toEqual([0, 0]);
});

test("a batch that fails takes back its causes, and the next one makes them again", () => {
  const { context, db, facts } = storeWithSites("Bern");
  const store = (faults: ImportedFault[]) => storeFaults(context, WORKSPACE, faults);
  db.run(
    "CREATE TRIGGER bad BEFORE INSERT ON faults WHEN new.message = 'bad' BEGIN SELECT RAISE(ABORT, 'bad'); END",
  );
  expect(() => store([aFault({ cause: "power" }), aFault({ cause: "other", message: "bad" })])).toThrow(
    "bad",
  );
  expect(db.query("SELECT * FROM causes").all()).toEqual([]);
  expect(store([aFault({ cause: "power" })])).toEqual(["created"]);
  expect(facts().map(({ cause }) => cause)).toEqual(["power"]);
});

test("faults are found by the index of identities", () => {
  const { db } = storeWithSites();
  const plans = [
    "SELECT seq FROM faults WHERE workspace = ? AND identity = ?",
    "UPDATE faults SET resolved_at_ms = 1 WHERE workspace = ? AND identity = ? AND (resolved_at_ms IS NULL OR resolved_at_ms < 1)",
  ].map((sql) => JSON.stringify(db.query(`EXPLAIN QUERY PLAN ${sql}`).all("", "")));
  for (const plan of plans) expect(plan).toContain("faults_identity (workspace=? AND identity=?)");
});

test("checkpoints are rare while an import runs, and as usual after it, also when it fails", async () => {
  const { context, db } = storeWithSites();
  const pages = () => Object.values(db.query("PRAGMA wal_autocheckpoint").get() as object)[0];
  const usual = pages();
  await withRareCheckpoints(context, async () => expect(pages()).toBeGreaterThan(usual));
  expect(pages()).toBe(usual);
  const failing = withRareCheckpoints(context, () => Promise.reject(new Error("broken off")));
  await expect(failing).rejects.toThrow("broken off");
  expect(pages()).toBe(usual);
});

test("of imports at the same time the last one to end sets the checkpoints back", async () => {
  const { context, db } = storeWithSites();
  const pages = () => Object.values(db.query("PRAGMA wal_autocheckpoint").get() as object)[0];
  const usual = pages();
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const [first, second] = ends.map(({ promise }) => withRareCheckpoints(context, () => promise));
  ends[0]?.resolve();
  await first;
  expect(pages()).toBeGreaterThan(usual);
  ends[1]?.resolve();
  await second;
  expect(pages()).toBe(usual);
});
