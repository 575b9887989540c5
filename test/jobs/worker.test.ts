// The worker: retries, leases, stopping, waking. The store's clock is set by the tests; nothing waits for it.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type JobHandler, retryDelayMs } from "../../src/jobs/attempt.ts";
import { startWorker, type Worker } from "../../src/jobs/worker.ts";
import type { Job } from "../../src/store/jobs.ts";
import { aStore, type TestStore } from "../store/aStore.ts";

const LEASE = 60_000;
/** The longest wait a timer can have: a worker that needs its poll would hang. */
const NEVER = 2 ** 31 - 1;
const HOUR = 3_600_000;

let store: TestStore;
let workers: Worker[];
let told: { event: string; facts: Record<string, unknown> }[];
beforeEach(() => {
  store = aStore();
  workers = [];
  told = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(0)));
  store.close();
});

type Step = (job: Job) => Promise<() => void>;
/** What happened to jobs, by handlers that tell it. */
const happened: string[] = [];
beforeEach(() => {
  happened.length = 0;
});

function work(run: Step, options: { leaseMs?: number; maxAttempts?: number } = {}): Worker {
  const handler: JobHandler = {
    run,
    onRetry: () => happened.push("retry"),
    onGiveUp: (_, reason) => happened.push(`given up: ${reason}`),
  };
  const worker = startWorker({
    store,
    handlers: { report: handler },
    random: () => 0.5,
    log: (_, event, facts) => told.push({ event, facts }),
    leaseMs: LEASE,
    pollMs: NEVER,
    ...options,
  });
  workers.push(worker);
  return worker;
}

const enqueue = (kind = "report") =>
  store.jobs.enqueue({ kind, workspace: "acme", payload: {}, dedupeKey: null });
const states = () =>
  store.context.db
    .query<{ state: string; attempts: number }, []>("SELECT state, attempts FROM jobs ORDER BY seq")
    .all()
    .map(({ state, attempts }) => `${state} ${attempts}`);
const errors = () =>
  store.context.db
    .query<{ error: string | null }, []>("SELECT error FROM jobs ORDER BY seq")
    .all()
    .map(({ error }) => error);
const until = async (isSo: () => boolean) => {
  while (!isSo()) await Bun.sleep(1);
};
const done: Step = async () => () => happened.push("done");
const boom: Step = () => Promise.reject(new Error("the disk was full"));

test("a job that was queued before the start is done without being woken", async () => {
  enqueue();
  work(done);
  await until(() => states()[0] === "succeeded 1");
  expect(happened).toEqual(["done"]);
});

test("an idle worker that is woken takes the job at once: it never waits for its poll", async () => {
  const worker = work(done);
  await Bun.sleep(0);
  for (let i = 1; i <= 3; i++) {
    enqueue();
    worker.wake();
    await until(() => happened.length === i);
  }
  expect(states()).toEqual(["succeeded 1", "succeeded 1", "succeeded 1"]);
});

test("jobs that are queued while one runs are done after it, without another wake", async () => {
  enqueue();
  const worker = work(async () => {
    if (happened.length === 0) {
      enqueue();
      worker.wake();
    }
    return () => happened.push("done");
  });
  await until(() => happened.length === 2);
});

test("jobs run one at a time", async () => {
  let running = 0;
  for (let i = 0; i < 5; i++) enqueue();
  work(async () => {
    expect(++running).toBe(1);
    await Bun.sleep(1);
    running--;
    return () => happened.push("done");
  });
  await until(() => happened.length === 5);
});

test("a job that fails is tried again later, each time after a longer wait, and then given up for good", async () => {
  enqueue();
  const worker = work(boom);
  for (let attempt = 1; attempt < 5; attempt++) {
    await until(() => states()[0] === `queued ${attempt}`);
    expect(store.jobs.nextDueMs()).toBe(store.clock.nowMs + 750 * 2 ** (attempt - 1));
    store.clock.nowMs += HOUR;
    worker.wake();
  }
  await until(() => states()[0] === "failed 5");
  expect(happened).toEqual(["retry", "retry", "retry", "retry", "given up: the disk was full"]);
  expect(told.map(({ event }) => event)).toEqual([...Array(4).fill("job.retry"), "job.failed"]);
  expect(errors()[0]).toBe("the disk was full");
});

test("a job that succeeds at its second attempt is done", async () => {
  enqueue();
  const worker = work((job) => (job.attempts === 1 ? boom(job) : done(job)));
  await until(() => states()[0] === "queued 1");
  store.clock.nowMs += HOUR;
  worker.wake();
  await until(() => states()[0] === "succeeded 2");
  expect(happened).toEqual(["retry", "done"]);
});

test("waits double from a second to five minutes, less a random half", () => {
  const most = [1, 2, 3, 4, 9, 10, 60].map((attempts) => retryDelayMs(attempts, () => 1));
  expect(most).toEqual([1000, 2000, 4000, 8000, 256_000, 300_000, 300_000]);
  expect([1, 10].map((attempts) => retryDelayMs(attempts, () => 0))).toEqual([500, 150_000]);
});

test("a job that was running alone when three processes ended is given up, not tried for ever", async () => {
  enqueue();
  for (let crash = 0; crash < 3; crash++) {
    store.clock.nowMs += HOUR;
    store.jobs.claim(LEASE);
    store.jobs.takeUpInterrupted();
  }
  store.clock.nowMs += HOUR;
  work(done);
  await until(() => states()[0]?.startsWith("failed") ?? false);
  expect(happened).toEqual(["given up: the server ended 3 times while it was doing this and nothing else"]);
});

test("a job of an unknown kind fails visibly", async () => {
  enqueue("fax");
  work(done, { maxAttempts: 1 });
  await until(() => states()[0] === "failed 1");
  expect(errors()[0]).toBe("this Nines has no handler for jobs of kind 'fax'");
});

test("a job whose lease expired is done by another, and the late first one does not win", async () => {
  enqueue();
  const late = Promise.withResolvers<() => void>();
  work(() => late.promise);
  await until(() => states()[0] === "running 1");
  store.clock.nowMs += LEASE;
  work(async () => () => happened.push("second"));
  await until(() => states()[0] === "succeeded 2");
  late.resolve(() => happened.push("first"));
  await Promise.all(workers.map((worker) => worker.stop(NEVER)));
  expect(happened).toEqual(["second"]);
  expect(states()).toEqual(["succeeded 2"]);
});

test("the failure of a late first one changes nothing either", async () => {
  enqueue();
  const late = Promise.withResolvers<() => void>();
  work(() => late.promise);
  await until(() => states()[0] === "running 1");
  store.clock.nowMs += LEASE;
  work(done);
  await until(() => states()[0] === "succeeded 2");
  late.reject(new Error("too late"));
  await Promise.all(workers.map((worker) => worker.stop(NEVER)));
  expect(happened).toEqual(["done"]);
  expect(states()).toEqual(["succeeded 2"]);
});

test("the outcome and the end of the job are stored together, or neither", async () => {
  enqueue();
  work(
    async () => () => {
      store.sites.create("acme", { name: "Zurich" });
      throw new Error("the disk was full");
    },
    { maxAttempts: 1 },
  );
  await until(() => states()[0] === "failed 1");
  expect(store.sites.list("acme", {}, { page: 1, perPage: 1 }).total).toBe(0);
});

test("a lease that cannot be renewed is told of, and ends nothing", async () => {
  enqueue();
  Object.assign(store.jobs, {
    renew: () => {
      throw new Error("database or disk is full");
    },
  });
  work(
    async (job) => {
      await until(() => told.length >= 2);
      return done(job);
    },
    { leaseMs: 3 },
  );
  await until(() => states()[0]?.startsWith("succeeded") ?? false);
  expect(told[0]).toEqual({
    event: "job.renewal",
    facts: { job: expect.any(String), reason: "database or disk is full" },
  });
});

test("a running job's lease is renewed while it runs", async () => {
  enqueue();
  const renewed = Promise.withResolvers<void>();
  const { renew } = store.jobs;
  Object.assign(store.jobs, {
    renew: (job: Job, leaseMs: number) => {
      expect(renew(job, leaseMs)).toBe(true);
      renewed.resolve();
    },
  });
  work(
    async (job) => {
      await renewed.promise;
      return done(job);
    },
    { leaseMs: 3 },
  );
  await until(() => happened.length === 1);
});

test("stopping waits for the running job, and takes no other", async () => {
  enqueue();
  enqueue();
  const finish = Promise.withResolvers<void>();
  const worker = work(async (job) => {
    await finish.promise;
    return done(job);
  });
  await until(() => states()[0] === "running 1");
  const stopped = worker.stop(NEVER);
  expect(await Promise.race([stopped.then(() => "stopped"), Bun.sleep(5).then(() => "waiting")])).toBe(
    "waiting",
  );
  finish.resolve();
  await stopped;
  expect(states()).toEqual(["succeeded 1", "queued 0"]);
});

test("a job that does not end in time is put back as if it had not been started", async () => {
  enqueue();
  const late = Promise.withResolvers<() => void>();
  const worker = work(() => late.promise);
  await until(() => states()[0] === "running 1");
  await worker.stop(0);
  expect(states()).toEqual(["queued 0"]);
  expect(happened).toEqual(["retry"]);
  late.resolve(() => happened.push("first"));
  await Bun.sleep(1);
  expect(states()).toEqual(["queued 0"]);
  expect(happened).toEqual(["retry"]);
});

test("an idle worker stops at once", async () => {
  const worker = work(done);
  await worker.stop(NEVER);
  enqueue();
  worker.wake();
  await Bun.sleep(1);
  expect(states()).toEqual(["queued 0"]);
});

test("a store that cannot be claimed from is told of; the worker goes on when it is woken", async () => {
  const { claim } = store.jobs;
  let isBroken = true;
  Object.assign(store.jobs, {
    claim: (leaseMs: number) => {
      if (isBroken) throw new Error("disk I/O error");
      return claim(leaseMs);
    },
  });
  enqueue();
  const worker = work(done);
  await until(() => told.length === 1);
  expect(told[0]).toEqual({ event: "worker.store", facts: { reason: "disk I/O error" } });
  isBroken = false;
  worker.wake();
  await until(() => happened.length === 1);
});
