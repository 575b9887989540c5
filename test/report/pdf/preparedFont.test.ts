// The prepared fonts against the whole ones: the same glyphs, widths and kerning, and no whole font where none is needed.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { create } from "fontkit";
import PDFDocument from "pdfkit";
import { loadFonts } from "../../../src/render/fonts.ts";
import type { FontSource } from "../../../src/report/pdf/press/face.ts";
import type { FontFile } from "../../../src/report/pdf/press/fontFile.ts";
import { Operators } from "../../../src/report/pdf/press/operators.ts";
import { PreparedFace } from "../../../src/report/pdf/press/preparedFace.ts";
import type { Digits } from "../../../src/report/pdf/press/theme.ts";
import { withGlyphs } from "../../../src/report/pdf/press/trueType.ts";
import { WholeFace } from "../../../src/report/pdf/press/wholeFace.ts";
import { objectsOf } from "./pdfFile.ts";
import { OPTIONS, renderSample, textOf } from "./readPdf.ts";

type Shaped = { glyphs: { id: number }[]; positions: { xAdvance: number }[] };
type Shaper = { layout(text: string, features: Record<string, boolean>): Shaped };
type Drawn = { path: { toSVG(): string }; advanceWidth: number };
type Drawer = { getGlyph(id: number): Drawn };

const fonts = await loadFonts();
const sources = Object.entries(fonts);
const paper = () => new PDFDocument({ font: "", autoFirstPage: false });

/** What a face writes for a text: numbers of glyphs, and movements between them as texts. */
function setBy(face: PreparedFace | WholeFace, text: string, digits: Digits) {
  const out = new Operators();
  const width = face.set(text, digits, out);
  const bytes = out.written();
  const parts: (number | string)[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0x29) {
      const end = bytes.indexOf(0x28, at);
      parts.push(
        Buffer.from(bytes.subarray(at + 1, end))
          .toString()
          .trim(),
      );
      at = end + 1;
      continue;
    }
    const byte = () => {
      const value = bytes[at++] as number;
      if (value !== 0x5c) return value;
      const escaped = bytes[at++] as number;
      return escaped === 0x72 ? 0x0d : escaped;
    };
    parts.push(byte() * 256 + byte());
  }
  return { width, parts };
}

/** The texts of the characters that are prepared, in prose. */
function preparedTexts({ prepared }: FontSource) {
  const characters = [...prepared.prose].flatMap((code, codePoint) =>
    code === 0 ? [] : [String.fromCodePoint(codePoint)],
  );
  const latin = characters.filter((character) => character < "\u017f");
  return fc.string({
    unit: fc.oneof(fc.constantFrom(...characters), fc.constantFrom(...latin), fc.constant("\u200b")),
    minLength: 1,
    maxLength: 30,
  });
}

describe.each(sources)("the prepared weight %s", (_, source) => {
  const { font, kerning, figures } = source.whole();
  const { prepared } = source;
  const { head } = prepared;
  const codePoints = new Map<number, number>();
  prepared.prose.forEach((code, codePoint) => void codePoints.set(code, codePoint));
  prepared.figures.forEach((code, codePoint) => void codePoints.set(code, codePoint));
  const glyphOf = (code: number) => {
    const { id } = font.glyphForCodePoint(codePoints.get(code) as number);
    return head.figures.includes(code) ? (figures.get(id) as number) : id;
  };

  test("sets any text of prepared characters as the whole font does, glyph for glyph", () => {
    const document = paper();
    const quick = new PreparedFace(document as never, prepared, "R");
    const whole = new WholeFace(document, { font, kerning, figures });
    const { subset } = (whole as unknown as { embedded: { subset: { glyphs: number[] } } }).embedded;
    fc.assert(
      fc.property(preparedTexts(source), fc.constantFrom<Digits>("prose", "figures"), (text, digits) => {
        const one = setBy(quick, text, digits);
        const other = setBy(whole, text, digits);
        expect(one.width).toBeCloseTo(other.width as number, 6);
        expect(one.parts.map((part) => (typeof part === "number" ? glyphOf(part) : part))).toEqual(
          other.parts.map((part) => (typeof part === "number" ? (subset.glyphs[part] as number) : part)),
        );
      }),
    );
  });

  test("is as wide and as kerned as fontkit shapes it, without its substitutions", () => {
    const face = new PreparedFace(paper() as never, prepared, "R");
    const features = { calt: false, ccmp: false, locl: false };
    const scale = 1000 / font.unitsPerEm;
    fc.assert(
      fc.property(preparedTexts(source), (text) => {
        const visible = text.replaceAll("\u200b", "");
        const run = (font as unknown as Shaper).layout(visible, features);
        const advance = run.positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0);
        expect(setBy(face, text, "prose").width).toBeCloseTo(advance * scale, 6);
      }),
      { numRuns: 30 },
    );
  });

  test("embeds glyphs that are drawn as in the whole font, and none but those of the text", () => {
    // With composed glyphs, and those they are composed of.
    const text = "Fibre cut, gate 7: Zürich, Łódź, Ťěš, Ωή, Йї − 99.9%";
    const used = [...new Set(text)].map((character) => prepared.prose[character.charCodeAt(0)] as number);
    expect(used).not.toContain(0);
    const embedded = create(withGlyphs(prepared.trueType, used)) as unknown as Drawer;
    const original = font as unknown as Drawer;
    for (const code of used) {
      const [copy, model] = [embedded.getGlyph(code), original.getGlyph(glyphOf(code))];
      expect(copy.path.toSVG()).toBe(model.path.toSVG());
      expect([copy.advanceWidth, prepared.widths[code]]).toEqual([model.advanceWidth, model.advanceWidth]);
    }
    const absent = embedded.getGlyph(prepared.prose["Q".charCodeAt(0)] as number);
    expect(absent.path.toSVG()).toBe("");
  });

  test("knows no character that it has not, and needs no escapes for those it has", () => {
    const face = new PreparedFace(paper() as never, prepared, "R");
    for (const text of ["漢", "🚀", "a\u0301\u0302", "א", "\ud800"])
      expect(face.set(text, "prose", new Operators())).toBeNull();
    for (const code of codePoints.keys()) {
      if (code !== 0) expect([0x0d, 0x28, 0x29, 0x5c]).not.toContain(code & 0xff);
    }
  });
});

const neverWhole = (): FontFile => {
  throw new Error("the whole font was opened");
};
const onlyPrepared = Object.fromEntries(
  sources.map(([weight, { prepared }]) => [weight, { prepared, whole: neverWhole }]),
) as typeof fonts;

describe("a report", () => {
  test("says everything of its own in prepared characters", async () => {
    const pdf = await renderSample(
      {
        sites: 6,
        groups: true,
        businessHours: true,
        maintenance: true,
        wanLinks: 2,
        comments: "short",
        ignored: true,
        withoutServiceTime: true,
        trend: "better",
        history: 3,
        partial: true,
      },
      { fonts: onlyPrepared },
    );
    expect(objectsOf(pdf).length).toBeGreaterThan(10);
  });

  test("opens the whole font for other characters, and only the weights that have them", async () => {
    const opened: string[] = [];
    const watched = Object.fromEntries(
      sources.map(([weight, { prepared, whole }]) => [
        weight,
        {
          prepared,
          whole: () => {
            opened.push(weight);
            return whole();
          },
        },
      ]),
    ) as typeof fonts;
    const scheduleName = "Filialen 東京 ě Ωмега";
    const pdf = await renderSample({ sites: 2, scheduleName }, { ...OPTIONS, fonts: watched });
    expect(await textOf(pdf)).toContain(scheduleName);
    expect([...new Set(opened)].sort()).toEqual(["bold", "regular"]);
    expect(opened).toHaveLength(2);
  });

  test("embeds no more of the font than its characters need", async () => {
    const bytes = async (scheduleName: string) =>
      (await renderSample({ sites: 1, scheduleName }, { fonts: onlyPrepared })).length;
    const [plain, french, greek] = [await bytes("Sites"), await bytes("Ćités"), await bytes("Σίτες")];
    expect(plain).toBeLessThan(french);
    expect(french).toBeLessThan(greek);
  });
});
