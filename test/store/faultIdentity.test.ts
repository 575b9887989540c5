// What a fault without an external id is recognised by, as it is written now and as it was before.
import { expect, test } from "bun:test";
import { formerIdentity, naturalIdentity } from "../../src/store/faultIdentity.ts";
import { type ImportedFault, storeFaults } from "../../src/store/faultImport.ts";
import { storeWithSites, WORKSPACE } from "../ingest/freshStore.ts";

const START = Date.parse("2026-02-17T15:30:55Z");
const aFault: ImportedFault = {
  ...{ site: "Bern", siteId: undefined, resourceId: undefined, type: undefined, severity: undefined },
  ...{ cause: "power", message: undefined, externalId: null, startedAtMs: START, resolvedAtMs: null },
};

/** A store with a fault whose identity an older Nines wrote. */
function storeOfOlderNines() {
  const store = storeWithSites("Bern");
  storeFaults(store.context, WORKSPACE, [aFault]);
  const { seq, site_seq, cause_seq } = store.db
    .query("SELECT seq, site_seq, cause_seq FROM faults")
    .get() as { seq: number; site_seq: number; cause_seq: number };
  const key = { siteSeq: site_seq, linkSeq: null, type: "site", startedAtMs: START, causeSeq: cause_seq };
  store.db.run("UPDATE faults SET identity = ? WHERE seq = ?", [formerIdentity(key), seq]);
  const identities = () => store.db.query("SELECT identity FROM faults ORDER BY seq").values().flat();
  return { ...store, key, identities };
}

test("an import recognises a fault by its former identity, and renews it", () => {
  const { context, key, identities } = storeOfOlderNines();
  expect(identities()).toEqual([`n:${key.siteSeq}::${START}:${key.causeSeq}:site`]);
  const outcomes = storeFaults(context, WORKSPACE, [aFault, { ...aFault, resolvedAtMs: START + 1 }]);
  expect(outcomes).toEqual(["unchanged", "updated"]);
  expect(identities()).toEqual([naturalIdentity(key)]);
});

test("a second fault with the same key is recognised as such beside a former identity", () => {
  const { faults, sites, key, identities } = storeOfOlderNines();
  const site_id = sites.list(WORKSPACE, {} as never, { page: 1, perPage: 1 }).data[0]?.id as string;
  const second = faults.create(WORKSPACE, {
    site_id,
    created_at: "2026-02-17T15:30:55Z",
    cause: "power",
  });
  expect(identities()).toEqual([formerIdentity(key), null]);
  faults.update(WORKSPACE, second.id, { cause: "fibre" });
  expect(identities()[1]).toStartWith(`t:${START}:`);
});

test("whether former identities are there is asked of the index", () => {
  const { db } = storeOfOlderNines();
  const sql = "SELECT 1 FROM faults WHERE workspace = ? AND identity >= 'n:' AND identity < 'n;' LIMIT 1";
  expect(JSON.stringify(db.query(`EXPLAIN QUERY PLAN ${sql}`).all(""))).toContain(
    "faults_identity (workspace=? AND identity>? AND identity<?)",
  );
});
