// What sites left behind is erased beside everything else: also what an earlier process left, and after a trouble.
import { afterAll, expect, test } from "bun:test";
import { startEraser } from "../../src/jobs/eraser.ts";
import { aStore } from "../store/aStore.ts";

const store = aStore();
const { db } = store.context;
afterAll(() => store.close());

/** A site that left with more faults than one step deletes. */
function aSiteLeaves(): void {
  const { id } = store.sites.create("acme", { name: "Bern" });
  db.run(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
     INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, updated_at_ms)
     SELECT '${id}' || i, 'acme', (SELECT seq FROM sites WHERE id = '${id}'), 'site', 'LOW', i, 0 FROM n`,
  );
  store.sites.remove("acme", id);
}

const erased = async () => {
  while (store.sites.isAnyLeaving()) await Bun.sleep(1);
};

test("it begins with what was left before, and goes on when it is woken", async () => {
  aSiteLeaves();
  const eraser = startEraser({ store, log: () => {} });
  await erased();
  aSiteLeaves();
  eraser.wake();
  await erased();
  await Bun.sleep(1);
  eraser.wake(); // with nothing to do
  aSiteLeaves();
  eraser.wake();
  await erased();
  expect(db.query("SELECT count(*) AS count FROM faults").get()).toEqual({ count: 0 });
  await eraser.stop();
});

test("it is woken after it had nothing to do from the start", async () => {
  const eraser = startEraser({ store, log: () => {} });
  await Bun.sleep(1);
  aSiteLeaves();
  eraser.wake();
  await erased();
  await eraser.stop();
});

test("others have their turn between two steps, and a stop ends it", async () => {
  aSiteLeaves();
  const eraser = startEraser({ store, log: () => {} });
  await eraser.stop();
  expect(store.sites.isAnyLeaving()).toBe(true);
  eraser.wake();
  await Bun.sleep(1);
  expect(store.sites.isAnyLeaving()).toBe(true);
});
