// Which maintenance windows the store finds for a period: recurring ones as long as their rule goes on.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { MIGRATIONS, migrate } from "../../src/store/database/migrations.ts";
import { maintenanceWindowsTouching } from "../../src/store/maintenanceWindows.ts";
import { HISTORY_SQL } from "../../src/store/reportHistory.ts";
import { aStore, type TestStore } from "./aStore.ts";

let store: TestStore;
beforeEach(() => {
  store = aStore();
});
afterEach(() => store.close());

const at = (text: string) => Date.parse(`${text}Z`);
const found = (from: string, to: string) =>
  maintenanceWindowsTouching(store.context, "acme", at(`${from}T00:00:00`), at(`${to}T00:00:00`)).map(
    ({ name }) => name,
  );
const make = (name: string, rrule: string | null, day = "2026-01-04") =>
  store.maintenanceWindows.create("acme", {
    name,
    starts_at: `${day}T01:00:00Z`,
    ends_at: `${day}T03:00:00Z`,
    rrule,
  });

test("a window that never ends is found for every period after its start, one that ended only until then", () => {
  make("once", null);
  make("for ever", "FREQ=WEEKLY");
  make("three times", "FREQ=WEEKLY;COUNT=3");
  make("until March", "FREQ=WEEKLY;UNTIL=20260301");
  expect(found("2025-12-01", "2026-01-04")).toEqual([]);
  expect(found("2026-01-04", "2026-01-05").sort()).toEqual([
    "for ever",
    "once",
    "three times",
    "until March",
  ]);
  expect(found("2026-02-10", "2026-02-11").sort()).toEqual(["for ever", "until March"]);
  expect(found("2036-02-10", "2036-02-11")).toEqual(["for ever"]);
});

test("a change of the rule changes for how long it is found", () => {
  const { id } = make("a", "FREQ=WEEKLY;COUNT=2");
  expect(found("2026-06-01", "2026-06-30")).toEqual([]);
  store.maintenanceWindows.update("acme", id, { rrule: "FREQ=WEEKLY" });
  expect(found("2026-06-01", "2026-06-30")).toEqual(["a"]);
  store.maintenanceWindows.update("acme", id, { rrule: null });
  expect(found("2026-06-01", "2026-06-30")).toEqual([]);
});

test("the reports before one are found by their schedule", () => {
  const plan = store.context.db.query(`EXPLAIN QUERY PLAN ${HISTORY_SQL}`).all("a", "b", "daily", null, 12);
  expect(JSON.stringify(plan)).toContain("USING INDEX reports_schedule (schedule_id=?)");
});

test("a window of a database from before rules is one that does not recur", () => {
  const db = new Database(":memory:");
  for (const sql of MIGRATIONS.slice(0, 3)) db.run(sql);
  db.run("PRAGMA user_version = 3");
  db.run(
    `INSERT INTO maintenance_windows (id, workspace, name, starts_at_ms, ends_at_ms, applies_to, created_at_ms, updated_at_ms)
     VALUES ('mw_1', 'acme', 'Old', 1, 2, 'all', 0, 0)`,
  );
  migrate(db);
  expect(db.query("SELECT name, rrule, timezone, recurs_until_ms FROM maintenance_windows").all()).toEqual([
    { name: "Old", rrule: null, timezone: "UTC", recurs_until_ms: null },
  ]);
  db.close();
});
