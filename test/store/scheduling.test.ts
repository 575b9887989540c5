// Schedules that run by themselves: each period once, through restarts, gaps, edits and clocks.
import { beforeEach, describe, expect, test } from "bun:test";
import { idMaker } from "../../src/model/ids.ts";
import { settingsOf } from "../../src/model/scheduleRules.ts";
import { openDatabase } from "../../src/store/database/open.ts";
import { type Store, storeOf } from "../../src/store/store.ts";
import { tickAtOnce } from "../jobs/atOnce.ts";

const DAY_MS = 86_400_000;
const WORKSPACE = "acme";

let clock = 0;
let store: Store;

beforeEach(() => {
  clock = at("2026-03-01T00:00:00Z");
  const newId = idMaker(
    () => clock,
    (array) => crypto.getRandomValues(array),
  );
  store = storeOf(openDatabase(":memory:"), () => clock, newId);
});

const at = (text: string) => Date.parse(text);
const look = () => tickAtOnce({ store, log: () => {} });

function schedule(changes: Record<string, unknown> = {}): string {
  const settings = settingsOf({
    name: "Report",
    sla_target: 99.9,
    daily: true,
    timezone: "Europe/Zurich",
    ...changes,
  });
  return store.schedules.create(WORKSPACE, settings).id;
}

/** The periods of all reports, in the order in which they were asked for. */
function periods(): string[] {
  const all = store.reports.list(WORKSPACE, { status: "queued" }, { page: 1, perPage: 10_000 }).data;
  return all.reverse().map(({ trigger, from_date, to_date }) => `${trigger} ${from_date} ${to_date}`);
}

test("a daily report is made at 08:00 in the schedule's zone, on both sides of a clock change", () => {
  schedule();
  for (const [time, count] of [
    ["2026-03-28T06:59:59.999Z", 27],
    ["2026-03-28T07:00:00.000Z", 28],
    ["2026-03-29T05:59:59.999Z", 28],
    ["2026-03-29T06:00:00.000Z", 29],
  ] as const) {
    for (; clock < at(time); clock = Math.min(clock + DAY_MS / 4, at(time))) look();
    look();
    expect(periods(), time).toHaveLength(count);
  }
  expect(periods().at(-1)).toBe("daily 2026-03-28 2026-03-28");
});

test("what was missed while the server was down is made oldest first, at most the last 31", () => {
  schedule();
  clock = at("2026-03-15T12:00:00Z");
  look();
  expect(periods()[0]).toBe("daily 2026-02-28 2026-02-28");
  expect(periods()).toHaveLength(15);
  clock = at("2026-06-30T12:00:00Z");
  look();
  expect(periods()).toHaveLength(15 + 31);
  expect(periods()[15]).toBe("daily 2026-05-30 2026-05-30");
  expect(periods().at(-1)).toBe("daily 2026-06-29 2026-06-29");
});

test("a run that came late reports the period it was due for", () => {
  schedule({ daily: false, monthly: true, day_of_month: 1 });
  clock = at("2026-05-20T12:00:00Z");
  look();
  expect(periods()).toEqual([
    "monthly 2026-02-01 2026-02-28",
    "monthly 2026-03-01 2026-03-31",
    "monthly 2026-04-01 2026-04-30",
  ]);
});

test("several cadences that are due at once each make their period", () => {
  schedule({ weekly: true, day_of_week: "sunday", monthly: true, day_of_month: 1 });
  clock = at("2026-03-01T08:00:00Z");
  look();
  expect(periods()).toEqual([
    "daily 2026-02-28 2026-02-28",
    "weekly 2026-02-22 2026-02-28",
    "monthly 2026-02-01 2026-02-28",
  ]);
});

test("a clock that jumps ahead and comes back makes no period twice and skips none", () => {
  schedule();
  clock = at("2026-03-20T12:00:00Z");
  look();
  const ahead = periods();
  clock = at("2026-03-10T12:00:00Z");
  expect(store.scheduling.pullBackNextRuns(0, 50)).toEqual({ changed: 1, after: null });
  for (; clock < at("2026-03-25T12:00:00Z"); clock += DAY_MS / 2) look();
  expect(periods().slice(0, ahead.length)).toEqual(ahead);
  expect(new Set(periods()).size).toBe(periods().length);
  expect(periods()).toHaveLength(24);
});

describe("edits", () => {
  test("an edit after 08:00 and before the next look does not lose the period", () => {
    const id = schedule();
    clock = at("2026-03-01T07:00:01Z");
    store.scheduling.update(WORKSPACE, id, (settings) => ({
      ...settings,
      daily: false,
      monthly: true,
      day_of_month: 5,
    }));
    expect(periods()).toEqual(["daily 2026-02-28 2026-02-28"]);
    expect(store.schedules.get(WORKSPACE, id)?.next_run_at).toBe("2026-03-05T07:00:00.000Z");
  });

  test("moving a schedule to a zone where 08:00 is yet to come makes no period twice", () => {
    const id = schedule();
    clock = at("2026-03-01T07:00:01Z");
    look();
    store.scheduling.update(WORKSPACE, id, (settings) => ({ ...settings, timezone: "America/New_York" }));
    clock = at("2026-03-01T14:00:00Z");
    look();
    expect(periods()).toEqual(["daily 2026-02-28 2026-02-28"]);
  });

  test("a disabled schedule does not run, and makes up for nothing when it is enabled", () => {
    const id = schedule();
    store.scheduling.update(WORKSPACE, id, (settings) => ({ ...settings, disabled: true }));
    expect(store.schedules.get(WORKSPACE, id)?.next_run_at).toBeNull();
    clock = at("2026-03-10T12:00:00Z");
    look();
    store.scheduling.update(WORKSPACE, id, (settings) => ({ ...settings, disabled: false }));
    clock = at("2026-03-11T12:00:00Z");
    look();
    expect(periods()).toEqual(["daily 2026-03-10 2026-03-10"]);
  });
});

test("a schedule that cannot be read does not hold up the others", () => {
  const broken = schedule({ name: "Broken" });
  schedule();
  store.context.db.run(
    "UPDATE schedules SET settings = json_set(settings, '$.timezone', 'Mars/Olympus') WHERE id = ?",
    [broken],
  );
  clock = at("2026-03-03T12:00:00Z");
  look();
  expect(periods()).toHaveLength(3);
  look();
  expect(periods()).toHaveLength(3);
});

test("many schedules due in the same second each run once", () => {
  for (let i = 0; i < 250; i++) schedule({ name: `Report ${i}` });
  clock = at("2026-03-01T07:00:00Z");
  expect(look()).toHaveLength(250);
  expect(look()).toHaveLength(0);
});

describe("whether a schedule could be created", () => {
  const settings = (changes: Record<string, unknown>) =>
    settingsOf({ name: "Report", sla_target: 99.9, daily: true, ...changes });
  const written = () => store.context.db.query("SELECT total_changes() AS rows").get();

  test("is found out without writing", () => {
    const { id } = store.sites.create(WORKSPACE, { name: "Lima" });
    const before = written();
    store.context.db.run("PRAGMA query_only = ON");
    const given = settings({ site_selection_mode: "manual", sites: [id] });
    store.scheduling.refuseUnlessCreatable(WORKSPACE, given);
    expect(written()).toEqual(before);
  });

  test.each([
    ["business_hours_id", { business_hours_id: "bh_x" }],
    ["notification_group", { notification_group: "ng_x" }],
    ["sites[0]", { site_selection_mode: "manual", sites: ["site_x"] }],
  ])("is refused as creating is when %s names nothing", (param, changes) => {
    const given = settings(changes);
    const refusal = { reason: "reference_not_found", param };
    expect(() => store.scheduling.refuseUnlessCreatable(WORKSPACE, given)).toThrow(
      expect.objectContaining(refusal),
    );
    expect(() => store.schedules.create(WORKSPACE, given)).toThrow(expect.objectContaining(refusal));
  });
});
