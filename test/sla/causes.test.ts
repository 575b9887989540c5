import { describe, expect, test } from "bun:test";
import { CATEGORIES, type CausePattern, categoryOf, DEFAULT_CAUSE_PATTERNS } from "../../src/sla/causes.ts";

const byDefault = (cause: string | null, type = "site") => categoryOf(cause, type, DEFAULT_CAUSE_PATTERNS);

describe("with the patterns that come with Nines", () => {
  test.each([
    "Power outage",
    "POWER_LOSS",
    "PowerOutage",
    "power",
    "UPS failed",
    "battery of UPS2 empty",
    "mains lost",
    "Electricity cut by the utility",
    "city-wide blackout",
    "brown-out; voltage low: BROWNOUT",
    "circuit breaker tripped",
    "router lost power",
  ])("%p is power", (cause) => expect(byDefault(cause)).toBe("power"));

  test.each([
    "Upstream provider",
    "fiber cut",
    "Fibre cable dug up",
    "ISP maintenance",
    "ISPs disagree",
    "WAN1 down",
    "dns",
    "connect timeout",
    "host unreachable",
    "BGP session lost",
    "Link down",
    "Power over Ethernet budget used up",
  ])("%p is network", (cause) => expect(byDefault(cause)).toBe("network"));

  test.each([
    "Router replaced",
    "switch stack failed",
    "hardware fault",
    "rebooted",
    "firmware upgrade",
    "disk full",
    "CPU at 100 %",
    "PowerEdge server crashed",
    "power cycled by staff",
  ])("%p is device", (cause) => expect(byDefault(cause)).toBe("device"));

  test.each(["vandalism", "we wanted it so", "", "   ", "???", "blanket"])("%p is other", (cause) =>
    expect(byDefault(cause)).toBe("other"),
  );

  test("without a cause the type decides", () => {
    expect(byDefault(null, "wantunnel")).toBe("network");
    expect(byDefault(null, "power")).toBe("power");
    expect(byDefault(null, "site")).toBe("other");
    expect(byDefault("vandalism", "power")).toBe("power");
  });

  test("the cause goes before the type", () => {
    expect(byDefault("Power outage", "wantunnel")).toBe("power");
  });

  test("only known categories come up, and each but other has a pattern", () => {
    const used = new Set(DEFAULT_CAUSE_PATTERNS.map(({ category }) => category));
    expect(CATEGORIES.filter((category) => !used.has(category))).toEqual(["other"]);
  });
});

describe("a pattern", () => {
  const matches = (pattern: string, cause: string) =>
    categoryOf(cause, "site", [{ category: "power", pattern }]) === "power";

  test("matches where a word begins, in any case", () => {
    expect(matches("strom", "STROMAUSFALL")).toBe(true);
    expect(matches("STROM", "kein Strom")).toBe(true);
    expect(matches("strom", "Maelstrom")).toBe(false);
    expect(matches("é", "Électricité")).toBe(true);
    expect(matches("électricité", "panne d'E\u0301lectricite\u0301")).toBe(true);
  });

  test("matches whole words only if it ends in a space", () => {
    expect(matches("ups ", "ups")).toBe(true);
    expect(matches("ups ", "UPS: on battery")).toBe(true);
    expect(matches("ups ", "ups3")).toBe(true);
    expect(matches("ups ", "upset")).toBe(false);
    expect(matches("ups", "upset")).toBe(true);
  });

  test("may be of several words, with any signs between them", () => {
    expect(matches("circuit breaker", "Circuit-Breaker tripped")).toBe(true);
    expect(matches("circuit breaker", "circuit of the breaker")).toBe(false);
  });

  test("is plain text: signs of regular expressions mean nothing", () => {
    expect(matches(".*", "anything")).toBe(false);
    expect(matches("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")).toBe(true);
    expect(matches("[", "anything")).toBe(false);
  });

  test("that is empty, or has an empty word, matches nothing by it", () => {
    expect(matches("", "anything")).toBe(false);
    expect(matches("strom||", "anything")).toBe(false);
    expect(matches("|strom", "strom")).toBe(true);
  });
});

test("the first pattern of the table that matches wins, not the first word of the cause", () => {
  const table: CausePattern[] = [
    { category: "device", pattern: "router" },
    { category: "power", pattern: "strom" },
  ];
  expect(categoryOf("Strom am Router weg", "site", table)).toBe("device");
  expect(categoryOf("Strom am Router weg", "site", table.toReversed())).toBe("power");
});

test("without patterns everything is other", () => {
  expect(categoryOf("Power outage", "site", [])).toBe("other");
});

test("a megabyte of cause takes no longer than reading it", () => {
  expect(byDefault(`${"a".repeat(500_000)} ${"ups".repeat(170_000)}`)).toBe("other");
});
