// How often groups are tested, and how many messages a workspace may have waiting.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { NinesError } from "../../src/model/errors.ts";
import { enqueuePeriodOnce } from "../../src/store/runs.ts";
import { MAX_WAITING_DELIVERIES, WAITING_DELIVERIES_SQL } from "../../src/store/waitingDeliveries.ts";
import { aRun, aStore, SETTINGS, type TestStore } from "./aStore.ts";

const GROUP = { name: "Operations", emails: ["ops@example.com", "noc@example.com"], webhooks: [] };
const JANUARY = { fromDate: "2026-01-01", toDate: "2026-01-31" };

let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const aGroup = () => store.notificationGroups.create("acme", GROUP).id;
const testOf = (group: string) => store.deliveries.enqueueTest("acme", group);

/** The code and Retry-After of what a call is refused with; null when it is not. */
function refusalOf(call: () => unknown): [code: string, retryAfter: string | undefined] | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof NinesError) return [error.reason, error.headers["Retry-After"]];
    throw error;
  }
}

/** So many messages of a workspace that wait. */
function waiting(count: number, workspace = "acme"): void {
  store.context.db
    .query(
      `INSERT INTO jobs (id, kind, workspace, payload, state, run_at_ms, created_at_ms)
       WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
       SELECT 'job_of_' || ? || n, 'delivery', ?, '{}', 'queued', 0, 0 FROM n`,
    )
    .run(count, workspace, workspace);
}

/** A run on demand of a schedule with these settings. */
function run(changes: Partial<typeof SETTINGS> = {}): string {
  const schedule = store.schedules.create("acme", { ...SETTINGS, ...changes });
  const snapshot = store.schedules.snapshot("acme", schedule.id);
  if (!snapshot) throw new Error("there is no such schedule");
  return store.runs.enqueue(aRun({ scheduleId: schedule.id, snapshot }));
}

test("a group is tested once a minute, to the second, whatever became of the test before", () => {
  const group = aGroup();
  testOf(group);
  expect(refusalOf(() => testOf(group))).toEqual(["too_many_tests", "60"]);
  store.clock.nowMs += 59_001;
  expect(refusalOf(() => testOf(group))).toEqual(["too_many_tests", "1"]);
  expect(store.notificationGroups.get("acme", group)?.last_test).toHaveLength(2);
  store.clock.nowMs += 999;
  expect(testOf(group)).toHaveLength(2);
});

test("another group may be tested meanwhile, and a clock that was set back holds up none", () => {
  const group = aGroup();
  testOf(group);
  expect(testOf(aGroup())).toHaveLength(2);
  store.clock.nowMs -= 3_600_000;
  expect(testOf(group)).toHaveLength(2);
});

test("what refuses a test leaves the test before as it is", () => {
  const group = aGroup();
  const before = testOf(group);
  store.clock.nowMs += 60_000;
  const refuse = () => {
    throw new NinesError("too_many_tests", { message: "not now" });
  };
  expect(refusalOf(() => store.deliveries.enqueueTest("acme", group, refuse))?.[0]).toBe("too_many_tests");
  expect(store.notificationGroups.get("acme", group)?.last_test).toEqual(before as never);
});

test("a full workspace refuses tests, sending again, and runs of schedules that name somebody", () => {
  const report = run({ recipients: ["boss@example.com"] });
  const group = aGroup();
  waiting(MAX_WAITING_DELIVERIES);
  const refused = ["too_many_queued_deliveries", "60"];
  expect(refusalOf(() => testOf(group))).toEqual(refused as never);
  expect(refusalOf(() => store.deliveries.resend("acme", report, undefined))).toEqual(refused as never);
  expect(refusalOf(() => run({ recipients: ["boss@example.com"] }))).toEqual(refused as never);
  expect(refusalOf(() => run({ notification_group: group }))).toEqual(refused as never);
  expect(refusalOf(() => run())).toBeNull();
});

test("a full workspace still delivers every report that its schedules make", () => {
  const id = run({ recipients: ["boss@example.com"] });
  waiting(MAX_WAITING_DELIVERIES);
  const snapshot = store.schedules.snapshot("acme", store.reports.order(id)?.scheduleId ?? "");
  if (!snapshot) throw new Error("there is no such schedule");
  const period = { ...aRun({ snapshot }), ...JANUARY, trigger: "monthly" as const };
  const made = enqueuePeriodOnce(store.context, period) ?? "";
  expect(store.deliveries.enqueueReport("acme", made)).toBe(1);
});

test("one message fewer, or another workspace's, is no reason to refuse", () => {
  const group = aGroup();
  waiting(MAX_WAITING_DELIVERIES - 1);
  waiting(MAX_WAITING_DELIVERIES, "other");
  expect(testOf(group)).toHaveLength(2);
});

test("waiting messages are counted along an index", () => {
  const explained = store.context.db.prepare<{ detail: string }, []>(
    `EXPLAIN QUERY PLAN ${WAITING_DELIVERIES_SQL}`,
  );
  const plan = explained.all().map(({ detail }) => detail);
  explained.finalize();
  expect(plan.join("\n")).toContain("USING COVERING INDEX jobs_waiting");
});
