// The delivery job under its worker: retries, giving up, crashes, and lanes that do not wait for each other.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { deliveryJob, deliveryRetryDelayMs, type Send } from "../../src/jobs/deliveryJob.ts";
import { startWorker, type Worker } from "../../src/jobs/worker.ts";
import { emailChannel } from "../../src/notify/email.ts";
import { webhookChannel } from "../../src/notify/webhook.ts";
import { aReportNotice } from "../notify/aNotice.ts";
import { smtpError, startMailServer } from "../notify/mailServer.ts";
import { aRun, aStore, SETTINGS, type TestStore } from "../store/aStore.ts";
import { evenClock } from "./evenClock.ts";

const SENT = { kind: "sent" } as const;
let store: TestStore;
let workers: Worker[];
beforeEach(() => {
  store = aStore();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(0)));
  store.close();
});

/** A completed report that is to be delivered to these addresses and webhooks. Gives its id. */
function report(recipients: string[], url?: string): string {
  const group =
    url === undefined
      ? null
      : store.notificationGroups.create("acme", {
          name: "x",
          emails: [],
          webhooks: [{ url, secret: "s".repeat(16) }],
        }).id;
  const settings = { ...SETTINGS, recipients, notification_group: group };
  const id = store.runs.enqueue(aRun({ snapshot: { settings, businessHours: null } }));
  store.reports.complete(id, {
    uptimePercentage: 100,
    siteCount: 0,
    breachedCount: 0,
    artefacts: {
      pdf: { bytes: 0, sha256: "" },
      json: { bytes: 0, sha256: "" },
      csv: { bytes: 0, sha256: "" },
    },
  });
  store.deliveries.enqueueReport("acme", id);
  return id;
}
const deliveries = (id: string) => store.reports.get("acme", id)?.deliveries ?? [];

/** Starts a lane; its retries wait for no time. */
function lane(send: Send, options: { leaseMs?: number } = {}): Worker {
  const worker = startWorker({
    store,
    kinds: ["delivery"],
    handlers: {
      delivery: {
        ...deliveryJob(store, send, evenClock(store.context.now)),
        lanes: 1,
        retryDelay: () => 0,
      },
    },
    random: () => 0,
    log: () => {},
    pollMs: 5,
    ...options,
  });
  workers.push(worker);
  return worker;
}
async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited++) {
    if (waited > 4000) throw new Error("it never came true");
    await Bun.sleep(1);
  }
}
const allOver = (id: string) => deliveries(id).every(({ state }) => state !== "queued");

test("retries wait half a minute, then four times as long each, with a random quarter less", () => {
  expect([1, 2, 3, 4].map((attempts) => deliveryRetryDelayMs(attempts, () => 1))).toEqual([
    30_000, 120_000, 480_000, 1_920_000,
  ]);
  expect(deliveryRetryDelayMs(1, () => 0)).toBe(22_500);
});

describe("a delivery", () => {
  test("that is taken over is sent", async () => {
    const id = report(["a@example.com", "b@example.com"]);
    const targets: string[] = [];
    lane(async ({ target }) => {
      targets.push(target);
      return SENT;
    });
    await until(() => allOver(id));
    expect(targets).toEqual(["a@example.com", "b@example.com"]);
    expect(deliveries(id)).toMatchObject([
      { state: "sent", attempts: 1, error: null, sent_at: "2026-02-18T12:00:00.000Z" },
      { state: "sent", attempts: 1 },
    ]);
  });

  test("that is refused for good fails at once, and the report does not", async () => {
    const id = report(["a@example.com"]);
    lane(async () => ({ kind: "refused", reason: "550 no such user" }));
    await until(() => allOver(id));
    expect(deliveries(id)).toMatchObject([
      { state: "failed", attempts: 1, error: "550 no such user", sent_at: null },
    ]);
    expect(store.reports.get("acme", id)).toMatchObject({ status: "completed", error: null });
  });

  test("that never succeeds is given up after five attempts, with the last reason", async () => {
    const id = report(["a@example.com"]);
    let attempts = 0;
    lane(async () => {
      throw new Error(`attempt ${++attempts} failed`);
    });
    await until(() => allOver(id));
    expect(deliveries(id)).toMatchObject([{ state: "failed", attempts: 5, error: "attempt 5 failed" }]);
  });

  test("of a report that was deleted is not sent", async () => {
    const id = report(["a@example.com"]);
    store.reports.remove("acme", id);
    let count = 0;
    lane(async () => {
      count++;
      return SENT;
    });
    await until(() => store.jobs.nextDueMs(["delivery"]) === null);
    expect(count).toBe(0);
  });
});

describe("killed between sending and storing", () => {
  test("it is sent again: with the same Message-ID, and one delivery", async () => {
    const server = await startMailServer();
    const channel = emailChannel({ smtp: server.smtp, from: { name: "", address: "nines@example.com" } });
    try {
      const id = report(["a@example.com"]);
      // As far as a process gets that is killed then: claimed, begun, sent.
      const job = store.jobs.claim(1000, ["delivery"]);
      const order = store.deliveries.begin(job?.payload["delivery_id"] ?? "");
      if (!order) throw new Error("there is nothing to send");
      await channel(order, aReportNotice());
      store.jobs.takeUpInterrupted();
      lane((again) => channel(again, aReportNotice()));
      await until(() => allOver(id));
      expect(server.received).toHaveLength(2);
      expect(new Set(server.received.map(({ mail }) => mail.messageId)).size).toBe(1);
      expect(deliveries(id)).toMatchObject([{ state: "sent", attempts: 2 }]);
    } finally {
      await server.stop();
    }
  });

  test("and sent ones are not sent again", async () => {
    const id = report(["a@example.com", "b@example.com"]);
    const sent: string[] = [];
    lane(async ({ target }) => {
      sent.push(target);
      return SENT;
    });
    await until(() => allOver(id));
    store.jobs.takeUpInterrupted();
    await Bun.sleep(30);
    expect(sent).toEqual(["a@example.com", "b@example.com"]);
  });
});

describe("a receiver that is not ready at first", () => {
  test("a mail server that puts the sender off gets the message later", async () => {
    let asked = 0;
    const server = await startMailServer({
      onRcptTo: (_address, _session, callback) =>
        ++asked === 1 ? callback(smtpError(450, "greylisted")) : callback(),
    });
    const channel = emailChannel({ smtp: server.smtp, from: { name: "", address: "nines@example.com" } });
    try {
      const id = report(["a@example.com"]);
      lane((order) => channel(order, aReportNotice()));
      await until(() => allOver(id));
      expect(deliveries(id)).toMatchObject([{ state: "sent", attempts: 2, error: null }]);
      expect(server.received).toHaveLength(1);
    } finally {
      await server.stop();
    }
  });

  test("a webhook that answers 500 twice gets the message the third time, with the same id", async () => {
    const ids: (string | null)[] = [];
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => {
        ids.push(request.headers.get("nines-delivery"));
        return new Response(null, { status: ids.length < 3 ? 500 : 200 });
      },
    });
    const channel = webhookChannel({ allowsPrivate: true, version: "0", now: Date.now });
    try {
      const id = report([], `http://127.0.0.1:${server.port}/`);
      lane((order) => channel(order, aReportNotice()));
      await until(() => allOver(id));
      const [delivery] = deliveries(id);
      expect(delivery).toMatchObject({ state: "sent", attempts: 3 });
      expect(ids).toEqual([delivery?.id ?? "", delivery?.id ?? "", delivery?.id ?? ""]);
    } finally {
      await server.stop(true);
    }
  });
});

describe("lanes", () => {
  test("a slow receiver holds up neither the others nor reports", async () => {
    const id = report(["slow@example.com", "quick@example.com"]);
    const slow = Promise.withResolvers<void>();
    const send: Send = async ({ target }) => {
      if (target.startsWith("slow")) await slow.promise;
      return SENT;
    };
    lane(send);
    lane(send);
    const made: string[] = [];
    const reports = startWorker({
      store,
      kinds: ["report"],
      handlers: {
        report: { run: async (job) => () => made.push(job.id), onRetry: () => {}, onGiveUp: () => {} },
      },
      random: () => 0,
      log: () => {},
      pollMs: 5,
    });
    workers.push(reports);
    await until(() => deliveries(id)[1]?.state === "sent" && made.length === 1);
    expect(deliveries(id)[0]).toMatchObject({ state: "queued", attempts: 1 });
    slow.resolve();
    await until(() => allOver(id));
  });

  test("a shutdown lets go of a message that takes too long: the next start sends it", async () => {
    const id = report(["a@example.com"]);
    const hung = Promise.withResolvers<typeof SENT>();
    const worker = lane(() => hung.promise);
    await until(() => deliveries(id)[0]?.attempts === 1);
    await worker.stop(0);
    expect(store.jobs.nextDueMs(["delivery"])).toBe(store.clock.nowMs);
    lane(async () => SENT);
    await until(() => allOver(id));
    hung.resolve(SENT);
    await Bun.sleep(5);
    expect(deliveries(id)).toMatchObject([{ state: "sent", attempts: 2 }]);
  });
});
