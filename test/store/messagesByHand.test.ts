// How many messages requests may ask for: sending again, tests and runs on demand.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { NinesError } from "../../src/model/errors.ts";
import { MESSAGES_PER_HOUR } from "../../src/store/messagesByHand.ts";
import { enqueuePeriodOnce } from "../../src/store/runs.ts";
import { completeReport } from "../http/openapi/deliverySession.ts";
import { aRun, aStore, SETTINGS, START, type TestStore } from "./aStore.ts";

const FIFTY = Array.from({ length: 50 }, (_, index) => `u${index}@example.com`);

let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

/** A snapshot of a schedule that names so many. */
function snapshotOf(recipients: string[]) {
  const { id } = store.schedules.create("acme", { ...SETTINGS, recipients });
  const snapshot = store.schedules.snapshot("acme", id);
  if (!snapshot) throw new Error("there is no such schedule");
  return { scheduleId: id, snapshot };
}

/** A finished report that was sent to so many a moment ago. */
function sentReport(recipients: string[]) {
  const of = aRun({ ...snapshotOf(recipients), trigger: "monthly" });
  const report = enqueuePeriodOnce(store.context, of) ?? "";
  completeReport(store, report);
  store.deliveries.enqueueReport("acme", report);
  const ids = store.reports.get("acme", report)?.deliveries.map(({ id }) => id) ?? [];
  ids.forEach(markSent);
  return { report, ids };
}
function markSent(id: string): void {
  store.deliveries.begin(id);
  store.deliveries.markSent(id);
}

/** The code and Retry-After of what a call is refused with; null when it is not. */
function refusalOf(call: () => unknown): unknown {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof NinesError) return [error.reason, error.headers["Retry-After"]];
    throw error;
  }
}

test("what was sent within the last minute is not sent again, to the second", () => {
  const { report, ids } = sentReport(["a@example.com", "b@example.com"]);
  const again = () => store.deliveries.resend("acme", report, ids.slice(0, 1));
  expect(refusalOf(again)).toEqual(["too_many_messages", "60"]);
  store.clock.nowMs += 59_001;
  expect(refusalOf(again)).toEqual(["too_many_messages", "1"]);
  store.clock.nowMs += 999;
  expect(again()).toHaveLength(1);
  markSent(ids[0] ?? "");
  expect(refusalOf(again)).toEqual(["too_many_messages", "60"]);
});

test("what failed is sent again at once, but a second time only after a minute", () => {
  const { report, ids } = sentReport(["a@example.com"]);
  store.context.db.run("UPDATE deliveries SET state = 'failed', sent_at_ms = NULL");
  const again = () => store.deliveries.resend("acme", report, undefined);
  expect(again()).toHaveLength(1);
  store.clock.nowMs += 10_000;
  store.deliveries.begin(ids[0] ?? "");
  store.deliveries.markFailed(ids[0] ?? "", "no such user");
  expect(refusalOf(again)).toEqual(["too_many_messages", "50"]);
  store.clock.nowMs = START - 3_600_000;
  expect(refusalOf(again)).toBeNull();
});

test("messages asked for are counted together, each address, and come back within an hour", () => {
  const group = store.notificationGroups.create("acme", { name: "Ops", emails: FIFTY, webhooks: [] }).id;
  const { report, ids } = sentReport(FIFTY);
  const named = snapshotOf(FIFTY);
  store.clock.nowMs += 60_000;
  store.deliveries.resend("acme", report, ids);
  store.deliveries.enqueueTest("acme", group);
  const run = () => store.runs.enqueue(aRun(named));
  for (let asked = 100; asked < MESSAGES_PER_HOUR; asked += 50) run();
  expect(refusalOf(run)).toEqual(["too_many_messages", "2"]);
  expect(refusalOf(() => store.runs.enqueue(aRun(snapshotOf([]))))).toBeNull();
  expect(refusalOf(() => store.runs.enqueue(aRun({ ...named, workspace: "other" })))).toBeNull();
  store.clock.nowMs += 60_000;
  ids.forEach(markSent);
  store.clock.nowMs += 60_000;
  expect(refusalOf(() => store.deliveries.resend("acme", report, ids))).toBeNull();
  store.clock.nowMs += 60_000;
  expect(refusalOf(() => store.deliveries.enqueueTest("acme", group))).toBeNull();
});

test("reports of schedules are delivered whatever was asked for", () => {
  const run = () => store.runs.enqueue(aRun(snapshotOf(FIFTY)));
  for (let asked = 0; asked < MESSAGES_PER_HOUR; asked += 50) run();
  expect(refusalOf(run)).toEqual(["too_many_messages", "2"]);
  expect(sentReport(FIFTY).ids).toHaveLength(50);
});
