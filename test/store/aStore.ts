// A store in memory with a clock that the test sets, and short ways to put things into it.
import { idMaker } from "../../src/model/ids.ts";
import type { ScheduleSettings } from "../../src/model/schedule.ts";
import { SCHEDULE_DEFAULTS } from "../../src/model/schedule.ts";
import { openDatabase } from "../../src/store/database/open.ts";
import type { RunRequest } from "../../src/store/runs.ts";
import { type Store, storeOf } from "../../src/store/store.ts";

export const START = Date.parse("2026-02-18T12:00:00Z");

export type TestStore = Store & { clock: { nowMs: number }; close: () => void };

/** A fresh store whose clock stands at START. */
export function aStore(): TestStore {
  const clock = { nowMs: START };
  const now = () => clock.nowMs;
  const db = openDatabase(":memory:");
  const store = storeOf(
    db,
    now,
    idMaker(now, (array) => crypto.getRandomValues(array)),
  );
  return { ...store, clock, close: () => db.close() };
}

export const SETTINGS: ScheduleSettings = {
  ...SCHEDULE_DEFAULTS,
  name: "Monthly report",
  sla_target: 99.9,
  monthly: true,
  day_of_month: 1,
};

/** A run of January 2026. */
export function aRun(changes: Partial<RunRequest> = {}): RunRequest {
  return {
    workspace: "acme",
    scheduleId: `sla_${"0".repeat(27)}`,
    snapshot: { settings: SETTINGS, businessHours: null },
    trigger: "on_demand",
    fromDate: "2026-01-01",
    toDate: "2026-01-31",
    idempotency: null,
    ...changes,
  };
}
