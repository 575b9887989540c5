// One weight of the prepared typeface within one document: sets texts of prepared characters by its tables,
// and puts as much of the font into the file as was used.
import { isInvisible } from "./invisible.ts";
import type { Operators } from "./operators.ts";
import type { PreparedFont } from "./preparedFont.ts";
import { zlibStream } from "./seal.ts";
import type { Digits } from "./theme.ts";
import { withGlyphs } from "./trueType.ts";

/** What is used of pdfkit's references; its types say something else. */
type Reference = { data: object; write(bytes: Uint8Array): void; end(): void };
type References = { ref(data: object): Reference };

/** How the names of fonts begin that are embedded in part. */
const SUBSET_TAG = "NINESA";
const EMBEDDED_LEVEL = 6;

export class PreparedFace {
  /** The font's object in the file, for the resources of pages. */
  readonly reference: Reference;
  /** By number: 1 for the glyphs that the document has. */
  private readonly isUsed: Uint8Array;

  /** `id` is its name in the resources of pages. */
  constructor(
    private readonly document: References,
    private readonly font: PreparedFont,
    readonly id: string,
  ) {
    this.reference = document.ref({});
    this.isUsed = new Uint8Array(font.widths.length);
    // What readers show for numbers that are no glyph.
    this.isUsed[0] = 1;
  }

  /** Writes the inside of a TJ operand; answers the width in thousandths of the size, or null for texts with other characters. */
  set(text: string, digits: Digits, out: Operators): number | null {
    const { prose, figures, widths, rows, columnOf, kerning, head } = this.font;
    const codes = digits === "prose" ? prose : figures;
    const scale = 1000 / head.unitsPerEm;
    let bytes = out.room(2 * text.length);
    let at = out.position;
    let units = 0;
    let row = 0;
    const { isUsed } = this;
    for (let i = 0; i < text.length; i++) {
      const codePoint = text.charCodeAt(i);
      const code = codePoint < codes.length ? (codes[codePoint] as number) : 0;
      if (code === 0) {
        if (isInvisible(codePoint)) continue;
        return null;
      }
      const kern = kerning[row + (columnOf[code] as number)] as number;
      if (kern !== 0) {
        units += kern;
        out.endAt(at);
        out.move(kern * scale);
        bytes = out.room(2 * (text.length - i));
        at = out.position;
      }
      bytes[at] = code >> 8;
      bytes[at + 1] = code & 0xff;
      at += 2;
      units += widths[code] as number;
      row = rows[code] as number;
      isUsed[code] = 1;
    }
    out.endAt(at);
    return units * scale;
  }

  /** Writes as much of the font into the document as it has. */
  embed(): void {
    const { document, font } = this;
    const { head } = font;
    const used = [...this.isUsed.keys()].filter((code) => this.isUsed[code] === 1);
    const name = `${SUBSET_TAG}+${head.postscriptName}`;
    const FontFile2 = this.deflated(withGlyphs(font.trueType, used));
    const FontDescriptor = document.ref({
      Type: "FontDescriptor",
      FontName: name,
      ...head.descriptor,
      FontFile2,
    });
    FontDescriptor.end();
    const descendant = document.ref({
      Type: "Font",
      Subtype: "CIDFontType2",
      BaseFont: name,
      CIDSystemInfo: { Registry: new String("Adobe"), Ordering: new String("Identity"), Supplement: 0 },
      FontDescriptor,
      W: this.widthsOf(used),
      CIDToGIDMap: "Identity",
    });
    descendant.end();
    const texts = new TextEncoder().encode(toUnicode(used, font.codePoints));
    Object.assign(this.reference.data, {
      Type: "Font",
      Subtype: "Type0",
      BaseFont: name,
      Encoding: "Identity-H",
      DescendantFonts: [descendant],
      ToUnicode: this.deflated(texts),
    });
    this.reference.end();
  }

  /** Runs of numbers, each its first and then their widths. */
  private widthsOf(used: readonly number[]): (number | number[])[] {
    const { widths, head } = this.font;
    const runs: (number | number[])[] = [];
    let run: number[] = [];
    for (const [index, code] of used.entries()) {
      if (code - 1 !== used[index - 1]) {
        run = [];
        runs.push(code, run);
      }
      run.push(((widths[code] as number) * 1000) / head.unitsPerEm);
    }
    return runs;
  }

  private deflated(bytes: Uint8Array<ArrayBuffer>): Reference {
    const stream = this.document.ref({ Filter: "FlateDecode" });
    stream.write(zlibStream(bytes, EMBEDDED_LEVEL));
    stream.end();
    return stream;
  }
}

const hex = (value: number) => value.toString(16).padStart(4, "0");
/** As many entries may be in one section. */
const SECTION = 100;

/** The table by which readers copy and search text. */
function toUnicode(used: readonly number[], codePoints: Uint16Array): string {
  const sections: string[] = [];
  for (let start = 1; start < used.length; start += SECTION) {
    const some = used.slice(start, start + SECTION);
    const lines = some.map((code) => `<${hex(code)}> <${hex(codePoints[code] as number)}>`);
    sections.push(`${some.length} beginbfchar\n${lines.join("\n")}\nendbfchar\n`);
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <<
  /Registry (Adobe)
  /Ordering (UCS)
  /Supplement 0
>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000><ffff>
endcodespacerange
${sections.join("")}endcmap
CMapName currentdict /CMap defineresource pop
end
end`;
}
