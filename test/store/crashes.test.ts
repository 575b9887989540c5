// Jobs that were running when the whole process ended: none is blamed for what others did.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { aStore, type TestStore } from "./aStore.ts";

const LEASE = 60_000;
const SECOND = 1000;
let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const enqueue = (name: string, workspace = "acme", kind = "report") => {
  store.jobs.enqueue({ kind, workspace, payload: { name }, dedupeKey: null });
  store.clock.nowMs += 1;
};
const claim = () => store.jobs.claim(LEASE);
const nameOf = () => claim()?.payload["name"] ?? null;
const crash = () => store.jobs.takeUpInterrupted();
/** Claims, and ends what it claimed. Gives the name. */
const work = () => {
  const job = claim();
  if (job) store.jobs.finish(job, "succeeded", null);
  return job?.payload["name"] ?? null;
};

test("a job that was interrupted comes after all that wait, of its own workspace and of others", () => {
  enqueue("hit");
  enqueue("a");
  expect(nameOf()).toBe("hit");
  enqueue("b", "other");
  enqueue("c", "other");
  crash();
  const order = [work(), work(), work(), work()];
  expect(order.slice(0, 3).sort()).toEqual(["a", "b", "c"]);
  expect(order[3]).toBe("hit");
});

test("it comes before what is asked for later", () => {
  enqueue("hit");
  claim();
  enqueue("a");
  crash();
  store.clock.nowMs += 1;
  enqueue("later");
  expect([work(), work(), work()]).toEqual(["a", "hit", "later"]);
});

test("it runs alone: it waits for those that run, and nothing starts beside it", () => {
  enqueue("hit");
  claim();
  crash();
  enqueue("mail", "acme", "delivery");
  const hit = claim();
  expect(hit?.payload["name"]).toBe("hit");
  expect(claim()).toBeNull();
  if (hit) store.jobs.finish(hit, "succeeded", null);
  expect(nameOf()).toBe("mail");
});

test("it waits until what runs has ended, and meanwhile nothing new pushes in before it", () => {
  enqueue("hit");
  claim();
  enqueue("long");
  crash();
  const long = claim();
  expect(long?.payload["name"]).toBe("long");
  store.clock.nowMs += SECOND;
  enqueue("new");
  expect(claim()).toBeNull();
  if (long) store.jobs.finish(long, "succeeded", null);
  expect([work(), work()]).toEqual(["hit", "new"]);
});

test("a job that was running beside others is not blamed, however often the process ends", () => {
  for (const name of ["a", "b"]) enqueue(name);
  for (const _ of [1, 2]) claim();
  crash();
  const job = claim();
  expect(job).toMatchObject({ attempts: 1, crashesAlone: 0 });
});

test("a job that was running alone is counted, and that is no attempt", () => {
  enqueue("a");
  for (const crashesAlone of [0, 1]) {
    expect(claim()).toMatchObject({ attempts: 1, crashesAlone });
    crash();
  }
});

test("before the third time alone, the server must have run for ten seconds: whatever ends it every few seconds is something else", () => {
  enqueue("a");
  for (const _ of [1, 2]) {
    claim();
    crash();
  }
  for (let starts = 0; starts < 20; starts++) {
    store.clock.nowMs += 9 * SECOND;
    expect(claim()).toBeNull();
    crash();
  }
  store.clock.nowMs += 10 * SECOND;
  expect(claim()).toMatchObject({ attempts: 1, crashesAlone: 2 });
});

test("one that was let go of without a word is taken again when its lease is over", () => {
  enqueue("a");
  claim();
  crash();
  claim();
  store.clock.nowMs += LEASE;
  expect(claim()).toMatchObject({ payload: { name: "a" }, attempts: 2 });
});

test("failures of its own count as before", () => {
  enqueue("a");
  claim();
  crash();
  const job = claim();
  if (job) store.jobs.retryLater(job, 0, "boom");
  expect(claim()).toMatchObject({ attempts: 2 });
});
