// Queueing runs: the report and its job together, once for each idempotency key, at most a thousand waiting.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { NinesError } from "../../src/model/errors.ts";
import { MAX_WAITING_RUNS } from "../../src/store/runs.ts";
import { aRun, aStore, START, type TestStore } from "./aStore.ts";

const DAY = 86_400_000;
let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const withKey = (key: string, request = "a") => aRun({ idempotency: { key, request } });
const refusal = (call: () => unknown): NinesError => {
  try {
    call();
  } catch (error) {
    if (error instanceof NinesError) return error;
    throw error;
  }
  throw new Error("it was not refused");
};
const count = (table: string) =>
  (store.context.db.query(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;

test("a run stores one queued report and one job for it", () => {
  const id = store.runs.enqueue(aRun());
  expect(store.reports.get("acme", id)).toMatchObject({
    status: "queued",
    progress: 0,
    trigger: "on_demand",
  });
  expect(store.jobs.claim(1)).toMatchObject({ kind: "report", payload: { report_id: id }, attempts: 1 });
  expect([count("reports"), count("jobs")]).toEqual([1, 1]);
});

test("the same key and request give the first report, for just under 24 hours", () => {
  const first = store.runs.enqueue(withKey("k"));
  store.clock.nowMs = START + DAY - 1;
  expect(store.runs.enqueue(withKey("k"))).toBe(first);
  expect([count("reports"), count("jobs")]).toEqual([1, 1]);
  store.clock.nowMs = START + DAY;
  expect(store.runs.enqueue(withKey("k"))).not.toBe(first);
  expect(count("idempotency_keys")).toBe(1);
});

test("another request with the same key is refused and queues nothing", () => {
  store.runs.enqueue(withKey("k", "january"));
  const { reason, param } = refusal(() => store.runs.enqueue(withKey("k", "february")));
  expect([reason, param]).toEqual(["idempotency_key_reused", "Idempotency-Key"]);
  expect([count("reports"), count("jobs")]).toEqual([1, 1]);
});

test("a key whose report was deleted makes a new one", () => {
  const first = store.runs.enqueue(withKey("k"));
  store.reports.remove("acme", first);
  const second = store.runs.enqueue(withKey("k"));
  expect(second).not.toBe(first);
  expect(store.runs.enqueue(withKey("k"))).toBe(second);
});

test("keys belong to a workspace", () => {
  const first = store.runs.enqueue(withKey("k", "january"));
  const other = store.runs.enqueue({ ...withKey("k", "february"), workspace: "other" });
  expect(other).not.toBe(first);
});

test("the same key still gives the first report when the workspace is full", () => {
  const first = store.runs.enqueue(withKey("k"));
  for (let i = 1; i < MAX_WAITING_RUNS; i++) store.runs.enqueue(aRun());
  expect(store.runs.enqueue(withKey("k"))).toBe(first);
});

test("a thousand runs wait in a workspace; one more is refused until one is done", () => {
  const [first = ""] = Array.from({ length: MAX_WAITING_RUNS }, () => store.runs.enqueue(aRun()));
  const { reason, headers } = refusal(() => store.runs.enqueue(withKey("late")));
  expect([reason, headers["Retry-After"]]).toEqual(["too_many_queued_runs", "30"]);
  expect([MAX_WAITING_RUNS, count("reports"), count("jobs"), count("idempotency_keys")]).toEqual([
    1000, 1000, 1000, 0,
  ]);
  expect(store.runs.enqueue(aRun({ workspace: "other" }))).toStartWith("rpt_");
  store.reports.fail(first, "boom");
  expect(store.runs.enqueue(withKey("late"))).toStartWith("rpt_");
});

test("running reports count as waiting", () => {
  const ids = Array.from({ length: MAX_WAITING_RUNS }, () => store.runs.enqueue(aRun()));
  for (const id of ids.slice(0, 10)) store.reports.showProgress(id, 0.5);
  expect(refusal(() => store.runs.enqueue(aRun())).reason).toBe("too_many_queued_runs");
});
