// When groups are down together, by the quick form and by the simple one: members one after the other.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Intervals, intersect, measure, subtract, union, unionOf } from "../../src/sla/intervals.ts";
import { type RedundantMember, redundancyOf } from "../../src/sla/redundancy.ts";
import { serviceFrom } from "../../src/sla/uptime.ts";
import { examples } from "../support/chance.ts";

/** Each member takes from what is left what it leaves neither out of service nor down. */
function simply(members: readonly RedundantMember[]) {
  const times = members.map(({ time, fromMs }) => serviceFrom(time, fromMs));
  const service = times.reduce<Intervals>((all, each) => union(all, each.service), []);
  let left = service;
  for (const [index, { down }] of members.entries()) {
    const { service: own, exempt } = times[index] ?? { service: [], exempt: [] };
    left = union(subtract(left, own), intersect(left, subtract(intersect(own, down), exempt)));
  }
  return { serviceMs: measure(service), downtimeMs: measure(left) };
}

const END = 24;
const someTime = fc
  .array(fc.tuple(fc.integer({ min: 0, max: END }), fc.integer({ min: 0, max: 9 })), { maxLength: 5 })
  .map((spans) => unionOf(spans.map(([startMs, ms]) => ({ startMs, endMs: Math.min(END, startMs + ms) }))));
const aTime = fc
  .record({ service: someTime, exempt: someTime })
  .map(({ service, exempt }) => ({ service, exempt: intersect(service, exempt) }));
// Outages may begin before the window, and cover all of it.
const someDown = fc.oneof(
  someTime,
  fc.constant([-5, END]),
  someTime.map((down) => subtract([0, END], down)),
);
const aMember = fc.record({
  time: fc.nat({ max: 2 }),
  fromMs: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 1, max: END })),
  down: someDown,
});

test("groups have the lengths that the simple form gives, whatever their members share", () => {
  fc.assert(
    fc.property(
      fc.array(aTime, { minLength: 3, maxLength: 3 }),
      fc.array(fc.array(aMember, { maxLength: 5 }), { maxLength: 4 }),
      (times, drawn) => {
        const groups = drawn.map((members) =>
          members.map((one) => ({ ...one, time: times[one.time] ?? { service: [], exempt: [] } })),
        );
        expect(redundancyOf(groups)).toEqual(groups.map(simply));
      },
    ),
    examples(400),
  );
});
