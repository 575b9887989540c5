// Whose job comes next: workspaces take turns, a claim stays cheap however many jobs wait, and what this
// process has in hand is not taken twice.
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Job } from "../../src/store/jobs.ts";
import { aStore, type TestStore } from "./aStore.ts";

const LEASE = 60_000;
let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const enqueue = (workspace: string, name = "", kind = "report") =>
  store.jobs.enqueue({ kind, workspace, payload: { name }, dedupeKey: null });
const claim = (kinds?: string[]): Job => {
  const job = store.jobs.claim(LEASE, kinds);
  if (!job) throw new Error("there is nothing to claim");
  return job;
};
const claimedWorkspaces = (count: number) =>
  Array.from({ length: count }, () => claim(["report"]).workspace).join(" ");

test("a workspace with a long queue holds up no other: they take turns", () => {
  for (let i = 0; i < 6; i++) enqueue("big");
  enqueue("small");
  enqueue("other");
  enqueue("small");
  expect(claimedWorkspaces(8)).toBe("big small other big small big big big");
});

test("who comes later has its first report next", () => {
  for (let i = 0; i < 5; i++) enqueue("big");
  expect(claimedWorkspaces(2)).toBe("big big");
  enqueue("late");
  expect(claimedWorkspaces(2)).toBe("late big");
});

test("who was served long ago comes before who was served lately", () => {
  for (const workspace of ["a", "b", "a", "b"]) enqueue(workspace);
  expect(claimedWorkspaces(1)).toBe("a");
  expect(claimedWorkspaces(3)).toBe("b a b");
});

test("within a workspace jobs come in the order they were queued", () => {
  for (const name of ["1", "2", "3"]) enqueue("a", name);
  expect([claim(), claim(), claim()].map(({ payload }) => payload["name"])).toEqual(["1", "2", "3"]);
});

test("a job that waits for its retry holds up neither its workspace nor others", () => {
  for (const name of ["poison", "good"]) enqueue("a", name);
  enqueue("b");
  store.jobs.retryLater(claim(), 5000, "boom");
  expect(claimedWorkspaces(2)).toBe("b a");
  expect(store.jobs.claim(LEASE)).toBeNull();
});

test("turns are taken by kind: deliveries do not cost a workspace its reports", () => {
  enqueue("a", "", "delivery");
  claim(["delivery"]);
  enqueue("a");
  enqueue("b");
  expect(claimedWorkspaces(2)).toBe("a b");
});

test("a job that this process has in hand is not claimed again when its lease has run out meanwhile", () => {
  enqueue("a");
  const job = claim();
  store.clock.nowMs += 10 * LEASE;
  expect(store.jobs.claim(LEASE, ["report"], { inHand: new Set([job.claim]) })).toBeNull();
  expect(store.jobs.claim(LEASE, ["report"], { inHand: new Set(["another"]) })).toMatchObject({
    id: job.id,
    attempts: 2,
  });
});

test("with 10,000 jobs of 100 workspaces all are served in turn", () => {
  store.context.db.transaction(() => {
    for (let i = 0; i < 10_000; i++) enqueue(`workspace-${i % 100}`);
  })();
  const claims = 200;
  const served = new Set(Array.from({ length: claims }, () => claim(["report"]).workspace));
  expect(served.size).toBe(100);
});
