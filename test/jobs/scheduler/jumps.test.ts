// Clocks that jump by more than a day while the server runs, or were ahead when it started: nothing is made, sent or
// removed by a wrong clock, and what was made by one does not count and is made again when its day comes.
import { beforeEach, describe, expect, test } from "bun:test";
import type { Attempted } from "../../../src/jobs/attempt.ts";
import { attempt } from "../../../src/jobs/attempt.ts";
import { type Clock, clockOf } from "../../../src/jobs/clock.ts";
import { deliveryJob } from "../../../src/jobs/deliveryJob.ts";
import { idMaker } from "../../../src/model/ids.ts";
import { settingsOf } from "../../../src/model/scheduleRules.ts";
import { openDatabase } from "../../../src/store/database/open.ts";
import { earlierReports } from "../../../src/store/reportHistory.ts";
import { type Store, storeOf } from "../../../src/store/store.ts";
import { looking, sweepAtOnce } from "../atOnce.ts";

const WORKSPACE = "acme";
const SECOND = 1000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const YEAR = 365 * DAY;
const at = (text: string) => Date.parse(text);
const FACTS = { bytes: 1, sha256: "" };
const ALL = { page: 1, perPage: 100 };

let trueMs: number;
/** By how much the wall clock is wrong. */
let wrongMs: number;
let db: ReturnType<typeof openDatabase>;
let store: Store;
let clock: Clock;
let look: () => string[];
let events: string[];

beforeEach(() => {
  trueMs = at("2026-03-01T06:00:00Z");
  wrongMs = 0;
  db = openDatabase(":memory:");
  start();
});

/** A new process over the same database. */
function start() {
  events = [];
  const now = () => trueMs + wrongMs;
  clock = clockOf({ now, monotonic: () => trueMs });
  const newId = idMaker(now, (array) => crypto.getRandomValues(array));
  store = storeOf(db, now, newId, clock.steadyNow);
  look = looking({ store, clock, log: (_, event) => events.push(event) });
  look();
}

/** Time passes, and the scheduler looks. */
function pass(ms: number): string[] {
  trueMs += ms;
  return look();
}

function daily(changes: Record<string, unknown> = {}): string {
  const settings = settingsOf({ name: "Report", sla_target: 99.9, daily: true, ...changes });
  return store.schedules.create(WORKSPACE, settings).id;
}

/** Completes everything that waits. */
function work() {
  for (const { id } of store.reports.list(WORKSPACE, { status: "queued" }, ALL).data) {
    const artefacts = { pdf: FACTS, json: FACTS, csv: FACTS };
    store.reports.complete(id, { uptimePercentage: 100, siteCount: 0, breachedCount: 0, artefacts });
    store.deliveries.enqueueReport(WORKSPACE, id);
  }
}

const days = (filter: { voided?: boolean } = {}) =>
  store.reports
    .list(WORKSPACE, filter, ALL)
    .data.map(({ from_date }) => from_date)
    .sort();

/** Sends what waits to be sent. Gives the ids of the reports that messages went out for. */
async function deliver(): Promise<string[]> {
  const sent: string[] = [];
  const handler = deliveryJob(
    store,
    async ({ about }) => {
      if (about.kind === "report") sent.push(about.reportId);
      return { kind: "sent" };
    },
    clock,
  );
  for (let job = store.jobs.claim(MINUTE, ["delivery"]); job; job = store.jobs.claim(MINUTE, ["delivery"])) {
    const options = { store, random: Math.random, log: () => {}, retryDelay: () => 0, maxAttempts: 5 };
    const { ending }: Attempted = await attempt(options, { job, handler });
    ending.store();
  }
  return sent;
}

describe("a clock that jumps a year ahead for 18 seconds", () => {
  test("makes no report, removes none, and the day's own report comes when it is due", () => {
    daily({ retention_days: 30 });
    pass(2 * 3_600_000);
    work();
    expect(days()).toEqual(["2026-02-28"]);
    trueMs += DAY;
    look();
    work();

    wrongMs = YEAR;
    expect(pass(SECOND)).toEqual([]);
    expect(sweepAtOnce({ store, clock, discard: () => {} })).toBe(0);
    wrongMs = 0;
    expect(pass(18 * SECOND)).toEqual([]);
    expect(days()).toEqual(["2026-02-28", "2026-03-01"]);
    pass(10 * MINUTE);
    expect(events).toEqual(["clock.held", "clock.held", "clock.believed"]);

    trueMs = at("2026-03-03T08:00:00Z");
    look();
    work();
    expect(days()).toEqual(["2026-02-28", "2026-03-01", "2026-03-02"]);
  });

  test("loses no run that became due meanwhile, also when the schedule is changed meanwhile", () => {
    const id = daily();
    trueMs = at("2026-03-01T07:59:55Z");
    look();
    wrongMs = YEAR;
    pass(SECOND);
    trueMs = at("2026-03-01T08:05:00Z");
    store.scheduling.update(WORKSPACE, id, (settings) => ({ ...settings, sla_target: 99 }));
    wrongMs = 0;
    look();
    pass(10 * MINUTE);
    work();
    expect(days()).toEqual(["2026-02-28"]);
    expect(store.schedules.get(WORKSPACE, id)?.next_run_at).toBe("2026-03-02T08:00:00.000Z");
  });

  test("makes nothing through an edit before anybody has looked at the clock", () => {
    const id = daily();
    wrongMs = YEAR;
    store.scheduling.update(WORKSPACE, id, (settings) => ({ ...settings, sla_target: 99 }));
    work();
    expect(days()).toEqual([]);
  });

  test("has the clock believed at once where somebody accepts it, over the database", () => {
    daily();
    wrongMs = 3 * DAY;
    pass(SECOND);
    expect(store.wallClock.storedHold()).toMatchObject({ jump_ms: 3 * DAY, accepted: 0 });
    expect(storeOf(db, Date.now, () => "").wallClock.accept()).toBe(true);
    expect(pass(15 * SECOND)).toHaveLength(3);
    expect(store.wallClock.storedHold()).toBeNull();
    expect(store.wallClock.accept()).toBe(false);
  });

  test("is not forgotten by a restart in the middle", () => {
    daily();
    wrongMs = YEAR;
    pass(SECOND);
    start();
    expect(pass(9 * MINUTE)).toEqual([]);
    wrongMs = 0;
    start();
    work();
    expect(days()).toEqual([]);
    expect(store.wallClock.storedHold()).toBeNull();
  });
});

describe("reports that were made while the clock was ahead", () => {
  /** A start with a clock that is a year ahead cannot be told from one after a year. */
  function startAYearAhead() {
    daily({ recipients: ["noc@example.com"], retention_count: 1 });
    pass(2 * 3_600_000);
    work();
    wrongMs = YEAR;
    start();
    work();
    expect(days()).toHaveLength(32);
  }

  test("are hidden as soon as the clock falls back, and settled after ten minutes", () => {
    startAYearAhead();
    wrongMs = 0;
    pass(18 * SECOND);
    expect(days()).toEqual(["2026-02-28"]);
    expect(days({ voided: true })).toHaveLength(31);
    pass(10 * MINUTE);
    expect(days()).toEqual(["2026-02-28"]);
    expect(days({ voided: true })).toHaveLength(31);
    expect(events).toContain("clock.was_ahead");
  });

  test("are made again when their day comes, once", () => {
    startAYearAhead();
    wrongMs = 0;
    pass(18 * SECOND);
    pass(10 * MINUTE);
    for (let day = 0; day < 380; day++) {
      pass(DAY);
      work();
    }
    const { count, distinct } = db
      .query(
        "SELECT count(*) AS count, count(DISTINCT from_date) AS 'distinct' FROM reports WHERE voided_at_ms IS NULL",
      )
      .get() as { count: number; distinct: number };
    expect([count, distinct]).toEqual([381, 381]);
  });

  test("are settled at once where the clock was set back while the server was off, by no more than a day", () => {
    const id = daily();
    wrongMs = 23 * 3_600_000;
    start();
    work();
    expect(days()).toEqual(["2026-02-28"]);
    wrongMs = 0;
    trueMs -= 7 * 3_600_000; // in the evening of the day before
    start();
    expect(days()).toEqual([]);
    expect(store.reports.list(WORKSPACE, { voided: true }, ALL).data[0]?.voided_at).toBe(
      "2026-02-28T23:00:00.000Z",
    );
    expect(store.schedules.get(WORKSPACE, id)?.last_run).toBeNull();
    pass(9 * 3_600_000);
    work();
    expect(days()).toEqual(["2026-02-28"]);
  });

  test("count again where it was the fall that was wrong", () => {
    daily();
    for (let day = 0; day < 5; day++) {
      pass(DAY);
      work();
    }
    const before = days();
    wrongMs = -YEAR;
    pass(SECOND);
    expect(days()).toEqual([]);
    wrongMs = 0;
    pass(18 * SECOND);
    pass(10 * MINUTE);
    expect(days()).toEqual(before);
    expect(days({ voided: true })).toEqual([]);
  });

  test("have no part in retention and in the history of others", () => {
    startAYearAhead();
    wrongMs = 0;
    pass(18 * SECOND);
    pass(10 * MINUTE);
    expect(sweepAtOnce({ store, clock, discard: () => {} })).toBe(0);
    expect(days()).toEqual(["2026-02-28"]);
    const { id } = store.schedules.list(WORKSPACE, {}, ALL).data[0] as { id: string };
    const request = {
      workspace: WORKSPACE,
      scheduleId: id,
      trigger: "daily",
      reportId: null,
      most: 10,
    } as const;
    expect(earlierReports({ db }, request).map(({ from_date }) => from_date)).toEqual(["2026-02-28"]);
  });

  test("that were not finished are given up", () => {
    daily();
    wrongMs = YEAR;
    start();
    wrongMs = 0;
    pass(18 * SECOND);
    pass(10 * MINUTE);
    const [first] = store.reports.list(WORKSPACE, { status: "failed", voided: true }, ALL).data;
    expect(first?.error).toContain("the clock was ahead");
    expect(store.reports.list(WORKSPACE, { status: "queued" }, ALL).total).toBe(0);
  });

  test("are not sent: not while it is unknown whether they count, and not afterwards", async () => {
    startAYearAhead();
    wrongMs = 0;
    pass(18 * SECOND);
    const sent = await deliver();
    expect(sent).toHaveLength(1);
    pass(10 * MINUTE);
    trueMs += 5 * MINUTE;
    expect(await deliver()).toEqual([]);
    const states = store.reports
      .list(WORKSPACE, { voided: true }, ALL)
      .data.flatMap(({ deliveries }) => deliveries);
    expect(states).toHaveLength(31);
    for (const { state, error, attempts } of states)
      expect({ state, error, attempts }).toEqual({
        state: "failed",
        error: expect.stringContaining("the clock was ahead"),
        attempts: 0,
      });
  });

  test("are sent after all where they count again", async () => {
    daily({ recipients: ["noc@example.com"] });
    pass(2 * 3_600_000);
    work();
    wrongMs = -YEAR;
    pass(SECOND);
    expect(await deliver()).toEqual([]);
    wrongMs = 0;
    pass(18 * SECOND);
    pass(10 * MINUTE);
    expect(await deliver()).toHaveLength(1);
  });
});

test("a report that somebody asks for by a clock that jumped ahead waits to be sent, and is settled with it", async () => {
  const id = daily({ recipients: ["noc@example.com"] });
  const snapshot = store.schedules.snapshot(WORKSPACE, id);
  if (!snapshot) throw new Error("no such schedule");
  wrongMs = 40 * DAY;
  pass(SECOND);
  const period = { fromDate: "2026-03-01", toDate: "2026-03-31" };
  store.runs.enqueue({
    workspace: WORKSPACE,
    scheduleId: id,
    snapshot,
    trigger: "on_demand",
    ...period,
    idempotency: null,
  });
  work();
  expect(await deliver()).toEqual([]);
  wrongMs = 0;
  pass(SECOND);
  pass(10 * MINUTE);
  expect(days()).toEqual([]);
  expect(days({ voided: true })).toEqual(["2026-03-01"]);
});
