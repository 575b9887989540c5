// What a reader thread answers is what the same function gives here, and what follows from the formula, site by site.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { idMaker } from "../../src/model/ids.ts";
import type { Tags } from "../../src/model/site.ts";
import { makeAnswer } from "../../src/render/makeAnswer.ts";
import type { UptimeAsk } from "../../src/render/makeUptime.ts";
import { READER_LIMITS, startReaders } from "../../src/render/readers.ts";
import { seconds } from "../../src/report/figures.ts";
import { spansOfMaintenance } from "../../src/report/maintenance.ts";
import { openIntervals } from "../../src/sla/businessHours.ts";
import { type Intervals, measure, subtract, union, unionOf } from "../../src/sla/intervals.ts";
import { uptimePercentage } from "../../src/sla/percentage.ts";
import { matches } from "../../src/sla/selection.ts";
import { serviceTime, siteUptime } from "../../src/sla/uptime.ts";
import { databasePath, openDatabase } from "../../src/store/database/open.ts";
import { maintenanceWindowsTouching } from "../../src/store/maintenanceWindows.ts";
import { type Store, storeOf } from "../../src/store/store.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST = Date.parse("2026-03-20T00:00:00Z"); // the clocks of Zurich change on the 29th
const OFFICE = [{ start: "08:00", end: "17:00" }];
const NIGHT = [
  { start: "22:00", end: "02:00" },
  { start: "02:30", end: "03:00" },
];

const folder = mkdtempSync(join(tmpdir(), "nines-threads-"));
const db = openDatabase(databasePath(folder));
db.run("PRAGMA synchronous = OFF"); // it is made quickly, and not for long
const newId = idMaker(Date.now, (array) => crypto.getRandomValues(array));
const store: Store = storeOf(db, Date.now, newId);
let readers: ReturnType<typeof startReaders>;
beforeAll(() => {
  readers = startReaders(databasePath(folder), {
    limits: { ...READER_LIMITS, threads: Math.min(2, availableParallelism()) },
  });
});
afterAll(() => {
  readers.stop();
  db.close();
  rmSync(folder, { recursive: true });
});

const instant = fc.integer({ min: -4 * 24, max: 20 * 24 }).map((hours) => FIRST + hours * HOUR);
const iso = (ms: number) => new Date(ms).toISOString();
const aSite = fc.record({
  tags: fc.constantFrom<Tags>(
    {},
    { Region: "EMEA" },
    { region: ["EMEA", "APAC"] },
    { Region: "emea", Pair: "1" },
  ),
  since: fc.option(instant),
  faults: fc.array(fc.record({ start: instant, length: fc.option(fc.integer({ min: 0, max: 90 * HOUR })) }), {
    maxLength: 6,
  }),
});
const aWindow = fc.record({
  start: instant,
  length: fc.integer({ min: 1, max: 30 }).map((hours) => hours * HOUR),
  rrule: fc.constantFrom(null, "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY", "FREQ=DAILY;COUNT=3"),
  whom: fc.constantFrom("all", "first", "EMEA", "APAC"),
});
const aCase = fc.record({
  sites: fc.array(aSite, { minLength: 1, maxLength: 5 }),
  windows: fc.array(aWindow, { maxLength: 4 }),
  hours: fc.constantFrom(null, OFFICE, NIGHT),
  from: instant,
  days: fc.integer({ min: 1, max: 15 }),
  maintenanceCountsAs: fc.constantFrom("excluded" as const, "up" as const),
  aggregation: fc.constantFrom(null, "avg" as const, "redundancy" as const),
});
type Case = typeof aCase extends fc.Arbitrary<infer T> ? T : never;

let workspaces = 0;

/** Puts a case into a workspace of its own; gives what is asked. */
function put(one: Case): UptimeAsk {
  const workspace = `w${workspaces++}`;
  const ids = one.sites.map(({ tags, since, faults }, index) => {
    const { id } = store.sites.create(workspace, {
      name: `Site ${index}`,
      tags,
      ...(since === null ? {} : { monitored_since: iso(since) }),
    });
    for (const { start, length } of faults) {
      db.query(
        `INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, resolved_at_ms, updated_at_ms)
         VALUES (?, ?, (SELECT seq FROM sites WHERE id = ?), 'site', 'LOW', ?, ?, 0)`,
      ).run(newId("fault"), workspace, id, start, length === null ? null : start + length);
    }
    return id;
  });
  for (const { start, length, rrule, whom } of one.windows) {
    store.maintenanceWindows.create(workspace, {
      name: "Upgrade",
      starts_at: iso(start),
      ends_at: iso(start + length),
      rrule,
      timezone: "Europe/Zurich",
      ...(whom === "first" ? { site_ids: ids.slice(0, 1) } : {}),
      ...(whom === "EMEA" || whom === "APAC" ? { tags: [{ key: "REGION", value: whom }] } : {}),
    });
  }
  const days = { monday: one.hours ?? [], thursday: one.hours ?? [], sunday: one.hours ?? [] };
  const rule = { name: "Hours", timezone: "Europe/Zurich", days, holidays: ["2026-03-26"] };
  return {
    kind: "uptime",
    workspace,
    timezone: "UTC",
    window: { startMs: one.from, endMs: one.from + one.days * DAY },
    selection: { mode: "all" },
    hoursId: one.hours === null ? null : store.businessHours.create(workspace, rule).id,
    ignorePower: false,
    maintenanceCountsAs: one.maintenanceCountsAs,
    grouping: one.aggregation && { key: "pair", aggregation: one.aggregation },
  };
}

/** The formula, for one site after the other, with nothing shared. */
function plainly(one: Case, { workspace, window, hoursId }: UptimeAsk) {
  const windows = maintenanceWindowsTouching(store.context, workspace, window.startMs, window.endMs);
  const hours = hoursId === null ? null : store.businessHours.get(workspace, hoursId);
  const { data } = store.sites.list(workspace, {}, { page: 1, perPage: 100 });
  return one.sites.map(({ tags, since, faults }, index) => {
    const id = data.find(({ name }) => name === `Site ${index}`)?.id as string;
    const own = windows.filter(
      (each) => each.site_ids?.includes(id) ?? (each.tags ? matches(tags, each.tags, "or") : true),
    );
    const time = serviceTime({
      window,
      openHours: hours && openIntervals(hours, window.startMs, window.endMs),
      maintenance: unionOf(own.flatMap((each) => spansOfMaintenance(each, window))),
      maintenanceCountsAs: one.maintenanceCountsAs,
      monitoredSinceMs: since,
    });
    const spans = faults.map(({ start, length }) => ({
      startMs: start,
      endMs: length === null ? null : start + length,
    }));
    return { tags, time, uptime: siteUptime(time, spans, window) };
  });
}

type Plain = ReturnType<typeof plainly>;

const joined = (sets: readonly Intervals[]) => sets.reduce(union, []);

/** Time in which all members that are in service are down: S less the union of what is up. */
function redundancy(members: Plain): { serviceMs: number; downtimeMs: number } {
  const service = joined(members.map(({ time }) => time.service));
  const up = joined(members.map(({ time, uptime }) => subtract(time.service, uptime.down)));
  return { serviceMs: measure(service), downtimeMs: measure(subtract(service, up)) };
}

test("the threaded answer is the direct one, and that of the formula", async () => {
  await fc.assert(
    fc.asyncProperty(aCase, async (one) => {
      const ask = put(one);
      const direct = makeAnswer(db, ask, () => {});
      const signal = new AbortController().signal;
      const threaded = await readers.read(ask, { signal, onWork: () => {} });
      expect(new TextDecoder().decode(threaded)).toBe(new TextDecoder().decode(direct));

      const answer = JSON.parse(new TextDecoder().decode(direct));
      const plain = plainly(one, ask);
      expect(answer.sites).toMatchObject(
        plain.map(({ uptime: { serviceMs, downtimeMs, incidents } }) => ({
          uptime_percentage: uptimePercentage(serviceMs, downtimeMs),
          service_seconds: seconds(serviceMs),
          downtime_seconds: seconds(downtimeMs),
          incidents: incidents.length,
        })),
      );
      if (one.aggregation !== "redundancy") return;
      for (const { value, service_seconds, downtime_seconds } of answer.groups) {
        const members = plain.filter(({ tags }) => ("Pair" in tags ? "1" : null) === value);
        const { serviceMs, downtimeMs } = redundancy(members);
        expect([service_seconds, downtime_seconds]).toEqual([seconds(serviceMs), seconds(downtimeMs)]);
      }
    }),
    { numRuns: 100 },
  );
});
