// Settings that are none, and values that cannot be: each stops the start with one line that says what was meant.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nearestOf } from "../../src/model/nearest.ts";
import { type ConfigFlags, readConfig } from "../../src/server/config.ts";

const read = (environment: Record<string, string>, flags: ConfigFlags = {}) => readConfig(flags, environment);

describe("a variable that is no setting", () => {
  test.each([
    ["NINES_PROT", "NINES_PORT"],
    ["NINES_DTA", "NINES_DATA"],
    ["NINES_RATELIMIT", "NINES_RATE_LIMIT"],
    ["NINES_JWT_SECRETS", "NINES_JWT_SECRET"],
    ["NINES_SMPT_URL", "NINES_SMTP_URL"],
    ["nines_port", "NINES_PORT"],
    ["NINE_PORT", "NINES_PORT"],
    ["NINESS_DATA", "NINES_DATA"],
    ["NINES-PORT", "NINES_PORT"],
  ])("%s is refused; %s was meant", (name, meant) => {
    expect(() => read({ [name]: "1" })).toThrow(`${name} is no setting of Nines; did you mean ${meant}?`);
  });

  test.each(["NINES_COLOUR_OF_THE_SKY", "NINES_", "NINES_TORTURE"])(
    "%s is refused without a guess",
    (name) => {
      expect(() => read({ [name]: "1" })).toThrow(/^NINES_\w* is no setting of Nines; (remove|did you mean)/);
    },
  );

  test("its value is not said, which may be secret", () => {
    expect(() => read({ NINES_JWT_SECERT: "pa55word" })).toThrow(/^(?!.*pa55word)/);
  });

  test.each(["NINEPINS", "NINETY_PORT", "MINES_PORT", "PORT", "MY_NINES_PORT", "NINEJA_HOME"])(
    "%s is somebody else's",
    (name) => {
      expect(read({ [name]: "1" }).port).toBe(8080);
    },
  );

  test("one that is empty says nothing", () => expect(read({ NINES_PROT: "" }).port).toBe(8080));
});

test("every setting that the documentation names is known", () => {
  const text = readFileSync(join(import.meta.dir, "../../README.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `NINES_"));
  const names = new Set(rows.join("\n").match(/\bNINES_[A-Z]+(?:_[A-Z]+)*\b/g));
  expect(names.size).toBeGreaterThan(10);
  for (const name of names) {
    try {
      read({ [name]: "?" }, { data: "data", host: "127.0.0.1", port: "0" });
    } catch (error) {
      expect(String(error)).not.toContain("is no setting");
    }
  }
  expect(read({ NINES_DEBUG: "1" }).port).toBe(8080);
});

describe("an address to listen on", () => {
  test.each(["300.1.1.1", "127.0.0", "1.2.3.4.5", "[::1]", "::1::", "a b", "-x", "http://localhost", "x:80"])(
    "%p is none",
    (host) => {
      expect(() => read({ NINES_HOST: host })).toThrow(/^NINES_HOST must be an address such as /);
      expect(() => read({}, { host })).toThrow(/^--host must be an address such as /);
    },
  );

  test.each([
    "127.0.0.1",
    "0.0.0.0",
    "::",
    "::1",
    "fe80::1%eth0",
    "localhost",
    "nines.example.com",
    "host_1.",
  ])("%p is one", (host) => {
    expect(read({ NINES_HOST: host }).host).toBe(host);
  });
});

test("a wrong port is told by the name under which it was given", () => {
  expect(() => read({ NINES_PORT: "65536" })).toThrow(/^NINES_PORT must be/);
  expect(() => read({ NINES_PORT: "80" }, { port: "x" })).toThrow(/^--port must be/);
});

test("a secret that is too short is told with its length", () => {
  expect(() => read({ NINES_JWT_SECRET: "short" })).toThrow(
    /^NINES_JWT_SECRET must have at least 32 bytes, but has 5$/,
  );
});

describe("the nearest word", () => {
  test.each([
    ["recieve", "receive"],
    ["SEND", "send"],
    ["sned", "send"],
    ["", null],
    ["something else", null],
  ])("of %p is %p", (given, word) => {
    expect(nearestOf(given, ["receive", "send"], 2)).toBe(word);
  });

  test("of several that are as near is the first", () => {
    expect(nearestOf("bat", ["cat", "rat", "bat"])).toBe("bat");
    expect(nearestOf("hat", ["cat", "rat"])).toBe("cat");
  });
});
