// A machine that Nines runs on, but for HTTP and rendering: its database file, its clock, the scheduler and the
// worker, as app.ts puts them together. It can be killed at any statement, and started again.
import type { Database } from "bun:sqlite";
import { clockOf } from "../../../src/jobs/clock.ts";
import { reportJob } from "../../../src/jobs/reportJob.ts";
import { startWorker } from "../../../src/jobs/worker.ts";
import { idMaker } from "../../../src/model/ids.ts";
import type { MakeReport } from "../../../src/render/renderer.ts";
import { openDatabase } from "../../../src/store/database/open.ts";
import { type Store, storeOf } from "../../../src/store/store.ts";
import { looking } from "../atOnce.ts";
import { Failed, type Failpoints, type Failure, withFailpoints } from "./failpoints.ts";

export type Clock = { nowMs: number };
type Process = { real: Database; store: Store; failpoints: Failpoints; look: () => string[]; worker: Worker };
type Worker = ReturnType<typeof startWorker>;

export type Machine = ReturnType<typeof machineOf>;

const FACTS = { bytes: 1, sha256: "0".repeat(64) };
const MADE = {
  uptimePercentage: 100,
  siteCount: 0,
  breachedCount: 0,
  artefacts: { pdf: FACTS, json: FACTS, csv: FACTS },
};
/** The worker is woken by hand: no timer of the real clock must come between. */
const NEVER_MS = 1_000_000;

export function machineOf(options: {
  path: string;
  clock: Clock;
  /** Milliseconds that go on evenly, whatever the clock says. */
  monotonic: () => number;
  random: () => number;
  /** Told of every look; of a process's first with what the one before had written down of a jump. */
  onLook: (first?: { heldExpectedMs: number | null }) => void;
}) {
  const { path, clock, monotonic, random, onLook } = options;
  const now = () => clock.nowMs;
  let failures = 0;
  let starts = 0;

  const start = (endsLeases: boolean): Process => {
    starts++;
    const real = openDatabase(path);
    real.run("PRAGMA synchronous = OFF"); // processes die here, not machines
    const failpoints = withFailpoints(real);
    const bits = (array: Uint32Array) => array.set(Array.from(array, () => random() * 2 ** 32));
    const watched = clockOf({ now, monotonic });
    const store = storeOf(failpoints.db, now, idMaker(now, bits), watched.steadyNow);
    if (endsLeases) store.jobs.takeUpInterrupted();
    const make: MakeReport = async (_id, onProgress) => {
      onProgress(0.5);
      return MADE;
    };
    const worker = startWorker({
      store,
      handlers: { report: reportJob(store, make, () => {}) },
      random,
      log: () => {},
      pollMs: NEVER_MS,
    });
    const look = looking({ store, clock: watched, log: () => {} });
    return { real, store, failpoints, look, worker };
  };

  let process = start(true);

  /** Ends the process without a word and starts it again, which looks at the schedules at once. */
  const restart = (restartOptions: { offMs?: number; endsLeases?: boolean } = {}) => {
    process.failpoints.kill();
    failures += process.failpoints.failures();
    void process.worker.stop(0).catch(() => {});
    process.real.close();
    clock.nowMs += restartOptions.offMs ?? 0;
    process = start(restartOptions.endsLeases ?? true);
    const heldExpectedMs = process.store.wallClock.storedHold()?.expected_ms ?? null;
    process.look();
    onLook({ heldExpectedMs });
  };

  /**
   * Does something to the store that may be hit by a failure: then it is done again, in a new process if the
   * old one was killed. `body` must be right to do twice.
   */
  const survive = async (failure: Failure | null, body: (store: Store) => unknown): Promise<void> => {
    if (failure) process.failpoints.arm(failure);
    try {
      await body(process.store);
      process.failpoints.disarm();
      if (!process.failpoints.isKilled()) return;
    } catch (error) {
      process.failpoints.disarm();
      if (!(error instanceof Failed)) throw error;
    }
    if (process.failpoints.isKilled()) restart();
    await body(process.store);
  };

  return {
    get store() {
      return process.store;
    },
    restart,
    survive,
    /** The scheduler looks, until it could. */
    look: async (failure: Failure | null) => {
      await survive(failure, () => process.look());
      process.look(); // those whose turn was spoilt
      onLook();
    },
    /** The worker works until nothing is due. */
    work: (failure: Failure | null) =>
      survive(failure, async () => {
        process.worker.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }),
    counts: () => ({ failures: failures + process.failpoints.failures(), starts }),
    stop: async () => {
      await process.worker.stop(1000);
      process.real.close();
    },
  };
}
