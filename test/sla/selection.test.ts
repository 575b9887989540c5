import { describe, expect, test } from "bun:test";
import { matches, type TagMap, tagValues } from "../../src/sla/selection.ts";

const tags: TagMap = {
  Region: "North",
  services: ["pos", "wifi", "pos"],
  REGION: ["South", "North"],
  empty: [],
};
const region = (value: string) => ({ key: "region", value });
const service = (value: string) => ({ key: "Services", value });

describe("the values of a tag", () => {
  test("are found by its key in any case, each once, in order", () => {
    expect(tagValues(tags, "region")).toEqual(["North", "South"]);
    expect(tagValues(tags, "SERVICES")).toEqual(["pos", "wifi"]);
  });

  test("are none without the tag, or with an empty list", () => {
    expect(tagValues(tags, "city")).toEqual([]);
    expect(tagValues(tags, "empty")).toEqual([]);
    expect(tagValues({}, "region")).toEqual([]);
  });

  test("do not come from what every object has", () => {
    expect(tagValues({}, "constructor")).toEqual([]);
    expect(tagValues({}, "__proto__")).toEqual([]);
  });
});

describe("a selection", () => {
  test("by 'and' needs every rule, by 'or' one", () => {
    const rules = [region("North"), service("atm")];
    expect(matches(tags, rules, "and")).toBe(false);
    expect(matches(tags, rules, "or")).toBe(true);
    expect(matches(tags, [region("North"), service("wifi")], "and")).toBe(true);
    expect(matches(tags, [region("West"), service("atm")], "or")).toBe(false);
  });

  test("by 'and' may ask for two values of one tag", () => {
    expect(matches(tags, [service("pos"), service("wifi")], "and")).toBe(true);
    expect(matches(tags, [service("pos"), service("atm")], "and")).toBe(false);
  });

  test("compares values exactly", () => {
    expect(matches(tags, [region("north")], "or")).toBe(false);
    expect(matches(tags, [region("North ")], "or")).toBe(false);
    expect(matches(tags, [region("Nort")], "or")).toBe(false);
  });

  test("without rules matches no site", () => {
    expect(matches(tags, [], "and")).toBe(false);
    expect(matches(tags, [], "or")).toBe(false);
  });
});
