// No text makes a regular expression slow: every one in the sources, every pattern and format of a schema reads
// 8,000 characters made against it (with NINES_TORTURE=long 50,000), in a time that only linear reading can have.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FormatRegistry } from "@sinclair/typebox";
import { Glob } from "bun";
import fc from "fast-check";
import { FORMAT_MEANINGS } from "../../src/model/formats.ts";
import { documentAndRoutes } from "../http/openapi/quietServer.ts";
import { isLong } from "../support/chance.ts";

const LENGTH = isLong ? 50_000 : 8_000;
/** Reading in linear time takes a small part of one; in quadratic time, ten times as long as this. */
const MOST_MS = isLong ? 100 : 20;
/** No machine is so busy with something else. */
const CERTAIN_MS = 2000;

/** Quadratic, but never on a long text: where it is, and what bounds it. */
const BOUNDED: Readonly<Record<string, string>> = {
  "\\B(?=(\\d{3})+$)": "digits of a number that the report computed",
  "\\/+$": "the setting NINES_PUBLIC_URL",
  "^.*@": "the setting NINES_PUBLIC_URL, in its refusal",
};

const SOURCES = join(import.meta.dir, "../../src");
const LITERAL =
  /(?<=[(=,:?&|![]\s*|return )\/(?![/*])((?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\])+)\/([dgimsuvy]*)(?=[)\s.,;\]])/g;

/** The regular expressions written in the sources, without those in comments. */
function literalsOfSources(): RegExp[] {
  const files = [...new Glob("**/*.ts").scanSync(SOURCES)];
  const found = files.flatMap((file) => {
    const code = readFileSync(join(SOURCES, file), "utf8").replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, "");
    return [...code.matchAll(LITERAL)].map(
      ([, source = "", flags = ""]) => new RegExp(source, flags.replace(/[gy]/g, "")),
    );
  });
  return [...new Map(found.map((expression) => [String(expression), expression])).values()];
}

/** Every `pattern`, and every pattern of keys, anywhere in the routes' schemas. */
function patternsOfSchemas(): RegExp[] {
  const sources = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "pattern" && typeof inner === "string") sources.add(inner);
      if (key === "patternProperties") for (const name of Object.keys(inner as object)) sources.add(name);
      look(inner);
    }
  };
  const { routes } = documentAndRoutes();
  for (const { query, body, headers, answers } of routes) look([query, body, headers, answers]);
  return [...sources].map((source) => new RegExp(source));
}

const CHARACTERS = [..." \t\n\r\u0000aAzZ09.-_/\\\"'@:+=,;&?#*()[]{}|<>%é\ud800🚀"];
const ENDS = ["", "\u0000", "!", "\n"];

/** A part of a text that fits, repeated in its place: what leads to going back and trying again. */
function pumped(sample: string, length: number): string[] {
  return Array.from({ length: Math.min(sample.length, 10) }, (_, index) => {
    const at = Math.floor((index * sample.length) / Math.min(sample.length, 10));
    return [1, 2, 3].map((width) => {
      const part = sample.slice(at, at + width);
      return sample.slice(0, at) + part.repeat(Math.ceil(length / part.length));
    });
  }).flat();
}

/** Texts that fit, where they can be made. */
function samplesOf({ source }: RegExp): string[] {
  // fast-check looks for letters of a class like [^x] for ever when it knows none.
  const plain = source.replaceAll(/\[\^(?:[^\]\\]|\\.)*\]/g, (negated) => {
    const letter = [..."x\u00e9/ "].find((one) => new RegExp(negated).test(one)) ?? "x";
    return letter === "/" ? "\\/" : letter;
  });
  try {
    const fits = fc.stringMatching(new RegExp(plain));
    return fc.sample(fits, { seed: 1, numRuns: isLong ? 4 : 2 }).map((sample) => sample.slice(0, 200));
  } catch {
    return []; // looking ahead and classes of Unicode: characters and their repetitions are tried all the same
  }
}

const withEnds = (texts: readonly string[]) => texts.flatMap((text) => ENDS.map((end) => text + end));
/** One character repeated, by length: the same for every expression, and made once. */
const repeated = new Map<number, string[]>();

function hostileTo(samples: readonly string[], length: number): string[] {
  const same = repeated.get(length) ?? withEnds(CHARACTERS.map((character) => character.repeat(length)));
  repeated.set(length, same);
  return [...same, ...withEnds(samples.flatMap((sample) => pumped(sample, length)))];
}

/** The least of up to four tries, unless one leaves no doubt: the machine may be busy with something else. */
function leastMs(read: (text: string) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  const isDoubtful = () => least === Number.POSITIVE_INFINITY || (least > MOST_MS && least < CERTAIN_MS);
  for (let attempt = 0; attempt < 4 && isDoubtful(); attempt++) {
    const started = performance.now();
    read(text);
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

/** A text that takes too long. Short ones first: what explodes would never come back from a long one. */
function slowText(read: (text: string) => unknown, samples: readonly string[]): string | null {
  for (const length of [20, 24, 28, 32, 36, 40, 44, 1000, LENGTH]) {
    const slow = hostileTo(samples, length).find((text) => leastMs(read, text) > MOST_MS);
    if (slow !== undefined) return `${JSON.stringify(slow.slice(0, 30))}… (${slow.length})`;
  }
  return null;
}

const literals = literalsOfSources();
const patterns = patternsOfSchemas();

test("they are found", () => {
  expect(literals.length).toBeGreaterThan(70);
  expect(patterns.length).toBeGreaterThan(12);
  const sources = literals.map(({ source }) => source);
  for (const known of Object.keys(BOUNDED)) expect(sources).toContain(known);
  expect(sources).toContain("^Bearer +([\\w-]+\\.[\\w-]+\\.[\\w-]+) *$");
});

test.each([
  ["(a|aa)*b", true],
  ["\\s+$", true],
  ["^\\s+$", false],
])(
  "the check itself knows that /%s/ is slow: %p",
  (source, isSlow) => {
    const expression = new RegExp(source);
    expect(slowText((text) => expression.test(text), samplesOf(expression)) !== null).toBe(isSlow);
  },
  60_000,
);

/** Those of a list that are slow, each with a text that makes it so. */
function slowOf(expressions: readonly RegExp[]): Record<string, string> {
  const found = expressions.map((expression) => [
    expression.source,
    slowText((text) => expression.test(text), samplesOf(expression)),
  ]);
  return Object.fromEntries(found.filter(([, slow]) => slow !== null));
}

test("no regular expression in the sources", () => {
  expect(slowOf(literals.filter(({ source }) => !(source in BOUNDED)))).toEqual({});
}, 120_000);

test("no pattern in a schema", () => {
  expect(slowOf(patterns)).toEqual({});
}, 120_000);

test.each(Object.keys(FORMAT_MEANINGS))("the format %s", (name) => {
  const check = FormatRegistry.Get(name) as (text: string) => boolean;
  const samples = ["2026-02-17T15:30:55.123456789+01:00", "2026-02-17", "Europe/Zurich", "08:00"];
  expect(slowText(check, samples)).toBe(null);
});
