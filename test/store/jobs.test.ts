// The job table: claiming, leases, retries, keys that keep a job from being queued twice.
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Job } from "../../src/store/jobs.ts";
import { aStore, START, type TestStore } from "./aStore.ts";

const LEASE = 60_000;
let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const enqueue = (name: string, dedupeKey: string | null = null) =>
  store.jobs.enqueue({ kind: "report", workspace: "acme", payload: { name }, dedupeKey });
const claimed = (): Job => {
  const job = store.jobs.claim(LEASE);
  if (!job) throw new Error("there is nothing to claim");
  return job;
};
const stateOf = (job: Job) =>
  store.context.db.query("SELECT state, attempts, error, lease_until_ms FROM jobs WHERE id = ?").get(job.id);

test("jobs are claimed in the order they were queued, also within a millisecond", () => {
  for (const name of ["a", "b", "c"]) enqueue(name);
  expect([claimed(), claimed(), claimed()].map(({ payload }) => payload["name"])).toEqual(["a", "b", "c"]);
});

test("a claimed job is not claimed again while its lease runs", () => {
  enqueue("a");
  claimed();
  store.clock.nowMs += LEASE - 1;
  expect(store.jobs.claim(LEASE)).toBeNull();
});

test("a job whose lease has run out is claimed again, as another attempt", () => {
  enqueue("a");
  const first = claimed();
  store.clock.nowMs += LEASE;
  const second = claimed();
  expect(second).toMatchObject({ id: first.id, attempts: 2 });
  expect(second.claim).not.toBe(first.claim);
});

test("who lost the lease can neither renew, end, postpone nor release the job", () => {
  enqueue("a");
  const late = claimed();
  store.clock.nowMs += LEASE;
  const current = claimed();
  expect(store.jobs.renew(late, LEASE)).toBe(false);
  expect(store.jobs.finish(late, "succeeded", null)).toBe(false);
  expect(store.jobs.retryLater(late, 0, "late")).toBe(false);
  expect(store.jobs.release(late)).toBe(false);
  expect(store.jobs.finish(current, "succeeded", null)).toBe(true);
});

test("a renewed lease runs from the renewal", () => {
  enqueue("a");
  const job = claimed();
  store.clock.nowMs += LEASE - 1;
  expect(store.jobs.renew(job, LEASE)).toBe(true);
  store.clock.nowMs += LEASE - 1;
  expect(store.jobs.claim(LEASE)).toBeNull();
  store.clock.nowMs += 1;
  expect(claimed().id).toBe(job.id);
});

test("a job ends once", () => {
  enqueue("a");
  const job = claimed();
  expect(store.jobs.finish(job, "succeeded", null)).toBe(true);
  expect(store.jobs.finish(job, "failed", "late")).toBe(false);
  store.clock.nowMs += 10 * LEASE;
  expect(store.jobs.claim(LEASE)).toBeNull();
  expect(stateOf(job)).toEqual({ state: "succeeded", attempts: 1, error: null, lease_until_ms: null });
});

test("a postponed job is claimed when its time has come, not a millisecond earlier", () => {
  enqueue("a");
  store.jobs.retryLater(claimed(), 5000, "the disk was full");
  expect(store.jobs.nextDueMs()).toBe(START + 5000);
  store.clock.nowMs += 4999;
  expect(store.jobs.claim(LEASE)).toBeNull();
  store.clock.nowMs += 1;
  expect(claimed().attempts).toBe(2);
});

test("a postponed job lets others pass", () => {
  enqueue("a");
  store.jobs.retryLater(claimed(), 5000, "boom");
  store.clock.nowMs += 1;
  enqueue("b");
  expect(claimed().payload["name"]).toBe("b");
});

test("a released job is as if it had not been started", () => {
  enqueue("a");
  const job = claimed();
  expect(store.jobs.release(job)).toBe(true);
  expect(stateOf(job)).toEqual({ state: "queued", attempts: 0, error: null, lease_until_ms: null });
  expect(claimed().attempts).toBe(1);
});

test("a key queues one job, also when that job has ended", () => {
  expect(enqueue("a", "schedule january")).toBe(true);
  expect(enqueue("b", "schedule january")).toBe(false);
  expect(enqueue("c", "schedule february")).toBe(true);
  store.jobs.finish(claimed(), "succeeded", null);
  expect(enqueue("d", "schedule january")).toBe(false);
  expect(claimed().payload["name"]).toBe("c");
  expect(store.jobs.claim(LEASE)).toBeNull();
});

test("jobs without a key are all queued", () => {
  expect([enqueue("a"), enqueue("a")]).toEqual([true, true]);
});

test("after a restart what was running waits again, and no attempt was counted", () => {
  for (const name of ["a", "b"]) enqueue(name);
  const ids = [claimed().id, claimed().id];
  expect(store.jobs.claim(LEASE)).toBeNull();
  expect(store.jobs.takeUpInterrupted()).toEqual([
    { kind: "report", payload: { name: "a" } },
    { kind: "report", payload: { name: "b" } },
  ]);
  const again = claimed();
  expect(again.attempts).toBe(1);
  store.jobs.finish(again, "succeeded", null);
  expect([again.id, claimed().id].sort()).toEqual(ids.sort());
});

test("the next due time is that of the queued job that is due first", () => {
  expect(store.jobs.nextDueMs()).toBeNull();
  enqueue("a");
  expect(store.jobs.nextDueMs()).toBe(START);
  claimed();
  expect(store.jobs.nextDueMs()).toBeNull();
});

test("the depth counts what waits and what runs, and how old the oldest waiting job is", () => {
  for (const name of ["a", "b", "c"]) enqueue(name);
  store.jobs.finish(claimed(), "succeeded", null);
  claimed();
  store.clock.nowMs += 7000;
  expect(store.jobs.depth()).toEqual({ queued: 1, running: 1, oldestAgeMs: 7000 });
});

test("ended jobs are forgotten after a while, the others never", () => {
  for (const name of ["old", "new", "running", "waiting"]) enqueue(name);
  store.jobs.finish(claimed(), "failed", "boom");
  store.clock.nowMs += 1000;
  store.jobs.finish(claimed(), "failed", "bang");
  claimed();
  expect(store.jobs.forgetFinished(START + 1000)).toBe(1);
  const failed = store.context.db.query("SELECT error FROM jobs WHERE state = 'failed'").all();
  expect(failed).toEqual([{ error: "bang" }]);
  expect(store.jobs.depth()).toMatchObject({ queued: 1, running: 1 });
});
