// Weeks of many schedules (in the long form, ninety days of forty) on a machine that is killed at any statement, switched off for weeks and set
// to the wrong time, while people change what they asked for: in the end every report is there, once.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NinesError } from "../../../src/model/errors.ts";
import type { Report, ReportStatus } from "../../../src/model/report.ts";
import type { ScheduleSettings } from "../../../src/model/schedule.ts";
import { SCHEDULE_DEFAULTS } from "../../../src/model/schedule.ts";
import { WEEKDAYS } from "../../../src/sla/businessHours.ts";
import { findSitesByName } from "../../../src/store/sites.ts";
import { DAY_MS } from "../../sla/eightOClock.ts";
import { type Chance, chanceOf, isLong } from "../../support/chance.ts";
import { expectationOf } from "./expectation.ts";
import type { Failure } from "./failpoints.ts";
import { machineOf } from "./machine.ts";

const WORKSPACE = "acme";
const HOUR_MS = 3_600_000;
const SCHEDULES = isLong ? 40 : 12;
const DAYS = isLong ? 90 : 45;
const STARTS = ["2026-02-20T00:00:00Z", "2026-09-20T00:00:00Z"];
/** How many of these worlds there are; each begins at another start than the one before. */
const WORLDS = isLong ? 12 : 2;
/** How far the clock may be wrong, and a little more. */
const MARGIN_DAYS = 60;
const ALL = { page: 1, perPage: 100_000 };
/** A clock is wrong by seconds, by a zone, by days; or it lost all it knew. */
const CLOCK_ERRORS_MS = [
  -5000,
  5000,
  2 * HOUR_MS,
  -9 * HOUR_MS,
  4 * DAY_MS,
  -3 * DAY_MS,
  36 * DAY_MS,
  -20 * DAY_MS,
];
const ZONES = [
  ...["UTC", "Europe/Zurich", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Tokyo"],
  ...["Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Kiritimati", "America/Santiago", "Africa/Cairo"],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-simulation-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function someSettings(chance: Chance, name: string): ScheduleSettings {
  const daily = chance.happens(0.5);
  const weekly = chance.happens(0.4);
  return {
    ...SCHEDULE_DEFAULTS,
    name,
    sla_target: 90 + chance.whole(1000) / 100,
    disabled: chance.happens(0.15),
    daily,
    weekly,
    monthly: chance.happens(0.4) || !(daily || weekly),
    day_of_week: chance.oneOf(WEEKDAYS),
    day_of_month: 1 + chance.whole(31),
    timezone: chance.oneOf(ZONES),
  };
}

/** The world of a simulation, and what can happen in it; whatever does is told to the expectation too. */
function simulationOf(seed: number, startMs: number) {
  const chance = chanceOf(seed);
  const clock = { nowMs: startMs };
  const expectation = expectationOf(startMs - MARGIN_DAYS * DAY_MS, DAYS + 2 * MARGIN_DAYS);
  /** By how much the clock is wrong. */
  let wrongMs = 0;
  const clocks = () => ({ wallMs: clock.nowMs, evenMs: clock.nowMs - wrongMs });
  const machine = machineOf({
    path: join(folder, `${seed}.sqlite`),
    clock,
    monotonic: () => clocks().evenMs,
    // Ids and pauses have a chance of their own: how many are drawn must not change what happens.
    random: chanceOf(seed + 1_000).random,
    onLook: (first) => expectation.looked(clocks(), first),
  });
  const counts = { schedules: 0, changes: 0, deletions: 0, outages: 0, jumps: 0 };

  const someFailure = (): Failure | null => {
    const kind = chance.oneOf(["error", "kill"] as const);
    const place = chance.oneOf(["before", "after"] as const);
    const statement = 1 + chance.whole(chance.oneOf([4, 40]));
    return chance.happens(0.12) ? { kind, place, statement } : null;
  };
  const idOf = (name: string) => machine.store.schedules.list(WORKSPACE, { name }, ALL).data[0]?.id ?? "";

  const create = async () => {
    const name = `Schedule-${++counts.schedules}`;
    const settings = someSettings(chance, name);
    await machine.survive(
      someFailure(),
      (store) => idOf(name) || store.schedules.create(WORKSPACE, settings),
    );
    expectation.created(name, settings, clock.nowMs);
    await machine.look(null); // as a request wakes the scheduler
  };
  const change = async (name: string) => {
    counts.changes++;
    const before = expectation.settings(name);
    const settings = chance.oneOf([
      { ...before, disabled: !before.disabled },
      { ...before, sla_target: 90 + chance.whole(1000) / 100 },
      someSettings(chance, name),
    ]);
    await machine.survive(someFailure(), (store) =>
      store.scheduling.update(WORKSPACE, idOf(name), () => settings),
    );
    expectation.changed(name, settings, clocks());
    await machine.look(null);
  };
  const remove = async (name: string) => {
    counts.deletions++;
    await machine.survive(someFailure(), (store) => store.scheduling.remove(WORKSPACE, idOf(name)));
    expectation.deleted(name, clocks());
    await machine.look(null);
  };
  const removeReport = async () => {
    const reports = machine.store.reports.list(WORKSPACE, {}, ALL).data;
    if (reports.length === 0) return;
    const report = chance.oneOf(reports);
    await machine.survive(someFailure(), (store) => store.reports.remove(WORKSPACE, report.id));
    expectation.reportDeleted(wordsOf(report));
  };
  const outage = async () => {
    const external_id = `outage-${++counts.outages}`;
    await machine.survive(someFailure(), (store) => {
      try {
        const site_id = findSitesByName(store.context, WORKSPACE, "Site")[0]?.id as string;
        store.faults.create(WORKSPACE, { site_id, external_id });
      } catch (error) {
        // It was stored before the process was killed.
        if (!(error instanceof NinesError)) throw error;
      }
    });
  };
  const setClock = (newWrongMs: number) => {
    counts.jumps++;
    clock.nowMs += newWrongMs - wrongMs;
    wrongMs = newWrongMs;
  };

  return {
    ...{ chance, clock, expectation, machine, someFailure, create, change, remove, removeReport },
    ...{ outage, setClock },
    isClockWrong: () => wrongMs !== 0,
    /** The time that it really is. */
    trueMs: () => clock.nowMs - wrongMs,
    counts: () => ({ ...counts, ...machine.counts() }),
  };
}
type Simulation = ReturnType<typeof simulationOf>;

function wordsOf(report: Report): string {
  const { schedule_name, trigger, from_date, to_date, timezone, sla_target } = report;
  return [schedule_name, trigger, from_date, to_date, timezone, sla_target].join(" ");
}

/** What people and the world do between two looks: often nothing but an outage. */
async function somethingHappens(world: Simulation) {
  const { chance, expectation, machine } = world;
  const someSchedule = () => chance.oneOf(expectation.names());
  if (chance.happens(0.4)) await world.outage();
  if (chance.happens(0.25)) await world.change(someSchedule());
  if (chance.happens(0.01)) await world.remove(someSchedule());
  if (chance.happens(0.02)) await world.create();
  if (chance.happens(0.03)) await world.removeReport();
  if (chance.happens(0.02)) machine.restart({ endsLeases: world.isClockWrong() || chance.happens(0.5) });
  if (world.isClockWrong() && chance.happens(0.1)) world.setClock(0);
  else if (chance.happens(0.015)) world.setClock(chance.oneOf(CLOCK_ERRORS_MS));
}

/** Jobs that wait for longer than any retry does. */
const jobsThatHang = ({ machine, clock }: Simulation): unknown[] =>
  machine.store.context.db
    .query("SELECT id FROM jobs WHERE state = 'queued' AND run_at_ms > ?")
    .all(clock.nowMs + HOUR_MS);

async function simulate(world: Simulation, startMs: number) {
  const { chance, clock, machine, someFailure } = world;
  const endMs = startMs + DAYS * DAY_MS;
  const switchedOffMs = startMs + Math.floor(DAYS / 4 + chance.whole(DAYS / 3)) * DAY_MS;
  let wasSwitchedOff = false;
  machine.store.sites.create(WORKSPACE, { name: "Site" });
  for (let count = 0; count < SCHEDULES; count++) await world.create();
  while (world.trueMs() < endMs) {
    clock.nowMs += Math.round((chance.random() * 6 + 0.1) * HOUR_MS);
    if (!wasSwitchedOff && world.trueMs() > switchedOffMs) {
      wasSwitchedOff = true;
      machine.restart({ offMs: 14 * DAY_MS });
    }
    await somethingHappens(world);
    await machine.look(someFailure());
    await machine.work(someFailure());
    expect(jobsThatHang(world)).toEqual([]);
  }
  world.setClock(0);
  for (let count = 0; count < 12; count++) {
    clock.nowMs += HOUR_MS;
    await machine.look(null);
    await machine.work(null);
  }
}

describe("in the end every period that was reached has its report, once, with the settings of then", () => {
  test.each(
    Array.from(
      { length: WORLDS },
      (_, index) => [index + 1, STARTS[index % STARTS.length] as string] as const,
    ),
  )(
    `seed %d, ${DAYS} days from %s`,
    async (seed, start) => {
      const world = simulationOf(seed, Date.parse(start));
      await simulate(world, Date.parse(start));
      const { reports } = world.machine.store;
      const inState = (status: ReportStatus) =>
        reports.list(WORKSPACE, { status }, ALL).data.map(wordsOf).sort();
      expect(inState("completed")).toEqual(world.expectation.reports());
      expect([inState("queued"), inState("running"), inState("failed")]).toEqual([[], [], []]);
      expect(
        world.machine.store.faults.list(WORKSPACE, {}, { after: null, limit: 10_000 }).data,
      ).toHaveLength(world.counts().outages);
      expectMuchHappened(world);
      await world.machine.stop();
    },
    60_000,
  );
});

function expectMuchHappened(world: Simulation) {
  const { changes, deletions, jumps, failures, starts } = world.counts();
  expect(world.expectation.reports().length).toBeGreaterThan(0.25 * DAYS * SCHEDULES);
  expect(changes).toBeGreaterThan(DAYS);
  expect(deletions).toBeGreaterThan(0);
  expect(jumps).toBeGreaterThan(DAYS / 20);
  expect(failures).toBeGreaterThan(0.75 * DAYS);
  expect(starts).toBeGreaterThan(0.45 * DAYS);
}
