// The report job: what becomes of a report when its files are made, fail, or are no longer wanted.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { reportJob } from "../../src/jobs/reportJob.ts";
import { startWorker, type Worker } from "../../src/jobs/worker.ts";
import type { MakeReport } from "../../src/render/renderer.ts";
import type { ReportResult } from "../../src/store/reports.ts";
import { aRun, aStore, type TestStore } from "../store/aStore.ts";

const NEVER = 2 ** 31 - 1;
const RESULT: ReportResult = {
  uptimePercentage: 99.5,
  siteCount: 2,
  breachedCount: 1,
  artefacts: {
    pdf: { bytes: 4, sha256: "aa" },
    json: { bytes: 2, sha256: "bb" },
    csv: { bytes: 1, sha256: "cc" },
  },
};

let store: TestStore;
let worker: Worker | null;
let discarded: string[];
beforeEach(() => {
  store = aStore();
  worker = null;
  discarded = [];
});
afterEach(async () => {
  await worker?.stop(0);
  store.close();
});

/** Queues a report and works on it. Gives its id. */
function run(make: MakeReport): string {
  const id = store.runs.enqueue(aRun());
  start(make);
  return id;
}
function start(make: MakeReport): void {
  worker = startWorker({
    store,
    handlers: { report: reportJob(store, make, (report) => discarded.push(report.id)) },
    random: () => 1,
    log: () => {},
    pollMs: NEVER,
  });
}
const report = (id: string) => store.reports.get("acme", id);
const jobState = () =>
  store.context.db.query<{ state: string }, []>("SELECT state FROM jobs ORDER BY seq DESC LIMIT 1").get()
    ?.state;
const attempts = () =>
  store.context.db.query<{ attempts: number }, []>("SELECT attempts FROM jobs").get()?.attempts;
const until = async (isSo: () => boolean) => {
  while (!isSo()) await Bun.sleep(1);
};

test("a report whose files are made is completed, with its figures and where its files are", async () => {
  const id = run(async () => RESULT);
  await until(() => jobState() === "succeeded");
  expect(report(id)).toMatchObject({
    status: "completed",
    progress: 1,
    uptime_percentage: 99.5,
    site_count: 2,
    breached_count: 1,
    completed_at: "2026-02-18T12:00:00.000Z",
    error: null,
    pdf_url: `/reports/sla/reports/${id}/pdf`,
  });
  expect(store.reports.artefactsOf("acme", id)).toEqual(RESULT.artefacts);
});

test("while it is made the report is running, with its progress as often as it is worth storing", async () => {
  const finish = Promise.withResolvers<ReportResult>();
  const shown: (number | undefined)[] = [];
  const id = run((made, onProgress) => {
    for (const [fraction, laterMs] of [
      [0.1, 100],
      [0.2, 100],
      [0.3, 100],
      [0.4, 249],
      [0.5, 1],
    ] as const) {
      store.clock.nowMs += laterMs;
      onProgress(fraction);
      shown.push(report(made)?.progress);
    }
    return finish.promise;
  });
  await until(() => shown.length === 5);
  expect(shown).toEqual([0, 0, 0.3, 0.3, 0.5]);
  expect(report(id)).toMatchObject({ status: "running", completed_at: null, pdf_url: null });
  finish.resolve(RESULT);
  await until(() => jobState() === "succeeded");
});

test("progress that cannot be stored does not cost the report", async () => {
  const { showProgress } = store.reports;
  const id = run(async (_, onProgress) => {
    store.clock.nowMs += 1000;
    onProgress(0.5);
    return RESULT;
  });
  Object.assign(store.reports, {
    showProgress: (report: string, fraction: number) => {
      if (fraction > 0) throw new Error("database or disk is full");
      showProgress(report, fraction);
    },
  });
  await until(() => jobState() === "succeeded");
  expect(report(id)?.status).toBe("completed");
});

test("a report that fails waits as queued, and after the last attempt says why it failed", async () => {
  const id = run(() => Promise.reject(new Error("no space left on device")));
  for (let attempt = 1; attempt < 5; attempt++) {
    await until(() => jobState() === "queued" && attempts() === attempt);
    expect(report(id)).toMatchObject({ status: "queued", progress: 0, error: null });
    store.clock.nowMs += 3_600_000;
    worker?.wake();
  }
  await until(() => jobState() === "failed");
  expect(report(id)).toMatchObject({
    status: "failed",
    error: "no space left on device",
    completed_at: null,
    pdf_url: null,
    json_url: null,
    csv_url: null,
  });
});

test("a failed report no longer counts as waiting, and a new run makes a new one", async () => {
  const id = run(async () => RESULT);
  store.reports.fail(id, "boom");
  await until(() => jobState() === "succeeded");
  expect(report(id)?.status).toBe("failed");
  expect(store.runs.enqueue(aRun())).not.toBe(id);
});

test("a report that was deleted while it was made leaves no files", async () => {
  const id = run(async (made) => {
    store.reports.remove("acme", made);
    return RESULT;
  });
  await until(() => jobState() === "succeeded");
  expect(discarded).toEqual([id]);
  expect(report(id)).toBeNull();
});

test("a report that was deleted while it waited is not made", async () => {
  const made: string[] = [];
  const id = store.runs.enqueue(aRun());
  store.reports.remove("acme", id);
  start(async (report) => {
    made.push(report);
    return RESULT;
  });
  await until(() => jobState() === "succeeded");
  expect([made, discarded]).toEqual([[], []]);
});

test("a completed report is not made again, and its files stay", async () => {
  const made: string[] = [];
  const id = store.runs.enqueue(aRun());
  store.reports.complete(id, RESULT);
  start(async (report) => {
    made.push(report);
    return { ...RESULT, uptimePercentage: 1 };
  });
  await until(() => jobState() === "succeeded");
  expect([made, discarded]).toEqual([[], []]);
  expect(report(id)?.uptime_percentage).toBe(99.5);
});

test("a report that was completed meanwhile keeps its first figures and its files", async () => {
  const id = run(async (made) => {
    store.reports.complete(made, RESULT);
    return { ...RESULT, uptimePercentage: 1 };
  });
  await until(() => jobState() === "succeeded");
  expect(report(id)?.uptime_percentage).toBe(99.5);
  expect(discarded).toEqual([]);
});

test("a shutdown puts the report back to queued; the next start completes it", async () => {
  const id = run(() => new Promise(() => {}));
  await until(() => report(id)?.status === "running");
  await worker?.stop(0);
  expect(report(id)).toMatchObject({ status: "queued", progress: 0 });
  start(async () => RESULT);
  await until(() => jobState() === "succeeded");
  expect(report(id)?.status).toBe("completed");
});

test("a process that was killed leaves a running report; after the restart it is completed", async () => {
  const id = store.runs.enqueue(aRun());
  store.jobs.claim(60_000);
  store.reports.showProgress(id, 0.7);
  store.jobs.takeUpInterrupted();
  start(async () => RESULT);
  await until(() => jobState() === "succeeded");
  expect(report(id)).toMatchObject({ status: "completed", progress: 1 });
});
