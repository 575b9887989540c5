// A TrueType font with some of its glyphs: the others stay, empty, so that all keep their numbers.

const COMPOSITE_HAS_MORE = 0x20;
const ARGUMENTS_ARE_WORDS = 0x1;
const SCALE = 0x8;
const SCALE_BY_AXIS = 0x40;
const SCALE_BY_MATRIX = 0x80;

type Table = { record: number; at: number; length: number };

/** The font without the outlines and the widths of all glyphs but these, and those that these are composed of. */
export function withGlyphs(font: Uint8Array, wanted: Iterable<number>): Uint8Array<ArrayBuffer> {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const tables = tablesOf(view);
  const { glyf, loca, head, hmtx } = tables as Record<"glyf" | "loca" | "head" | "hmtx", Table>;
  const isLong = view.getUint16(head.at + 50) === 1;
  const placeOf = (glyph: number) =>
    isLong ? view.getUint32(loca.at + 4 * glyph) : 2 * view.getUint16(loca.at + 2 * glyph);
  const count = loca.length / (isLong ? 4 : 2) - 1;
  const isKept = new Uint8Array(count);
  const keep = (glyph: number): void => {
    if (isKept[glyph] === 1) return;
    isKept[glyph] = 1;
    if (placeOf(glyph) < placeOf(glyph + 1))
      for (const part of partsOf(view, glyf.at + placeOf(glyph))) keep(part);
  };
  for (const glyph of wanted) keep(glyph);
  let kept = 0;
  for (let glyph = 0; glyph < count; glyph++)
    if (isKept[glyph] === 1) kept += placeOf(glyph + 1) - placeOf(glyph);
  const { small, places } = layOut(font, tables, kept);
  const out = new DataView(small.buffer);
  const [glyphs, index, metrics] = [places["glyf"], places["loca"], places["hmtx"]] as number[];
  let end = 0;
  for (let glyph = 0; glyph < count; glyph++) {
    if (isKept[glyph] === 1) {
      const [from, to] = [placeOf(glyph), placeOf(glyph + 1)];
      small.set(font.subarray(glyf.at + from, glyf.at + to), (glyphs as number) + end);
      end += to - from;
    } else if (4 * glyph < hmtx.length) out.setUint32((metrics as number) + 4 * glyph, 0);
    if (isLong) out.setUint32((index as number) + 4 * glyph + 4, end);
    else out.setUint16((index as number) + 2 * glyph + 2, end / 2);
  }
  return small;
}

function tablesOf(view: DataView): Record<string, Table> {
  const tables: Record<string, Table> = {};
  for (let i = 0; i < view.getUint16(4); i++) {
    const record = 12 + 16 * i;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(record + byte)));
    tables[tag] = { record, at: view.getUint32(record + 8), length: view.getUint32(record + 12) };
  }
  return tables;
}

/** The glyphs that the one at this place is composed of. */
function partsOf(view: DataView, place: number): number[] {
  const parts: number[] = [];
  if (view.getInt16(place) >= 0) return parts;
  let at = place + 10;
  let flags = COMPOSITE_HAS_MORE;
  while (flags & COMPOSITE_HAS_MORE) {
    flags = view.getUint16(at);
    parts.push(view.getUint16(at + 2));
    at += flags & ARGUMENTS_ARE_WORDS ? 8 : 6;
    if (flags & SCALE) at += 2;
    else if (flags & SCALE_BY_AXIS) at += 4;
    else if (flags & SCALE_BY_MATRIX) at += 8;
  }
  return parts;
}

/** A file with all tables as they were, but room for so many bytes of outlines. */
function layOut(font: Uint8Array, tables: Record<string, Table>, outlines: number) {
  const places: Record<string, number> = {};
  const list = Object.entries(tables);
  let end = 12 + 16 * list.length;
  for (const [tag, { length }] of list) {
    places[tag] = end;
    end += ((tag === "glyf" ? outlines : length) + 3) & ~3;
  }
  const small = new Uint8Array(end);
  small.set(font.subarray(0, 12 + 16 * list.length));
  const out = new DataView(small.buffer);
  for (const [tag, { record, at, length }] of list) {
    out.setUint32(record + 8, places[tag] as number);
    if (tag === "glyf") out.setUint32(record + 12, outlines);
    else small.set(font.subarray(at, at + length), places[tag]);
  }
  return { small, places };
}
