// Messages that cannot be made because nothing can be stored: that is nobody's fault, and nobody waits for it.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { deliveryJob, type Send } from "../../src/jobs/deliveryJob.ts";
import { reportJob } from "../../src/jobs/reportJob.ts";
import { startWorker, type Worker } from "../../src/jobs/worker.ts";
import { senderOf } from "../../src/notify/sender.ts";
import { evenClock } from "../jobs/evenClock.ts";
import { aRun, aStore, SETTINGS, type TestStore } from "../store/aStore.ts";

const NO_FILE = { bytes: 100_000_000, sha256: "" };
const RESULT = {
  uptimePercentage: 100,
  siteCount: 0,
  breachedCount: 0,
  artefacts: { pdf: NO_FILE, json: NO_FILE, csv: NO_FILE },
};

let store: TestStore;
let receiver: ReturnType<typeof Bun.serve>;
let received: string[];
let worker: Worker | null;
beforeEach(() => {
  store = aStore();
  received = [];
  worker = null;
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      received.push(((await request.json()) as { links: { pdf: string } }).links.pdf);
      return new Response();
    },
  });
});
afterEach(async () => {
  await worker?.stop(0);
  await receiver.stop(true);
  store.close();
});

/** A completed report with one webhook. Gives its id. */
function report(): string {
  const webhooks = [{ url: `http://127.0.0.1:${receiver.port}/`, secret: "s".repeat(16) }];
  const { id: group } = store.notificationGroups.create("acme", { name: "x", emails: [], webhooks });
  const settings = { ...SETTINGS, notification_group: group };
  const id = store.runs.enqueue(aRun({ snapshot: { settings, businessHours: null } }));
  store.reports.complete(id, RESULT);
  store.deliveries.enqueueReport("acme", id);
  return id;
}
const deliveryOf = (id: string) => store.reports.get("acme", id)?.deliveries[0];

const until = async (isSo: () => boolean) => {
  while (!isSo()) await Bun.sleep(1);
};

describe("a message whose link cannot be stored", () => {
  test.each([
    ["SQLITE_BUSY", "database is locked"],
    ["SQLITE_FULL", "database or disk is full"],
  ])("for %s has had no attempt and has no error, and is sent when it can be", async (code, message) => {
    let failures = 2;
    const retries: unknown[] = [];
    const send = senderOf({
      store,
      dataFolder: "/nonexistent",
      present: (given) => given,
      linkTo: () => {
        if (failures-- > 0) throw Object.assign(new Error(message), { code });
        return "https://sla.example.com/pdf";
      },
      linkMs: 1000,
      email: { smtp: null, from: { name: "", address: "" } },
      webhook: { allowsPrivate: true, version: "0", now: Date.now },
      log: () => {},
    });
    const id = report();
    worker = startWorker({
      store,
      kinds: ["delivery"],
      handlers: { delivery: deliveryJob(store, send, evenClock(store.context.now)) },
      random: () => 0,
      log: (_, event, facts) => event === "job.retry" && retries.push(facts?.["reason"]),
      pollMs: 5,
    });
    for (const times of [1, 2]) {
      await until(() => retries.length === times && store.jobs.nextDueMs(["delivery"]) !== null);
      expect(deliveryOf(id)).toMatchObject({ state: "queued", attempts: 0, error: null });
      store.clock.nowMs += 2000;
    }
    await until(() => deliveryOf(id)?.state === "sent");
    expect(deliveryOf(id)).toMatchObject({ attempts: 1, error: null });
    expect(retries).toEqual([message, message]);
    expect(received).toEqual(["https://sla.example.com/pdf"]);
  });
});

describe("while another process writes, nothing is begun that would have to be stored", () => {
  test("neither a delivery, nor its links, nor a report", async () => {
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    let looked = 0;
    store.writeLock.whenFree = () => gates[looked++]?.promise ?? Promise.resolve();
    const links: string[] = [];
    const send: Send = senderOf({
      store,
      dataFolder: "/nonexistent",
      present: (given) => given,
      linkTo: (_, { artefact }) => `https://sla.example.com/${links.push(artefact)}`,
      linkMs: 1000,
      email: { smtp: null, from: { name: "", address: "" } },
      webhook: { allowsPrivate: true, version: "0", now: Date.now },
      log: () => {},
    });
    const id = report();
    const job = store.jobs.claim(1000, ["delivery"]);
    if (!job) throw new Error("there is a delivery");
    const sending = deliveryJob(store, send, evenClock(store.context.now)).run(job);
    expect([looked, deliveryOf(id)?.attempts]).toEqual([1, 0]);
    gates[0]?.resolve();
    await until(() => looked === 2);
    expect([deliveryOf(id)?.attempts, links]).toEqual([1, []]);
    gates[1]?.resolve();
    await sending;
    expect(links).toHaveLength(3);

    const next = store.runs.enqueue(aRun());
    const run = { ...job, kind: "report", payload: { report_id: next } };
    const making = reportJob(
      store,
      async () => RESULT,
      () => {},
    ).run(run);
    expect([looked, store.reports.get("acme", next)?.status]).toEqual([3, "queued"]);
    gates[2]?.resolve();
    await making;
    expect(store.reports.get("acme", next)?.status).toBe("running");
  });
});
