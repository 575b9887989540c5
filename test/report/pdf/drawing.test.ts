// The parts beneath the layout: kerning, operators, clock, the scale of the chart.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { loadFonts } from "../../../src/render/fonts.ts";
import { clockOf } from "../../../src/report/pdf/clock.ts";
import { describeDays, heightOnScale } from "../../../src/report/pdf/dailyChart.ts";
import { writtenChange } from "../../../src/report/pdf/hero.ts";
import { Operators } from "../../../src/report/pdf/press/operators.ts";
import { brandOf, COLORS } from "../../../src/report/pdf/press/theme.ts";
import { formatLocal } from "../../../src/sla/calendar.ts";

type Shaper = {
  glyphForCodePoint(codePoint: number): { id: number };
  layout(
    text: string,
    features: Record<string, boolean>,
  ): { glyphs: { advanceWidth: number }[]; positions: { xAdvance: number }[] };
};

describe("the font", async () => {
  const { font: opened, kerning, figures } = (await loadFonts()).regular.whole();
  const font = opened as unknown as Shaper;
  const glyph = (letter: string) => font.glyphForCodePoint(letter.codePointAt(0) as number).id;

  test("is kerned as fontkit kerns it", () => {
    for (const left of "ATVWYPLFTorvyaöΑΓΤУГТ") {
      for (const right of "AVTYaeou-öΑΔοΤдоа") {
        const run = font.layout(left + right, { calt: false });
        const expected = (run.positions[0]?.xAdvance ?? 0) - (run.glyphs[0]?.advanceWidth ?? 0);
        expect([left + right, kerning(glyph(left), glyph(right))]).toEqual([left + right, expected]);
      }
    }
  });

  test("has other digits for columns of figures", () => {
    const digits = [..."0123456789:"].map(glyph);
    expect([...figures.keys()]).toEqual(digits);
  });
});

describe("operators", () => {
  const written = (write: (out: Operators) => void) => {
    const out = new Operators();
    write(out);
    return Buffer.from(out.written()).toString("latin1");
  };

  test("have numbers in hundredths without needless zeros", () => {
    const numbers = [0, 1, 10, 595.28, 0.5, 0.05, -3.104, 99.999, 1e6];
    expect(written((out) => numbers.forEach((value) => void out.number(value)))).toBe(
      "0 1 10 595.28 0.5 0.05 -3.1 100 1000000 ",
    );
  });

  test("escape brackets, backslash and carriage return in glyph numbers", () => {
    expect(written((out) => [0x28, 0x29, 0x5c, 0x0d, 0x2841].forEach((code) => void out.glyph(code)))).toBe(
      "\0\\(\0\\)\0\\\\\0\\r\\(A",
    );
  });

  test("can be taken back, and grow as long as it takes", () => {
    const out = new Operators();
    out.text("keep");
    const { position } = out;
    out.text("x".repeat(100_000));
    expect(out.since(position).length).toBe(100_000);
    out.endAt(position);
    expect(Buffer.from(out.written()).toString()).toBe("keep");
  });
});

test("the clock of a report shows what the zone's clocks show, at every half hour and change", () => {
  const zones = [
    "UTC",
    "Europe/Zurich",
    "Asia/Kolkata",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 1_200_000_000, max: 1_800_000_000 }),
      (zone, seconds) => {
        const ms = seconds * 1000 + 7;
        const clock = clockOf(zone);
        expect(clock(new Date(ms).toISOString())).toBe(formatLocal(zone, ms));
        expect(clock(new Date(ms + 60_000).toISOString())).toBe(formatLocal(zone, ms + 60_000));
      },
    ),
  );
  const clock = clockOf("Australia/Lord_Howe");
  // Half an hour forward at 15:30 UTC, in the middle of an hour of UTC.
  expect(clock("2026-10-03T15:29:59.000Z")).toBe("2026-10-04 01:59:59");
  expect(clock("2026-10-03T15:30:00.000Z")).toBe("2026-10-04 02:30:00");
});

describe("the chart", () => {
  test("gives each nine a step, and the top only to a day without downtime", () => {
    expect([0, 90, 99, 99.9, 99.99].map((value) => Number(heightOnScale(value).toFixed(6)))).toEqual([
      0, 1, 2, 3, 4,
    ]);
    expect(heightOnScale(100)).toBe(5);
    expect(heightOnScale(99.9999999)).toBeLessThan(4.9);
  });

  test("never shows less availability higher", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (a, b) => {
          if (a < b) expect(heightOnScale(a)).toBeLessThanOrEqual(heightOnScale(b));
        },
      ),
    );
  });

  test("is described in words", () => {
    const day = (date: string, downtimeMs: number, serviceMs = 86_400_000) => ({
      date,
      downtimeMs,
      serviceMs,
    });
    expect(
      describeDays([day("2026-02-01", 0), day("2026-02-02", 864_000), day("2026-02-03", 0, 0)], 99.9),
    ).toBe("1 day of 2 below the target of 99.9%; lowest 99.000% on 2026-02-02; 1 day without service time.");
    expect(describeDays([day("2026-02-01", 0)], 99.9)).toBe(
      "No day of 1 below the target of 99.9%; no downtime on any day.",
    );
    expect(describeDays([day("2026-02-01", 0, 0)], 99.9)).toBe("No day of the period has service time.");
  });
});

test("a change in percentage points is the difference of the figures as they are printed", () => {
  expect(writtenChange("97.199%", "100.000%")).toBe("▼ 2.801 points");
  expect(writtenChange("99.905%", "99.902%")).toBe("▲ 0.003 points");
  expect(writtenChange("99.902%", "99.902%")).toBe("none");
  expect(writtenChange("no service time", "99.902%")).toBe("–");
});

test("a light brand colour is not used for text", () => {
  expect(brandOf("#1f4e8c").text).toBe(brandOf("#1f4e8c").full);
  expect(brandOf("#f5c400").text).toBe(COLORS.ink);
});
