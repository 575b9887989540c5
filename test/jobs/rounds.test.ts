// Rounds of the scheduler and the sweeper: others have their turn between the steps, a lock only puts them off, and
// they end at a stop.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Rounds, type RoundsOptions, startRounds } from "../../src/jobs/rounds.ts";
import { startScheduler } from "../../src/jobs/scheduler.ts";
import { startSweeper } from "../../src/jobs/sweeper.ts";
import { aRun, aStore, SETTINGS, type TestStore } from "../store/aStore.ts";
import { evenClock } from "./evenClock.ts";

const NEVER = 2 ** 31 - 1;
const DAY_MS = 86_400_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const locked = () => Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });

let rounds: Pick<Rounds, "stop"> | null;
let events: string[];
beforeEach(() => {
  rounds = null;
  events = [];
});
afterEach(() => rounds?.stop());

/** Starts rounds that sleep for ever after the first. */
function start(steps: () => Iterator<string, void>, changes: Partial<RoundsOptions<string>> = {}): Rounds {
  const started = startRounds({
    writeLock: { whenFree: async () => {} },
    steps,
    onDone: (given) => events.push(`done ${given.join()}`),
    onError: (error) => events.push(`error ${(error as Error).message}`),
    sleepMs: () => NEVER,
    afterErrorMs: NEVER,
    firstAfterMs: 0,
    ...changes,
  });
  rounds = started;
  return started;
}
const until = async (isSo: () => boolean) => {
  while (!isSo()) await turn();
};

describe("rounds", () => {
  test("wait for the lock before each step, and a stop lets no further step begin", async () => {
    const order: string[] = [];
    const asked = Promise.withResolvers<void>();
    const { stop } = start(
      function* () {
        for (const step of ["a", "b", "c"]) {
          order.push(step);
          if (step === "b") asked.resolve();
          yield step;
        }
      },
      { writeLock: { whenFree: async () => void order.push("lock") } },
    );
    await asked.promise;
    await stop();
    expect(order).toEqual(["lock", "a", "lock", "b", "lock"].slice(0, order.length));
    expect(order).not.toContain("c");
    expect(events).toEqual(["done a,b"]);
  });

  test("are never two at once: who wakes them during one gets another after it", async () => {
    let inside = 0;
    let begun = 0;
    const { wake } = start(function* () {
      begun++;
      inside++;
      expect(inside).toBe(1);
      for (let step = 0; step < 3; step++) {
        if (begun === 1) wake();
        yield `${begun}`;
      }
      inside--;
    });
    await until(() => events.length === 2);
    expect(events).toEqual(["done 1,1,1", "done 2,2,2"]);
  });

  test("that met a lock, before a step or in it, are done again soon, and nobody hears of an error", async () => {
    let rest = 2;
    const whenFree = async () => {
      if (rest-- === 2) throw locked();
    };
    start(
      function* () {
        if (rest === 0) throw locked();
        yield "a";
      },
      { writeLock: { whenFree } },
    );
    while (events.length < 3) await Bun.sleep(5);
    expect(events).toEqual(["done ", "done ", "done a"]);
  });

  test("that broke off otherwise say so, with what was done before", async () => {
    start(function* () {
      yield "a";
      throw new Error("disk full");
    });
    await until(() => events.length === 2);
    expect(events).toEqual(["error disk full", "done a"]);
  });
});

describe("others have their turn while there is much to do", () => {
  let store: TestStore;
  beforeEach(() => {
    store = aStore();
  });
  afterEach(() => store.close());

  const count = (sql: string) => (store.context.db.query(sql).get() as { count: number }).count;
  /** What others see from now until there is this much of it. */
  async function seen(look: () => number, last: number): Promise<number[]> {
    const values = [look()];
    while (values.at(-1) !== last) {
      await turn();
      values.push(look());
    }
    return [...new Set(values)];
  }
  const parts = () => ({
    store,
    clock: evenClock(store.context.now),
    log: (_: string, event: string) => events.push(event),
  });

  test("between two schedules that are due", async () => {
    for (let index = 0; index < 5; index++) store.schedules.create("acme", SETTINGS);
    store.clock.nowMs += 40 * DAY_MS;
    let woken = 0;
    rounds = startScheduler({ ...parts(), wakeWorker: () => woken++ });
    const reports = () => count("SELECT count(*) AS count FROM reports");
    expect((await seen(reports, 5)).length).toBeGreaterThanOrEqual(5);
    await until(() => woken === 1);
    expect(events).toEqual(["schedules.fired"]);
  });

  test("between a few schedules whose next runs are set again, because the clock was ahead", async () => {
    for (let index = 0; index < 45; index++) store.schedules.create("acme", SETTINGS);
    store.context.db.run("UPDATE schedules SET next_run_at_ms = next_run_at_ms * 2");
    rounds = startScheduler({ ...parts(), wakeWorker: () => {} });
    const nextRuns = "SELECT count(*) AS count FROM schedules WHERE next_run_at_ms > 3e12";
    expect(await seen(() => count(nextRuns), 0)).toEqual([45, 25, 5, 0]);
    await until(() => events.length === 1);
    expect(events).toEqual(["clock.was_ahead"]);
  });

  test("between a few reports that are expired; one lock does not put a sweep off to the next", async () => {
    const scheduleId = store.schedules.create("acme", SETTINGS).id;
    for (let index = 0; index < 50; index++) store.runs.enqueue(aRun({ scheduleId }));
    store.context.db.run("UPDATE reports SET status = 'completed', completed_at_ms = created_at_ms");
    store.retention.replaceSettings("acme", { retention_days: null, retention_count: 5 });
    const { whenFree } = store.writeLock;
    let asked = 0;
    store.writeLock.whenFree = async (...patience) => {
      if (asked++ === 1) throw locked();
      return whenFree(...patience);
    };
    rounds = startSweeper({ ...parts(), discard: () => {}, firstAfterMs: 0 });
    expect(await seen(() => count("SELECT count(*) AS count FROM reports"), 5)).toEqual([50, 30, 10, 5]);
    await until(() => events.length === 2);
    expect(events).toEqual(["reports.expired", "reports.expired"]);
  });
});
