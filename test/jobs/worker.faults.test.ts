// The worker in bad times: full disks, work without end, and a process that was suspended.
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { JobHandler } from "../../src/jobs/attempt.ts";
import { startWorker, type Worker } from "../../src/jobs/worker.ts";
import { LimitExceeded } from "../../src/model/limitExceeded.ts";
import type { Job } from "../../src/store/jobs.ts";
import { aStore, type TestStore } from "../store/aStore.ts";

const LEASE = 60_000;
const NEVER = 2 ** 31 - 1;
const HOUR = 3_600_000;

let store: TestStore;
let workers: Worker[];
let happened: string[];
let told: string[];
beforeEach(() => {
  store = aStore();
  workers = [];
  happened = [];
  told = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(0)));
  store.close();
});

function work(run: (job: Job) => Promise<() => void>, lanes = 1): Worker {
  const handler: JobHandler = {
    run,
    lanes,
    onRetry: () => happened.push("retry"),
    onGiveUp: (_, reason) => happened.push(`given up: ${reason}`),
  };
  const worker = startWorker({
    store,
    handlers: { report: handler },
    random: () => 0.5,
    log: (_, event) => told.push(event),
    leaseMs: LEASE,
    pollMs: NEVER,
  });
  workers.push(worker);
  return worker;
}

const enqueue = () => store.jobs.enqueue({ kind: "report", workspace: "acme", payload: {}, dedupeKey: null });
const states = () =>
  store.context.db
    .query<{ state: string; attempts: number }, []>("SELECT state, attempts FROM jobs ORDER BY seq")
    .all()
    .map(({ state, attempts }) => `${state} ${attempts}`);
const until = async (isSo: () => boolean) => {
  while (!isSo()) await Bun.sleep(1);
};
const done = async () => () => happened.push("done");

test("a job that cannot be done because the disk is full waits without losing an attempt", async () => {
  enqueue();
  let isFull = true;
  const worker = work(() =>
    isFull ? Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" })) : done(),
  );
  for (let attempt = 0; attempt < 10; attempt++) {
    await until(() => happened.length > attempt && states()[0] === "queued 0");
    store.clock.nowMs += HOUR;
    worker.wake();
  }
  isFull = false;
  await until(() => states()[0] === "succeeded 1");
});

test("what was done stays done when its end cannot be stored at once: it is stored when there is space again", async () => {
  enqueue();
  let runs = 0;
  const { finish } = store.jobs;
  let isFull = true;
  Object.assign(store.jobs, {
    finish: (...given: Parameters<typeof finish>) => {
      if (isFull) throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      return finish(...given);
    },
  });
  const worker = work(async () => {
    runs++;
    return done();
  });
  await until(() => told.length === 1);
  expect(told[0]).toBe("worker.store");
  expect(states()).toEqual(["running 1"]);
  isFull = false;
  worker.wake();
  await until(() => states()[0] === "succeeded 1");
  expect([runs, happened]).toEqual([1, ["done"]]);
});

test("a job that exceeds its limits is tried once more, then it fails", async () => {
  enqueue();
  const worker = work(() => Promise.reject(new LimitExceeded("it took too long")));
  await until(() => states()[0] === "queued 1");
  store.clock.nowMs += HOUR;
  worker.wake();
  await until(() => states()[0] === "failed 2");
  expect(happened).toEqual(["retry", "given up: it took too long"]);
});

test("after a suspension no lane takes a job that another lane has in hand", async () => {
  enqueue();
  const late = Promise.withResolvers<() => void>();
  let runs = 0;
  const worker = work(() => (runs++ === 0 ? late.promise : done()), 2);
  await until(() => states()[0] === "running 1");
  store.clock.nowMs += 10 * LEASE;
  worker.wake();
  await Bun.sleep(2);
  late.resolve(() => happened.push("first"));
  await until(() => happened.length > 0);
  expect([happened, states(), runs]).toEqual([["first"], ["succeeded 1"], 1]);
});
