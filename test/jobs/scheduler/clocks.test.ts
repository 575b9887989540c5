// Clocks that run on between two readings, were behind, or were ahead; stores that cannot be read; schedules
// that cannot: no period is lost or made up, and the scheduler goes on.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startScheduler } from "../../../src/jobs/scheduler.ts";
import { idMaker } from "../../../src/model/ids.ts";
import { settingsOf } from "../../../src/model/scheduleRules.ts";
import { openDatabase } from "../../../src/store/database/open.ts";
import { type Store, storeOf } from "../../../src/store/store.ts";
import { looking, tickAtOnce } from "../atOnce.ts";
import { evenClock } from "../evenClock.ts";
import { type Failpoints, withFailpoints } from "./failpoints.ts";

const WORKSPACE = "acme";
const at = (text: string) => Date.parse(text);
const quiet = () => {};

let clock: number;
/** How far the clock runs on at each reading. */
let stepMs: number;
let store: Store;
let failpoints: Failpoints;
let look: () => string[];

beforeEach(() => {
  clock = at("2026-03-01T00:00:00Z");
  stepMs = 0;
  failpoints = withFailpoints(openDatabase(":memory:"));
  const now = () => {
    clock += stepMs;
    return clock;
  };
  store = storeOf(
    failpoints.db,
    now,
    idMaker(now, (array) => crypto.getRandomValues(array)),
  );
  look = looking({ store, clock: evenClock(now), log: quiet });
});
afterEach(() => failpoints.db.close());

function daily(): string {
  const settings = settingsOf({ name: "Report", sla_target: 99.9, daily: true });
  return store.schedules.create(WORKSPACE, settings).id;
}
const nextRun = (id: string) => store.schedules.get(WORKSPACE, id)?.next_run_at;
const dates = (): string[] =>
  store.reports
    .list(WORKSPACE, { status: "queued" }, { page: 1, perPage: 1000 })
    .data.map(({ from_date }) => from_date)
    .sort();
const setZone = (id: string, zone: string) =>
  failpoints.db.run("UPDATE schedules SET settings = json_set(settings, '$.timezone', ?) WHERE id = ?", [
    zone,
    id,
  ]);

describe("a clock that runs on while the store works loses no period", () => {
  const AROUND_EIGHT = Array.from({ length: 40 }, (_, index) => index - 30);

  test("that becomes due during an edit", () => {
    for (const early of AROUND_EIGHT) {
      clock = at("2026-03-01T00:00:00Z");
      const id = daily();
      clock = at("2026-03-01T08:00:00Z") + early;
      stepMs = 1;
      store.scheduling.update(WORKSPACE, id, (settings) => ({ ...settings, sla_target: 99 }));
      stepMs = 0;
      clock = at("2026-03-01T09:00:00Z");
      look();
      expect(dates(), `${early} ms`).toEqual(["2026-02-28"]);
      failpoints.db.run("DELETE FROM reports");
      store.scheduling.remove(WORKSPACE, id);
    }
  });

  test("that becomes due while another is produced", () => {
    for (const early of AROUND_EIGHT) {
      clock = at("2026-03-01T00:00:00Z");
      const id = daily();
      clock = at("2026-03-02T08:00:00Z") + early;
      stepMs = 1;
      look();
      stepMs = 0;
      clock = at("2026-03-02T09:00:00Z");
      look();
      expect(dates(), `${early} ms`).toEqual(["2026-02-28", "2026-03-01"]);
      failpoints.db.run("DELETE FROM reports");
      store.scheduling.remove(WORKSPACE, id);
    }
  });
});

describe("a clock that was behind", () => {
  test("makes up for nothing that lies before the schedule was made", () => {
    clock = at("2026-03-20T12:00:00Z");
    const id = daily();
    clock = at("2026-01-01T00:00:00Z");
    expect(look()).toEqual([]);
    clock = at("2026-03-22T12:00:00Z");
    look();
    expect(dates()).toEqual(["2026-03-20", "2026-03-21"]);
    expect(nextRun(id)).toBe("2026-03-23T08:00:00.000Z");
  });

  test("is noticed by a scheduler that was restarted meanwhile", () => {
    daily();
    clock = at("2026-03-10T12:00:00Z");
    look();
    clock = at("2026-03-05T12:00:00Z");
    look = looking({ store, clock: evenClock(store.context.now), log: quiet });
    look();
    clock += 10 * 60_000; // it is behind what was stored by days, and believed only then
    look();
    clock = at("2026-03-12T12:00:00Z");
    tickAtOnce({ store, log: quiet });
    expect(dates()).toEqual(
      Array.from({ length: 12 }, (_, i) =>
        new Date(at("2026-02-28") + i * 86_400_000).toISOString().slice(0, 10),
      ),
    );
  });
});

describe("a clock that was ahead", () => {
  test("leaves no schedule that waits for years", () => {
    clock = at("2036-03-01T00:00:00Z");
    const id = daily();
    look();
    clock = at("2026-03-01T12:00:00Z");
    look();
    expect(nextRun(id)).toBe("2026-03-02T08:00:00.000Z");
  });

  test("leaves no job that waits for it, while those that were put off for a moment still wait", () => {
    daily();
    clock = at("2026-03-01T08:00:00Z");
    look();
    const job = store.jobs.claim(60_000);
    if (!job) throw new Error("there is no job");
    clock = at("2026-03-01T08:01:00Z");
    look();
    store.jobs.retryLater(job, 30_000, "disk full");
    clock -= 2000;
    look();
    expect(store.jobs.nextDueMs()).toBe(at("2026-03-01T08:01:30Z"));
    clock = at("2026-02-28T00:00:00Z");
    look();
    expect(store.jobs.nextDueMs()).toBe(clock);
  });
});

test("what a schedule reached before it was deleted is produced", () => {
  const id = daily();
  clock = at("2026-03-02T08:00:00Z");
  expect(store.scheduling.remove(WORKSPACE, id)).toBe(true);
  expect(store.scheduling.remove(WORKSPACE, id)).toBe(false);
  expect(dates()).toEqual(["2026-02-28", "2026-03-01"]);
});

test("a schedule that was stored before schedules ran by themselves gets its next run", () => {
  const id = daily();
  failpoints.db.run("UPDATE schedules SET next_run_at_ms = NULL");
  look();
  expect(nextRun(id)).toBe("2026-03-01T08:00:00.000Z");
});

describe("a schedule whose zone nobody knows any more", () => {
  test("keeps no other from running after a restart", () => {
    setZone(daily(), "Mars/Olympus");
    daily();
    look();
    clock = at("2026-03-01T08:00:00Z");
    expect(look()).toHaveLength(1);
  });

  test("can be mended, and deleted, when it is due", () => {
    const [mended, deleted] = [daily(), daily()];
    setZone(mended, "Mars/Olympus");
    setZone(deleted, "Mars/Olympus");
    clock = at("2026-03-01T09:00:00Z");
    store.scheduling.update(WORKSPACE, mended, (settings) => ({ ...settings, timezone: "UTC" }));
    expect(nextRun(mended)).toBe("2026-03-02T08:00:00.000Z");
    expect(store.scheduling.remove(WORKSPACE, deleted)).toBe(true);
  });
});

describe("the scheduler", () => {
  test("outlives a store that can be neither read nor written for a while", async () => {
    daily();
    clock = at("2026-03-01T08:00:00Z");
    const events: string[] = [];
    failpoints.arm({ statement: 1, place: "before", kind: "error" });
    const scheduler = startScheduler({
      store,
      clock: evenClock(store.context.now),
      wakeWorker: quiet,
      log: (_, event) => events.push(event),
    });
    while (events.length === 0) await Bun.sleep(1);
    expect(events).toEqual(["scheduler.store"]);
    scheduler.wake();
    while (dates().length === 0) await Bun.sleep(1);
    expect(dates()).toEqual(["2026-02-28"]);
    await scheduler.stop();
  });

  test("does not look any more once it is stopped, though a request wakes it", async () => {
    daily();
    const scheduler = startScheduler({
      store,
      clock: evenClock(store.context.now),
      wakeWorker: quiet,
      log: quiet,
    });
    await scheduler.stop();
    clock = at("2026-03-01T08:00:00Z");
    scheduler.wake();
    await Bun.sleep(5);
    expect(dates()).toEqual([]);
  });
});
