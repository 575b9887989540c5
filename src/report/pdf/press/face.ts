// One weight of the typeface within one document: turns texts into the operands of PDF's text operators and
// knows their widths. Texts of prepared characters, nearly all, are set by tables; others by the whole font,
// which is opened when the first of them comes.
import type { FontFile } from "./fontFile.ts";
import { Operators } from "./operators.ts";
import { PreparedFace } from "./preparedFace.ts";
import type { PreparedFont } from "./preparedFont.ts";
import type { Digits } from "./theme.ts";
import { WholeFace } from "./wholeFace.ts";

/** One weight of the typeface. `whole` opens all of it, once. */
export type FontSource = { prepared: PreparedFont; whole: () => FontFile };

/** Fonts that are in the file: the name in the resources of pages, and the object. */
export type Embedded = { readonly id: string; readonly reference: unknown };

/** A text as it is set: by which font, the operators that show it at a place, the width in thousandths. */
export type SetText = { font: Embedded; bytes: Uint8Array; width: number };

const encoder = new TextEncoder();
/** What stands between the place of a text and its glyphs, and what after them. */
const BEFORE = encoder.encode("Td [(");
const BEHIND = encoder.encode(")]TJ ET\n");

/** How long a text may be that is kept as it was set once, and how many are. */
const LONGEST_KEPT = 40;
const MOST_KEPT = 20_000;

export class Face {
  private readonly prepared: PreparedFace;
  private whole: WholeFace | null = null;
  private readonly kept = new Map<string, SetText>();
  /** The last text that is not kept: most are measured and then drawn. */
  private readonly scratch = new Operators();
  private lastText: string | null = null;
  private lastDigits: Digits = "prose";
  private readonly last: SetText;

  constructor(
    private readonly document: PDFKit.PDFDocument,
    private readonly source: FontSource,
    id: string,
  ) {
    this.prepared = new PreparedFace(document as never, source.prepared, id);
    this.last = { font: this.prepared, bytes: this.scratch.written(), width: 0 };
  }

  /** Width in points at a size. */
  widthOf(text: string, size: number, digits: Digits): number {
    return (this.set(text, digits).width * size) / 1000;
  }

  /** A text as it is to be shown. What is answered holds until the next call. */
  set(text: string, digits: Digits): SetText {
    // Few figures are alike.
    const isKept = digits === "prose" && text.length <= LONGEST_KEPT;
    if (isKept) {
      const kept = this.kept.get(text);
      if (kept !== undefined) return kept;
    } else if (text === this.lastText && digits === this.lastDigits) return this.last;
    const { scratch, last } = this;
    scratch.clear();
    scratch.append(BEFORE);
    const width = this.prepared.set(text, digits, scratch);
    if (width === null) this.setWhole(text, digits);
    else {
      last.font = this.prepared;
      last.width = width;
    }
    scratch.append(BEHIND);
    last.bytes = scratch.written();
    this.lastText = text;
    this.lastDigits = digits;
    if (!isKept || this.kept.size >= MOST_KEPT) return last;
    const kept = { ...last, bytes: last.bytes.slice() };
    this.kept.set(text, kept);
    return kept;
  }

  /** Puts into the file what was used; what pdfkit embeds, it puts there by itself. */
  embed(): void {
    this.prepared.embed();
  }

  private setWhole(text: string, digits: Digits): void {
    const whole = this.whole ?? new WholeFace(this.document, this.source.whole());
    this.whole = whole;
    this.scratch.endAt(BEFORE.length);
    this.last.font = whole;
    this.last.width = whole.set(text, digits, this.scratch);
  }
}
