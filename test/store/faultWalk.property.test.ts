// Lists of faults by bounded looks have what one look at everything has, in the same order, whatever is asked for.
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { FaultCursor, FaultFilter } from "../../src/store/faultWalk.ts";
import { examples } from "../support/chance.ts";
import { aStore, START } from "./aStore.ts";

const HOUR = 3_600_000;
const store = aStore();
const { db } = store.context;
afterAll(() => store.close());
const sites = ["a", "b", "c"].map((name) => store.sites.create("acme", { name }).id);
const foreign = store.sites.create("other", { name: "a" }).id;

const aFault = fc.record({
  site: fc.constantFrom(...sites),
  start: fc.integer({ min: 0, max: 6 }).map((step) => START + step * 12 * HOUR),
  hours: fc.constantFrom(null, 0, 1, 24, 25, 40 * 24),
  type: fc.constantFrom("site", "bgp"),
  severity: fc.constantFrom("LOW", "HIGH"),
});
const instant = fc.integer({ min: -1, max: 8 }).map((step) => START + step * 12 * HOUR);
const left = { nil: undefined };
const aFilter: fc.Arbitrary<FaultFilter> = fc.record({
  type: fc.option(fc.constantFrom("site", "bgp", "none"), left),
  severity: fc.option(fc.constantFrom("LOW", "HIGH"), left),
  status: fc.option(fc.constantFrom("resolved" as const, "unresolved" as const), left),
  siteIds: fc.option(fc.subarray([...sites, foreign, "site_x"]), left),
  fromMs: fc.option(instant, left),
  toMs: fc.option(instant, left),
});

/** All pages after one another. */
function paged(filter: FaultFilter, limit: number): string[] {
  const seen: string[] = [];
  let after: FaultCursor | null = null;
  for (let pages = 0; pages < 1_000; pages++) {
    const { data, next }: ReturnType<typeof store.faults.list> = store.faults.list("acme", filter, {
      after,
      limit,
    });
    seen.push(...data.map(({ id }) => id));
    if (next === null) return seen;
    after = next;
  }
  throw new Error("the list does not end");
}

function fill(faults: readonly (typeof aFault extends fc.Arbitrary<infer T> ? T : never)[]): void {
  db.run("DELETE FROM faults");
  for (const [index, { site, start, hours, type, severity }] of faults.entries())
    db.query(
      `INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, resolved_at_ms, updated_at_ms)
       VALUES (?, 'acme', (SELECT seq FROM sites WHERE id = ?), ?, ?, ?, ?, 0)`,
    ).run(`flt_${index}`, site, type, severity, start, hours === null ? null : start + hours * HOUR);
}

/** The list by its meaning. */
function plainly({ type, severity, status, siteIds, fromMs, toMs }: FaultFilter): string[] {
  return db
    .query<Record<string, never> & { id: string; site: string; s: number; e: number | null }, []>(
      `SELECT f.id, f.type, f.severity, s.id AS site, f.started_at_ms AS s, f.resolved_at_ms AS e
       FROM faults f JOIN sites s ON s.seq = f.site_seq ORDER BY f.started_at_ms DESC, f.seq DESC`,
    )
    .all()
    .filter(
      (row) =>
        (type === undefined || row["type"] === type) &&
        (severity === undefined || row["severity"] === severity) &&
        (status === undefined || (row.e === null) === (status === "unresolved")) &&
        (siteIds === undefined || siteIds.includes(row.site)) &&
        (fromMs === undefined || row.e === null || row.e > fromMs) &&
        (toMs === undefined || row.s < toMs),
    )
    .map(({ id }) => id);
}

test("pages of any length have every fault that fits once, newest first", () => {
  fc.assert(
    fc.property(
      fc.array(aFault, { maxLength: 30 }),
      aFilter,
      fc.integer({ min: 1, max: 6 }),
      (faults, filter, limit) => {
        fill(faults);
        expect(paged(filter, limit)).toEqual(plainly(filter));
      },
    ),
    examples(300),
  );
});

test("where nothing fits, a call looks at a part and says where to go on", () => {
  db.run("DELETE FROM faults");
  db.run(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7000)
     INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, resolved_at_ms, updated_at_ms)
     SELECT 'flt_' || i, 'acme', 1, 'site', 'LOW', ${START} + i / 4000, ${START} + 9, 0 FROM n`,
  );
  for (const filter of [{ severity: "HIGH" }, { type: "none" }, { severity: "HIGH", siteIds: sites }]) {
    const part = store.faults.list("acme", filter, { after: null, limit: 50 });
    expect(part.data).toEqual([]);
    expect(part.looked).toBeGreaterThan(0);
    expect(part.looked).toBeLessThan(4_000);
    expect(part.next).not.toBeNull();
    expect(paged(filter, 50)).toEqual([]);
  }
  // What is not open, or did not last, is not looked at.
  for (const filter of [{ status: "unresolved" as const }, { fromMs: START + 100_000_000 }])
    expect(store.faults.list("acme", filter, { after: null, limit: 50 })).toMatchObject({
      looked: 0,
      next: null,
    });
  expect(paged({ severity: "LOW" }, 3_000)).toHaveLength(7_000);
});
