// How long reports are kept: by age and number, as the schedule says, else the workspace, else for ever.
import { beforeEach, expect, test } from "bun:test";
import { idMaker } from "../../src/model/ids.ts";
import type { Trigger } from "../../src/model/report.ts";
import { settingsOf } from "../../src/model/scheduleRules.ts";
import { openDatabase } from "../../src/store/database/open.ts";
import { type Store, storeOf } from "../../src/store/store.ts";
import { sweepAtOnce } from "../jobs/atOnce.ts";
import { evenClock } from "../jobs/evenClock.ts";

const DAY_MS = 86_400_000;
const ARTEFACT = { bytes: 1, sha256: "" };

let clock = 0;
let store: Store;

beforeEach(() => {
  clock = Date.parse("2026-06-01T00:00:00Z");
  const newId = idMaker(
    () => clock,
    (array) => crypto.getRandomValues(array),
  );
  store = storeOf(openDatabase(":memory:"), () => clock, newId);
});

function schedule(changes: Record<string, unknown> = {}, workspace = "acme"): string {
  const settings = settingsOf({ name: "Report", sla_target: 99.9, daily: true, ...changes });
  return store.schedules.create(workspace, settings).id;
}

/** Asks for a report, and completes it unless told otherwise. */
function report(
  scheduleId: string,
  ending: "completed" | "failed" | "queued" = "completed",
  workspace = "acme",
  trigger: Trigger = "on_demand",
) {
  const snapshot = store.schedules.snapshot(workspace, scheduleId);
  if (!snapshot) throw new Error("no such schedule");
  const id = store.runs.enqueue({
    workspace,
    scheduleId,
    snapshot,
    trigger,
    fromDate: "2026-05-01",
    toDate: "2026-05-31",
    idempotency: null,
  });
  if (ending === "failed") store.reports.fail(id, "no reason");
  if (ending === "completed") {
    const artefacts = { pdf: ARTEFACT, json: ARTEFACT, csv: ARTEFACT };
    store.reports.complete(id, { uptimePercentage: 100, siteCount: 0, breachedCount: 0, artefacts });
  }
  clock += 1000;
  return id;
}

function sweep(): string[] {
  const removed: string[] = [];
  sweepAtOnce({ store, clock: evenClock(() => clock), discard: ({ id }) => removed.push(id) });
  return removed;
}

const isThere = (id: string, workspace = "acme") => store.reports.get(workspace, id) !== null;

test("everything is kept until somebody says otherwise", () => {
  const id = report(schedule());
  clock += 10_000 * DAY_MS;
  expect(sweep()).toEqual([]);
  expect(isThere(id)).toBe(true);
});

test("the workspace's age holds for every schedule that has none of its own", () => {
  store.retention.replaceSettings("acme", { retention_days: 30, retention_count: null });
  const short = report(schedule());
  const long = report(schedule({ retention_days: 400 }));
  clock += 30 * DAY_MS - 2000;
  expect(sweep()).toEqual([]);
  clock += 2001;
  expect(sweep()).toEqual([short]);
  expect(isThere(long)).toBe(true);
});

test("of each schedule so many newest completed reports are kept", () => {
  const some = schedule({ retention_count: 2 });
  const all = schedule();
  const ids = [report(some), report(some), report(some), report(some)];
  const other = report(all);
  expect(sweep()).toEqual(ids.slice(0, 2));
  expect([...ids.slice(2), other].every((id) => isThere(id))).toBe(true);
});

test("what waits is never removed, and what failed does not push out what completed", () => {
  const id = schedule({ retention_days: 1, retention_count: 1 });
  const completed = report(id);
  const failed = report(id, "failed");
  const waiting = report(id, "queued");
  expect(sweep()).toEqual([]);
  clock += 2 * DAY_MS;
  expect(sweep()).toEqual([completed, failed]);
  expect(isThere(waiting)).toBe(true);
});

test("reports on demand push out none of a cadence, nor one cadence those of another", () => {
  const id = schedule({ retention_count: 2 });
  const made = (trigger: Trigger) => report(id, "completed", "acme", trigger);
  const [daily, monthly] = [made("daily"), made("monthly")];
  const onDemand = [made("on_demand"), made("on_demand"), made("on_demand")];
  const laterDaily = [made("daily"), made("daily")];
  expect(sweep()).toEqual([daily, ...onDemand.slice(0, 1)]);
  expect([monthly, ...laterDaily].every((kept) => isThere(kept))).toBe(true);
});

test("failed reports count for nothing, and go when so many completed ones came after them", () => {
  const id = schedule({ retention_count: 2 });
  const old = report(id, "failed");
  const completed = [report(id), report(id, "failed"), report(id, "failed"), report(id, "failed")];
  expect(sweep()).toEqual([]);
  const newest = report(id);
  expect(sweep()).toEqual([old]);
  expect([...completed, newest].every((kept) => isThere(kept))).toBe(true);
});

test("the reports of a deleted schedule follow the workspace", () => {
  const id = schedule({ retention_days: 1 });
  const kept = report(id);
  store.scheduling.remove("acme", id);
  clock += 5 * DAY_MS;
  expect(sweep()).toEqual([]);
  store.retention.replaceSettings("acme", { retention_days: 4, retention_count: null });
  expect(sweep()).toEqual([kept]);
});

test("another workspace's settings change nothing", () => {
  const id = report(schedule({}, "other"), "completed", "other");
  store.retention.replaceSettings("acme", { retention_days: 1, retention_count: 1 });
  clock += 100 * DAY_MS;
  expect(sweep()).toEqual([]);
  expect(isThere(id, "other")).toBe(true);
});

test("more reports than one batch are removed in one sweep", () => {
  const id = schedule({ retention_count: 1 });
  for (let i = 0; i < 450; i++) report(id);
  expect(sweep()).toHaveLength(449);
});
