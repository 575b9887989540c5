import { describe, expect, test } from "bun:test";
import { type Aggregation, groupsOf, type Member } from "../../src/sla/grouping.ts";
import { type Intervals, measure } from "../../src/sla/intervals.ts";

type Given = { siteId?: string; tags?: Member["tags"]; service?: Intervals; down?: Intervals };

function aMember({ service = [0, 1000], down = [], ...given }: Given = {}): Member {
  const lengths = { serviceMs: measure(service), downtimeMs: measure(down) };
  const time = { service, exempt: [] };
  return { siteId: "site_a", tags: { City: "Bern" }, time, fromMs: -Infinity, down, lengths, ...given };
}

const by = (aggregation: Aggregation) => ({ key: "city", aggregation });

/** The one group that these members make. */
function groupOf(members: Member[], aggregation: Aggregation) {
  const [group, ...others] = groupsOf(members, by(aggregation));
  expect(others).toEqual([]);
  return group;
}

describe("groups", () => {
  test("are sorted by value, the sites without the tag last", () => {
    const members = [
      aMember({ siteId: "site_none", tags: {} }),
      aMember({ siteId: "site_z", tags: { city: "Zug" } }),
      aMember({ siteId: "site_b", tags: { CITY: "Bern" } }),
      aMember({ siteId: "site_z2", tags: { City: "Zug" } }),
    ];
    const groups = groupsOf(members, by("avg"));
    expect(groups.map(({ value, siteIds }) => [value, siteIds])).toEqual([
      ["Bern", ["site_b"]],
      ["Zug", ["site_z", "site_z2"]],
      [null, ["site_none"]],
    ]);
  });

  test("have no place for the untagged when there are none, and are none without members", () => {
    expect(groupsOf([aMember()], by("avg")).map(({ value }) => value)).toEqual(["Bern"]);
    expect(groupsOf([], by("redundancy"))).toEqual([]);
  });

  test("hold a site with several values once in each", () => {
    const groups = groupsOf([aMember({ tags: { city: ["Zug", "Bern", "Zug"] } })], by("min"));
    expect(groups.map(({ value, siteIds }) => [value, siteIds])).toEqual([
      ["Bern", ["site_a"]],
      ["Zug", ["site_a"]],
    ]);
  });

  test("tell values apart by case", () => {
    const members = [aMember(), aMember({ siteId: "site_b", tags: { city: "bern" } })];
    expect(groupsOf(members, by("avg")).map(({ value }) => value)).toEqual(["Bern", "bern"]);
  });
});

describe("mean, least and greatest", () => {
  const members = [aMember({ down: [0, 100] }), aMember({ down: [0, 300] }), aMember()];

  test("are of the members' uptimes, and have no lengths", () => {
    expect(groupOf(members, "min")).toMatchObject({
      uptimePercentage: 70,
      serviceMs: null,
      downtimeMs: null,
    });
    expect(groupOf(members, "max")).toMatchObject({
      uptimePercentage: 100,
      serviceMs: null,
      downtimeMs: null,
    });
    expect(groupOf(members, "avg")?.uptimePercentage).toBeCloseTo(260 / 3, 12);
  });

  test("count each site the same, however long its service time", () => {
    expect(
      groupOf([aMember({ down: [0, 500] }), aMember({ service: [0, 10] })], "avg")?.uptimePercentage,
    ).toBe(75);
  });

  test("leave out members without service time, and are null without any other", () => {
    const idle = aMember({ service: [] });
    for (const aggregation of ["avg", "min", "max"] as const) {
      expect(groupOf([idle, aMember({ down: [0, 100] })], aggregation)?.uptimePercentage).toBe(90);
      expect(groupOf([idle], aggregation)?.uptimePercentage).toBeNull();
    }
  });
});

describe("redundancy", () => {
  test("is down only while every member is", () => {
    const members = [aMember({ down: [100, 400] }), aMember({ down: [300, 600] })];
    expect(groupOf(members, "redundancy")).toMatchObject({
      uptimePercentage: 90,
      serviceMs: 1000,
      downtimeMs: 100,
    });
  });

  test("asks only the members that are in service at the instant", () => {
    // From 500 on the second member is closed, so the first alone decides.
    const members = [aMember({ down: [400, 700] }), aMember({ service: [0, 500] })];
    expect(groupOf(members, "redundancy")).toMatchObject({ serviceMs: 1000, downtimeMs: 200 });
  });

  test("of one member is that member", () => {
    expect(groupOf([aMember({ down: [0, 10] })], "redundancy")).toMatchObject({
      uptimePercentage: 99,
      downtimeMs: 10,
    });
  });

  test("without service time has no uptime", () => {
    expect(groupOf([aMember({ service: [] })], "redundancy")).toMatchObject({
      uptimePercentage: null,
      serviceMs: 0,
      downtimeMs: 0,
    });
  });

  // Pair by pair, this would take hours.
  test("of ten thousand members with many outages is one pass over them", () => {
    const down = Array.from({ length: 200 }, (_, i) => i * 5);
    const members = Array.from({ length: 10_000 }, () => aMember({ down }));
    expect(groupOf(members, "redundancy")?.downtimeMs).toBe(500);
  });
});
