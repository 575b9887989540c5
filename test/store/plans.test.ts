// Queries that must be quick whatever is stored: which index serves each, as SQLite plans it.
import { afterAll, expect, test } from "bun:test";
import { LONG_SPANS_SQL, RECENT_SPANS_SQL, readFaultSpans } from "../../src/store/faultSpans.ts";
import type { FaultCursor, FaultFilter } from "../../src/store/faultWalk.ts";
import { CLAIM_DUE_SQL, CLAIM_EXPIRED_SQL, CLAIM_SUSPECT_SQL } from "../../src/store/jobClaims.ts";
import { maintenanceWindowsTouching } from "../../src/store/maintenanceWindows.ts";
import { REPORT_FAULTS_SQL, readReportFaults } from "../../src/store/reportFaults.ts";
import { aRun, aStore, SETTINGS, START } from "./aStore.ts";

const WINDOW = { startMs: START, endMs: START + 1 };
const PAGE = { page: 1, perPage: 50 };
const store = aStore();
const { db } = store.context;
afterAll(() => store.close());

/** The statements that a call prepares, in their order. */
function statementsOf(call: () => unknown): string[] {
  const seen: string[] = [];
  const spy = (real: (sql: string) => unknown) => (sql: string) => {
    seen.push(sql);
    return real.call(db, sql);
  };
  const { query, prepare } = db;
  Object.assign(db, { query: spy(query), prepare: spy(prepare) });
  try {
    call();
  } finally {
    Object.assign(db, { query, prepare });
  }
  return seen;
}

/** Explaining leaves a statement that writes unfinished, which would keep others from committing. */
function planOf(sql: string): string[] {
  const explained = db.prepare<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`);
  const steps = explained.all();
  explained.finalize();
  return steps.map(({ detail }) => detail);
}
const plansOf = (call: () => unknown) => statementsOf(call).map(planOf);
const NO_SCAN = /^SCAN (faults|f|sites|reports|jobs|schedules|s)\b/;
const SORTED_APART = /TEMP B-TREE FOR ORDER BY/;

/** The plan reads nothing whole and sorts nothing that an index could give in order. */
function expectQuick(plan: string[], ...indexes: string[]): void {
  expect(plan.filter((step) => NO_SCAN.test(step))).toEqual([]);
  for (const index of indexes) expect(plan.join("\n")).toMatch(new RegExp(`INDEX ${index}\\b`));
}

test("the spy sees what a store prepares, and the rule can fail", () => {
  expect(statementsOf(() => db.query("SELECT 1"))).toEqual(["SELECT 1"]);
  expect(() => expectQuick(planOf("SELECT * FROM faults WHERE message = 'x'"))).toThrow();
});

test("recent faults of a site come out of its index", () => {
  expectQuick(planOf(RECENT_SPANS_SQL), "faults_site");
});

test("long faults come out of the small index of long faults", () => {
  expectQuick(planOf(LONG_SPANS_SQL), "faults_long");
});

test("no query of the readers scans the faults, with and without causes to leave out", () => {
  const plans = plansOf(() => {
    readFaultSpans({ db }, WINDOW, [1]);
    readFaultSpans({ db }, WINDOW, [1], [1]);
    readReportFaults({ db }, 1, WINDOW);
  });
  expect(plans.length).toBeGreaterThanOrEqual(5);
  for (const plan of plans) expectQuick(plan);
});

test("the faults of a report are read by both indexes of the site", () => {
  expectQuick(planOf(REPORT_FAULTS_SQL), "faults_site", "faults_long");
});

const CURSOR = { startedAtMs: START, seq: 5 };
test.each([
  ["of a workspace", {}, null, "faults_newest"],
  ["from a cursor on", {}, CURSOR, "faults_newest"],
  ["of one severity", { severity: "HIGH" }, null, "faults_newest"],
  ["that are open", { status: "unresolved" }, CURSOR, "faults_lasting"],
  ["that touch a window", { fromMs: START, toMs: START + 1 }, null, "faults_newest"],
  [
    "that reach into a window",
    { fromMs: START, toMs: START + 1 },
    { startedAtMs: 5, seq: 5 },
    "faults_lasting",
  ],
  ["of a site", { siteIds: ["x"] }, { startedAtMs: START, seq: 0 }, "faults_site"],
] as [string, FaultFilter, FaultCursor | null, string][])(
  "the list of faults %s goes along an index, and looks at a part of it",
  (_, filter, after, index) => {
    store.sites.create("acme", { name: "X" });
    db.run("UPDATE sites SET id = 'x' WHERE name = 'X' AND NOT EXISTS (SELECT 1 FROM sites WHERE id = 'x')");
    const prepared = statementsOf(() => store.faults.list("acme", filter, { after, limit: 50 }));
    const along = prepared.filter((sql) => /FROM faults INDEXED BY/.test(sql));
    for (const sql of along) expect(sql).toMatch(/ORDER BY started_at_ms DESC.*LIMIT (1 OFFSET )?\?/);
    expect(along.join()).toContain(index);
    const inOrder = along.map(
      (sql) =>
        sql.match(
          /SELECT (?:\*|started_at_ms, seq|seq, started_at_ms) FROM faults.*?LIMIT (?:1 OFFSET )?\?/s,
        )?.[0],
    );
    for (const sql of inOrder) {
      expectQuick(planOf(sql ?? ""));
      expect(planOf(sql ?? "").filter((step) => SORTED_APART.test(step))).toEqual([]);
    }
  },
);

test("faults that start at once are found by their place among them, not by going through all", () => {
  const ties = statementsOf(() => store.faults.list("acme", {}, { after: CURSOR, limit: 50 }));
  expect(planOf(ties.find((sql) => sql.includes("OFFSET")) ?? "").join()).toContain(
    "started_at_ms=? AND seq<?",
  );
});

test.each([
  ["sites", () => store.sites.list("acme", {}, PAGE), "sites_newest"],
  ["schedules", () => store.schedules.list("acme", {}, PAGE), "schedules_newest"],
  ["business hours", () => store.businessHours.list("acme", PAGE), "business_hours_newest"],
  ["maintenance windows", () => store.maintenanceWindows.list("acme", PAGE), "maintenance_windows_newest"],
  ["reports", () => store.reports.list("acme", {}, PAGE), "reports_newest"],
] as const)("the list of %s goes along its index and sorts nothing", (_, list, index) => {
  const plans = plansOf(list);
  expect(plans.length).toBeGreaterThanOrEqual(2);
  const listed = plans.find((plan) => plan.join().includes(index));
  expectQuick(listed ?? [], index);
  // The few deliveries of a page are put in order apart.
  const own = plans.filter((plan) => !plan.join().includes("SEARCH deliveries"));
  for (const plan of own) expect(plan.filter((step) => SORTED_APART.test(step))).toEqual([]);
});

test("maintenance that touches a window is found by its end", () => {
  const [plan = []] = plansOf(() => maintenanceWindowsTouching(store.context, "acme", START, START + 1));
  expectQuick(plan, "maintenance_windows_end");
});

test("claiming takes the next due job and the next expired lease out of small indexes", () => {
  expectQuick(planOf(CLAIM_DUE_SQL), "jobs_waiting");
  expect(planOf(CLAIM_DUE_SQL).join("\n")).toMatch(/jobs_waiting \(kind=\? AND workspace>\?\)/);
  expectQuick(planOf(CLAIM_EXPIRED_SQL), "jobs_leased");
  expectQuick(planOf(CLAIM_SUSPECT_SQL), "jobs_suspect");
  const looks = plansOf(() => store.jobs.isDue(["report"]));
  for (const [index, name] of ["jobs_of_kind_due", "jobs_leased"].entries())
    expectQuick(looks[index] ?? [], name);
  expect(planOf(CLAIM_EXPIRED_SQL).filter((step) => SORTED_APART.test(step))).toEqual([]);
});

test("the next due time is the first entry of an index", () => {
  const [plan = []] = plansOf(() => store.jobs.nextDueMs());
  expectQuick(plan, "jobs_due");
});

test("a run counts what waits, and finds its idempotency key, by index", () => {
  const { id } = store.schedules.create("acme", SETTINGS);
  const snapshot = store.schedules.snapshot("acme", id);
  if (!snapshot) throw new Error("the schedule was stored");
  const run = aRun({ scheduleId: id, snapshot, idempotency: { key: "k", request: "r" } });
  const prepared = statementsOf(() => store.runs.enqueue(run));
  const reading = prepared.filter((sql) => /count\(\*\) AS waiting|FROM idempotency_keys k/.test(sql));
  expect(reading).toHaveLength(2);
  for (const sql of reading)
    expect(planOf(sql).join()).toMatch(/^SEARCH .*(INDEX reports_(waiting|newest)|PRIMARY KEY)/);
});

test("a schedule's last report is the first entry of an index", () => {
  const { id } = store.schedules.create("acme", SETTINGS);
  const prepared = statementsOf(() => store.schedules.get("acme", id));
  const last = prepared.find((sql) => sql.includes("FROM reports WHERE schedule_id"));
  expectQuick(planOf(last ?? ""), "reports_schedule");
  expect(planOf(last ?? "").filter((step) => SORTED_APART.test(step))).toEqual([]);
});

test("what is expired is found shelf by shelf along one index, and sorted by it", () => {
  const scheduleId = "sla_none";
  store.retention.replaceSettings("acme", { retention_days: 1, retention_count: 1 });
  const kept = store.runs.enqueue(aRun({ scheduleId }));
  db.run("UPDATE reports SET status = 'completed' WHERE id = ?", [kept]);
  const plans = plansOf(() => {
    store.retention.shelfAfter(null);
    const shelf = { workspace: "acme", scheduleId, trigger: "on_demand" } as const;
    expect(store.retention.removeExpired(shelf, 10)).toEqual([]);
  });
  const ofReports = plans.filter((plan) => plan.join().includes("reports_kept"));
  expect(ofReports).toHaveLength(7);
  expect(ofReports[0]?.join()).toMatch(/\(\(?workspace,schedule_id,trigger\)?>/);
  for (const plan of ofReports) {
    expectQuick(plan, "reports_kept");
    expect(plan.filter((step) => SORTED_APART.test(step))).toEqual([]);
  }
});

test("everything is found by its id through a unique index", () => {
  for (const get of [
    () => store.sites.get("acme", "x"),
    () => store.faults.get("acme", "x"),
    () => store.schedules.get("acme", "x"),
    () => store.reports.get("acme", "x"),
  ]) {
    for (const plan of plansOf(get)) expectQuick(plan);
  }
});

test("links of a report, of a message, and those that are over are found by index", () => {
  const reportId = store.runs.enqueue(aRun());
  const order = { reportId, artefact: "pdf", expiresAtMs: START + 60_000 } as const;
  const plans = plansOf(() => {
    store.links.create("acme", { ...order, maker: { subject: "ada" } });
    store.links.create("acme", { ...order, maker: { deliveryId: "dlv_1", round: 1 } });
    store.links.list("acme", { reportId, longestMs: 60_000 }, PAGE);
    store.links.works("lnk_1", 60_000);
    store.links.revoke("acme", { reportId, linkId: "lnk_1" });
  });
  const steps = plans.flat();
  expect(steps.filter((step) => /^SCAN links/.test(step) || SORTED_APART.test(step))).toEqual([]);
  for (const index of ["links_newest", "links_delivery", "links_expired"])
    expect(steps.join("\n")).toMatch(new RegExp(`INDEX ${index}\\b`));
});
