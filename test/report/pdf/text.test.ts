// Cleaning and breaking of texts, on a face whose letters are all as wide as half the size.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Face } from "../../../src/report/pdf/press/face.ts";
import { cleanText, linesOf, shortened } from "../../../src/report/pdf/press/text.ts";
import { STYLES } from "../../../src/report/pdf/press/theme.ts";

const face = { widthOf: (text: string, size: number) => ([...text].length * size) / 2 } as unknown as Face;
const style = { ...STYLES.body, size: 10 };

/** The lines of a text in a column of so many letters. */
const lines = (text: string, letters: number) => linesOf(face, text, style, letters * 5);

describe("cleaning", () => {
  test("turns line breaks and tabs into single spaces and drops other control characters", () => {
    expect(cleanText("a\r\nb\tc\u0000d\u0085e\u2028f\u009bg")).toBe("a b cd e fg");
  });

  test("replaces half a surrogate pair and composes letters", () => {
    expect(cleanText("x\ud800y Zu\u0308rich")).toBe("x\ufffdy Zürich");
  });

  test("leaves plain text as it is", () => {
    expect(cleanText("(a) <b> \\c %d")).toBe("(a) <b> \\c %d");
  });
});

describe("breaking into lines", () => {
  test("happens at spaces, and drops the space", () => {
    expect(lines("one two three", 7)).toEqual(["one two", "three"]);
  });

  test("happens after a hyphen or slash before a letter, never within dates or ranges", () => {
    expect(lines("north-south", 7)).toEqual(["north-", "south"]);
    expect(lines("on 2026-02-28 or", 12)).toEqual(["on", "2026-02-28", "or"]);
  });

  test("happens between ideographs", () => {
    expect(lines("東京支店渋谷", 4)).toEqual(["東京支店", "渋谷"]);
  });

  test("happens anywhere in a word wider than the column, but keeps surrogate pairs and marks whole", () => {
    expect(lines("abcdefgh", 4).join("")).toBe("abcdefgh");
    expect(lines("🚀🚀🚀🚀🚀", 3).every((line) => line.isWellFormed())).toBe(true);
    expect(lines(`${"x".repeat(9)}q\u0303`, 10).every((line) => !line.startsWith("\u0303"))).toBe(true);
  });

  test("loses nothing but spaces, and no line is wider than the column", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("a", "é", "-", "/", " ", "東", "🚀", "\u200b", "1"),
          maxLength: 80,
        }),
        fc.integer({ min: 2, max: 20 }),
        (text, letters) => {
          const broken = lines(text, letters);
          expect(broken.join("").replaceAll(/[ \u200b]/g, "")).toBe(text.replaceAll(/[ \u200b]/g, ""));
          for (const line of broken) expect([...line].length).toBeLessThanOrEqual(letters);
        },
      ),
    );
  });
});

test("a shortened text ends in an ellipsis and fits", () => {
  expect(shortened(face, "abcdef", style, 30)).toBe("abcdef");
  expect(shortened(face, "abcdefghij", style, 30)).toMatch(/^abcd?e?…$/);
});
