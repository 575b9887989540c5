// The same oracle walking millisecond by millisecond over tiny windows: nothing is rounded anywhere.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { measuredSet, type Span, unionOf } from "../../src/sla/intervals.ts";
import { displayPercentage, isBreached, uptimePercentage } from "../../src/sla/percentage.ts";
import {
  downtimeBy,
  downtimeOfSorted,
  type FaultSpan,
  serviceTime,
  siteUptime,
} from "../../src/sla/uptime.ts";
import { examples } from "../support/chance.ts";
import { answerTo, type Question, tally, walk } from "./oracle.ts";
import { rarely, someFaults, someSpans, timesAround } from "./uptime-cases.ts";

// Time to find the smallest counterexample, should there be one.
setDefaultTimeout(120_000);

type TinyCase = {
  window: Span;
  hours: Span[] | null;
  maintenance: Span[];
  maintenanceCountsAs: "excluded" | "up";
  monitoredSinceMs: number | null;
  faults: FaultSpan[];
};

const ODD_START = Date.parse("2024-03-30T22:59:59.983Z");

function tinyIn(lengthMs: number): fc.Arbitrary<TinyCase> {
  const window = { startMs: ODD_START, endMs: ODD_START + lengthMs };
  const times = timesAround(window, {
    roundMs: Math.max(1, Math.floor(lengthMs / 7)),
    stepMs: 1,
    aroundMs: Math.ceil(lengthMs / 5) + 3,
  });
  return fc.record({
    window: fc.constant(window),
    hours: fc.option(someSpans(times), { freq: 2 }),
    maintenance: someSpans(times),
    maintenanceCountsAs: fc.constantFrom("excluded" as const, "up" as const),
    monitoredSinceMs: rarely(times.instant),
    faults: someFaults(times, 9),
  });
}

const aTinyCase = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
    { weight: 2, arbitrary: fc.integer({ min: 41, max: 400 }) },
    { weight: 1, arbitrary: fc.integer({ min: 401, max: 2000 }) },
  )
  .chain(tinyIn);

function asked(tiny: TinyCase): Question {
  const { window, hours } = tiny;
  const margin = window.endMs - window.startMs + 10;
  return {
    ...tiny,
    stepMs: 1,
    fromMs: window.startMs - margin,
    toMs: window.endMs + 3,
    inWindow: (ms) => window.startMs <= ms && ms < window.endMs,
    isOpen: (ms) => hours === null || hours.some(({ startMs, endMs }) => startMs <= ms && ms < endMs),
  };
}

function computed({ window, hours, maintenance, maintenanceCountsAs, monitoredSinceMs, faults }: TinyCase) {
  const openHours = hours === null ? null : unionOf(hours);
  const closed = unionOf(maintenance);
  const time = serviceTime({ window, openHours, maintenance: closed, maintenanceCountsAs, monitoredSinceMs });
  return { time, uptime: siteUptime(time, faults, window) };
}

describe("millisecond by millisecond", () => {
  test("uptime is what the walk gives", () => {
    fc.assert(
      fc.property(aTinyCase, (tiny) => {
        const { uptime } = computed(tiny);
        const { exemptMs: _, incidents, ...figures } = answerTo(asked(tiny));
        expect(uptime).toMatchObject(figures);
        const shape = incidents.map(({ faultIndexes: __, ...incident }) => incident);
        expect(uptime.incidents.map(({ faultIndexes: __, ...incident }) => incident)).toEqual(shape);
      }),
      examples(300),
    );
  });

  test("each millisecond of downtime goes to one fault", () => {
    fc.assert(
      fc.property(aTinyCase, (tiny) => {
        const faults = tiny.faults.map((fault, index) => ({ ...fault, key: index }));
        const byFault = [...downtimeBy(computed(tiny).uptime.down, faults)].filter(([, ms]) => ms !== 0);
        expect(new Map(byFault)).toEqual(
          tally(walk(asked(tiny)), 1, (step) => (step.down ? step.blamed : null)),
        );
      }),
      examples(100),
    );
  });

  test("the path for a million rows gives the same downtime and as many incidents", () => {
    fc.assert(
      fc.property(aTinyCase, fc.nat(3), fc.nat(3), (tiny, before, after) => {
        const whole: TinyCase = { ...tiny, maintenanceCountsAs: "excluded" };
        const { time } = computed(whole);
        const { downtimeMs, incidents } = answerTo(asked(whole));
        const sorted = [...tiny.faults].sort((a, b) => a.startMs - b.startMs);
        const others = (count: number) =>
          Array.from({ length: count }, () => ({ startMs: ODD_START - 5, endMs: null }));
        const rows: FaultSpan[] = [...others(before), ...sorted, ...others(after)];
        const starts = Float64Array.from(rows, ({ startMs }) => startMs);
        const ends = Float64Array.from(rows, ({ endMs }) => endMs ?? -1);
        const { startMs: fromMs, endMs: windowEndMs } = tiny.window;
        const range = { from: before, to: before + sorted.length, fromMs, windowEndMs };
        expect(downtimeOfSorted(measuredSet(time.service), { starts, ends }, range)).toEqual({
          downtimeMs,
          incidents: incidents.length,
        });
      }),
      examples(150),
    );
  });

  test("percentage and breach follow from the walk's two counts, exactly", () => {
    const aTarget = fc.integer({ min: 75_00000, max: 100_00000 }).map((units) => units / 1e5);
    fc.assert(
      fc.property(aTinyCase, aTarget, (tiny, target) => {
        const { serviceMs, downtimeMs } = answerTo(asked(tiny));
        const lost = BigInt(downtimeMs) * 10_000_000n;
        const allowed = (10_000_000n - BigInt(Math.round(target * 1e5))) * BigInt(serviceMs);
        expect(isBreached(serviceMs, downtimeMs, target)).toBe(serviceMs === 0 ? null : lost > allowed);
        const percentage = uptimePercentage(serviceMs, downtimeMs);
        if (serviceMs === 0) expect(percentage).toBeNull();
        else expect(percentage).toBeCloseTo(100 * (1 - downtimeMs / serviceMs), 9);
        const thousandths =
          serviceMs === 0 ? null : Math.floor(((serviceMs - downtimeMs) * 100_000) / serviceMs);
        const display = thousandths === null ? null : (thousandths / 1000).toFixed(3);
        expect(displayPercentage(serviceMs, downtimeMs)).toBe(display);
      }),
      examples(200),
    );
  });
});
