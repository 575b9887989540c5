// One weight of the prepared typeface within one document: sets texts of prepared characters by its tables,
// and puts as much of the font into the file as was used.
import { isInvisible } from "./invisible.ts";
import type { Operators } from "./operators.ts";
import type { PreparedFont } from "./preparedFont.ts";
import type { Digits } from "./theme.ts";

/** What is used of pdfkit's references; its types say something else. */
type Reference = { data: object; write(bytes: Uint8Array): void; end(): void };
type References = { ref(data: object): Reference };

/** How the names of fonts begin that are embedded in part. */
const SUBSET_TAG = "NINESA";

export class PreparedFace {
  /** The font's object in the file, for the resources of pages. */
  readonly reference: Reference;
  /** The highest number of a glyph so far. */
  private highest = 0;

  /** `id` is its name in the resources of pages. */
  constructor(
    private readonly document: References,
    private readonly font: PreparedFont,
    readonly id: string,
  ) {
    this.reference = document.ref({});
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
    let { highest } = this;
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
      if (code > highest) highest = code;
    }
    out.endAt(at);
    this.highest = highest;
    return units * scale;
  }

  /** Writes the font into the document. */
  embed(): void {
    const { document, font } = this;
    const { head } = font;
    const subset = head.subsets.find(({ codes }) => this.highest < codes);
    if (subset === undefined) throw new Error("a glyph beyond the prepared font");
    const name = `${SUBSET_TAG}+${head.postscriptName}`;
    const FontFile2 = this.deflated(font.bytesOf(subset.file));
    const FontDescriptor = document.ref({
      Type: "FontDescriptor",
      FontName: name,
      ...head.descriptor,
      FontFile2,
    });
    FontDescriptor.end();
    const scale = 1000 / head.unitsPerEm;
    const descendant = document.ref({
      Type: "Font",
      Subtype: "CIDFontType2",
      BaseFont: name,
      CIDSystemInfo: { Registry: new String("Adobe"), Ordering: new String("Identity"), Supplement: 0 },
      FontDescriptor,
      W: [0, Array.from(font.widths.subarray(0, subset.codes), (width) => width * scale)],
      CIDToGIDMap: "Identity",
    });
    descendant.end();
    Object.assign(this.reference.data, {
      Type: "Font",
      Subtype: "Type0",
      BaseFont: name,
      Encoding: "Identity-H",
      DescendantFonts: [descendant],
      ToUnicode: this.deflated(font.bytesOf(subset.toUnicode)),
    });
    this.reference.end();
  }

  /** A stream that is compressed already. */
  private deflated(bytes: Uint8Array): Reference {
    const stream = this.document.ref({ Filter: "FlateDecode" });
    stream.write(bytes);
    stream.end();
    return stream;
  }
}
