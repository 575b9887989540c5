// Deliveries in the store: to whom a finished report goes, once each, and how they are sent again.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Delivery } from "../../src/model/delivery.ts";
import type { ReportResult } from "../../src/store/reports.ts";
import { aRun, aStore, SETTINGS, type TestStore } from "./aStore.ts";

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
const GROUP = {
  name: "Operations",
  emails: ["ops@example.com", "noc@example.com"],
  webhooks: [{ url: "https://hooks.example.com/a", secret: "the first secret there is" }],
};

let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const schedule = (changes: Partial<typeof SETTINGS> = {}) =>
  store.schedules.create("acme", { ...SETTINGS, ...changes });

/** A report of this schedule, completed as its job would. */
function completed(scheduleId: string): string {
  const snapshot = store.schedules.snapshot("acme", scheduleId);
  if (!snapshot) throw new Error("there is no such schedule");
  const id = store.runs.enqueue(aRun({ scheduleId, snapshot }));
  complete(id);
  return id;
}
function complete(id: string): void {
  store.reports.complete(id, RESULT);
  store.deliveries.enqueueReport("acme", id);
}

const deliveriesOf = (id: string) => store.reports.get("acme", id)?.deliveries ?? [];
const targets = (deliveries: readonly Delivery[]) =>
  deliveries.map(({ channel, target }) => `${channel} ${target}`);
const jobs = () =>
  store.context.db
    .query<{ payload: string }, []>("SELECT payload FROM jobs WHERE kind = 'delivery' ORDER BY seq")
    .all()
    .map(({ payload }) => (JSON.parse(payload) as { delivery_id: string }).delivery_id);
const end = (id: string, state: "sent" | "failed") => {
  store.deliveries.begin(id);
  if (state === "sent") store.deliveries.markSent(id);
  else store.deliveries.markFailed(id, "no such user");
};

describe("a completed report is queued", () => {
  test("for the group's addresses and webhooks and for the recipients, each with a job", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    const { id } = schedule({ notification_group: group.id, recipients: ["boss@example.com"] });
    const deliveries = deliveriesOf(completed(id));
    expect(targets(deliveries)).toEqual([
      "email ops@example.com",
      "email noc@example.com",
      "email boss@example.com",
      "webhook https://hooks.example.com/a",
    ]);
    expect(deliveries[0]).toMatchObject({ state: "queued", attempts: 0, error: null, sent_at: null });
    expect(jobs()).toEqual(deliveries.map(({ id }) => id));
  });

  test("once for an address that is named twice, also in another case", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    const recipients = ["OPS@example.com", "boss@example.com", "boss@example.com"];
    const { id } = schedule({ notification_group: group.id, recipients });
    expect(targets(deliveriesOf(completed(id)))).toEqual([
      "email ops@example.com",
      "email noc@example.com",
      "email boss@example.com",
      "webhook https://hooks.example.com/a",
    ]);
  });

  test("once, however often it is queued", () => {
    const { id } = schedule({ recipients: ["boss@example.com"] });
    const report = completed(id);
    expect(store.deliveries.enqueueReport("acme", report)).toBe(0);
    expect(deliveriesOf(report)).toHaveLength(1);
    expect(jobs()).toHaveLength(1);
  });

  test("for the group as it is when the report is completed", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    const { id } = schedule({ notification_group: group.id });
    const snapshot = store.schedules.snapshot("acme", id) ?? undefined;
    const report = store.runs.enqueue(aRun({ scheduleId: id, ...(snapshot ? { snapshot } : {}) }));
    store.notificationGroups.replace("acme", group.id, () => ({
      name: "New",
      emails: ["new@example.com"],
      webhooks: [],
    }));
    complete(report);
    expect(targets(deliveriesOf(report))).toEqual(["email new@example.com"]);
  });

  test("for the recipients when the group was deleted meanwhile", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    const { id } = schedule({ notification_group: group.id, recipients: ["boss@example.com"] });
    const snapshot = store.schedules.snapshot("acme", id) ?? undefined;
    const report = store.runs.enqueue(aRun({ scheduleId: id, ...(snapshot ? { snapshot } : {}) }));
    store.scheduling.remove("acme", id);
    store.notificationGroups.remove("acme", group.id);
    complete(report);
    expect(targets(deliveriesOf(report))).toEqual(["email boss@example.com"]);
  });

  test("for nobody when nobody is named", () => {
    expect(deliveriesOf(completed(schedule().id))).toEqual([]);
    expect(jobs()).toEqual([]);
  });

  test("for nobody of another workspace", () => {
    const { id } = schedule({ recipients: ["boss@example.com"] });
    const report = completed(id);
    expect(store.deliveries.enqueueReport("other", report)).toBe(0);
    expect(store.deliveries.resend("other", report, undefined)).toBeNull();
  });
});

test("a schedule and a report of before there were recipients have none", () => {
  const { id } = schedule({ recipients: ["boss@example.com"] });
  const report = store.runs.enqueue(aRun({ scheduleId: id }));
  const { db } = store.context;
  db.run("UPDATE schedules SET settings = json_remove(settings, '$.recipients')");
  db.run(
    "UPDATE reports SET snapshot = json_remove(snapshot, '$.settings.recipients', '$.settings.notification_group')",
  );
  expect(store.schedules.get("acme", id)).toMatchObject({ recipients: [], notification_group: null });
  complete(report);
  expect(store.deliveries.resend("acme", report, undefined)).toEqual([]);
});

describe("an attempt", () => {
  test("is counted when it begins, and says what to send with the webhook's secret", () => {
    const group = store.notificationGroups.create("acme", { ...GROUP, emails: [] });
    const { id } = schedule({ notification_group: group.id });
    const report = completed(id);
    const [delivery] = deliveriesOf(report);
    expect(store.deliveries.begin(delivery?.id ?? "")).toEqual({
      id: delivery?.id ?? "",
      round: 1,
      channel: "webhook",
      target: "https://hooks.example.com/a",
      secret: "the first secret there is",
      about: { kind: "report", workspace: "acme", reportId: report },
    });
    expect(deliveriesOf(report)[0]).toMatchObject({ attempts: 1, state: "queued" });
  });

  test("that went wrong leaves its reason until the next went well", () => {
    const report = completed(schedule({ recipients: ["boss@example.com"] }).id);
    const id = deliveriesOf(report)[0]?.id ?? "";
    store.deliveries.begin(id);
    store.deliveries.noteError(id, "450 later");
    expect(deliveriesOf(report)[0]).toMatchObject({ state: "queued", attempts: 1, error: "450 later" });
    store.deliveries.begin(id);
    store.clock.nowMs += 60_000;
    store.deliveries.markSent(id);
    expect(deliveriesOf(report)[0]).toMatchObject({
      state: "sent",
      attempts: 2,
      error: null,
      sent_at: "2026-02-18T12:01:00.000Z",
    });
  });

  test("at what is over, or gone with its report, does not begin", () => {
    const report = completed(
      schedule({ recipients: ["a@example.com", "b@example.com", "c@example.com"] }).id,
    );
    const [sent = "", failed = "", queued = ""] = deliveriesOf(report).map(({ id }) => id);
    end(sent, "sent");
    end(failed, "failed");
    expect(store.deliveries.begin(sent)).toBeNull();
    expect(store.deliveries.begin(failed)).toBeNull();
    store.reports.remove("acme", report);
    expect(store.deliveries.begin(queued)).toBeNull();
  });
});

describe("sending again", () => {
  const three = () => {
    const { id } = schedule({ recipients: ["a@example.com", "b@example.com", "c@example.com"] });
    const report = completed(id);
    const [sent = "", failed = "", queued = ""] = deliveriesOf(report).map(({ id }) => id);
    end(sent, "sent");
    end(failed, "failed");
    return { schedule: id, report, sent, failed, queued };
  };
  const again = (report: string, ids?: string[]) =>
    (store.deliveries.resend("acme", report, ids) ?? []).map(({ id }) => id);

  test("without ids is for those that failed; what waits still waits once", () => {
    const { report, sent, failed, queued } = three();
    expect(again(report)).toEqual([failed, queued]);
    expect(jobs()).toEqual([sent, failed, queued, failed]);
    expect(store.deliveries.begin(failed)).toMatchObject({ round: 2 });
    expect(again(report)).toEqual([failed, queued]);
    expect(jobs()).toHaveLength(4);
  });

  test("with ids is for these, sent ones too", () => {
    const { report, sent, failed } = three();
    store.clock.nowMs += 60_000;
    expect(again(report, [sent])).toEqual([sent]);
    expect(deliveriesOf(report).map(({ id, state }) => [id, state])).toContainEqual([failed, "failed"]);
    expect(store.deliveries.begin(sent)).toMatchObject({ round: 2, target: "a@example.com" });
  });

  test("refuses an id that is no delivery of this report, and changes nothing", () => {
    const { report, failed } = three();
    const other = deliveriesOf(completed(schedule({ recipients: ["d@example.com"] }).id))[0]?.id ?? "";
    expect(() => store.deliveries.resend("acme", report, [failed, other])).toThrow(/'delivery_ids\[1\]'/);
    expect(deliveriesOf(report)[1]).toMatchObject({ state: "failed" });
  });

  test("reaches whom the schedule has gained since, and not whom it has lost", () => {
    const { report, schedule: id } = three();
    const change = { recipients: ["a@example.com", "new@example.com"] };
    store.scheduling.update("acme", id, (settings) => ({ ...settings, ...change }));
    const queued = store.deliveries.resend("acme", report, undefined) ?? [];
    expect(targets(queued)).toEqual(["email b@example.com", "email c@example.com", "email new@example.com"]);
  });

  test("signs with the secret that the webhook has now", () => {
    const group = store.notificationGroups.create("acme", { ...GROUP, emails: [] });
    const report = completed(schedule({ notification_group: group.id }).id);
    const id = deliveriesOf(report)[0]?.id ?? "";
    end(id, "failed");
    const webhooks = [{ url: "https://hooks.example.com/a", secret: "the second secret there is" }];
    store.notificationGroups.replace("acme", group.id, () => ({ ...GROUP, emails: [], webhooks }));
    again(report);
    expect(store.deliveries.begin(id)).toMatchObject({ secret: "the second secret there is" });
  });
});

describe("a test of a group", () => {
  test("goes to each of its targets and is seen on the group", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    const deliveries = store.deliveries.enqueueTest("acme", group.id) ?? [];
    expect(targets(deliveries)).toHaveLength(3);
    expect(store.notificationGroups.get("acme", group.id)?.last_test).toEqual(deliveries);
    expect(store.deliveries.begin(deliveries[0]?.id ?? "")).toMatchObject({
      about: { kind: "test", groupId: group.id, groupName: "Operations" },
    });
  });

  test("takes the place of the one before, and goes with the group", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    const [first] = store.deliveries.enqueueTest("acme", group.id) ?? [];
    store.clock.nowMs += 60_000;
    const [second] = store.deliveries.enqueueTest("acme", group.id) ?? [];
    expect(store.deliveries.begin(first?.id ?? "")).toBeNull();
    store.notificationGroups.remove("acme", group.id);
    expect(store.deliveries.begin(second?.id ?? "")).toBeNull();
  });

  test("of an unknown group, or another workspace's, is none", () => {
    const group = store.notificationGroups.create("acme", GROUP);
    expect(store.deliveries.enqueueTest("other", group.id)).toBeNull();
  });
});

test("jobs are claimed by kind, along an index, and their next due time too", () => {
  completed(schedule({ recipients: ["boss@example.com"] }).id);
  expect(store.jobs.claim(1000, ["delivery"])).toMatchObject({ kind: "delivery" });
  expect(store.jobs.claim(1000, ["delivery"])).toBeNull();
  expect(store.jobs.nextDueMs(["delivery"])).toBeNull();
  expect(store.jobs.nextDueMs(["report"])).toBe(store.clock.nowMs);
  store.clock.nowMs += 1000;
  expect(store.jobs.claim(1000, ["report"])).toMatchObject({ kind: "report" });
  expect(store.jobs.claim(1000, ["report", "delivery"])).toMatchObject({ kind: "delivery", attempts: 2 });
  const plan = store.context.db
    .query<{ detail: string }, []>(
      "EXPLAIN QUERY PLAN SELECT seq FROM jobs WHERE state = 'queued' AND run_at_ms <= ? AND kind = ? ORDER BY run_at_ms, seq LIMIT 1",
    )
    .all();
  expect(plan.map(({ detail }) => detail)).toEqual([
    expect.stringContaining("INDEX jobs_of_kind_due (kind=? AND run_at_ms<?)"),
  ]);
});
