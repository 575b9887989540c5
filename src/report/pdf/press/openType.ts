// Two small readings of an OpenType font's layout tables: how far two glyphs move together (kerning), and
// which glyph stands for another under a feature (tabular figures). Shaping each short text with fontkit
// costs 0.1 ms; with these two, plain Latin, Greek and Cyrillic need no shaper. Anything unexpected in
// the font means no kerning, never an error.

type Subtable = { at: number; type: number };

/** The subtables of one lookup: of these, the first that covers a glyph applies. */
type Lookup = Subtable[];

/** The layout table of a font, and the lookups of a feature in it, which all apply one after the other. */
type LayoutTable = { view: DataView; lookupsOf: (feature: string) => Lookup[] };

const EXTENSION_TYPE = { GSUB: 7, GPOS: 9 } as const;
const SINGLE_SUBSTITUTION = 1;
const PAIR_ADJUSTMENT = 2;
const X_ADVANCE_ONLY = 4;

/** Kerning of a font: font units to add between two glyphs, by their ids. */
export type Kerning = (left: number, right: number) => number;

/** Reads the kerning of a TrueType or OpenType font. The result remembers every pair it was asked for. */
export function kerningOf(font: Uint8Array): Kerning {
  const table = layoutTable(font, "GPOS");
  if (!table) return () => 0;
  const lookups = table.lookupsOf("kern");
  const known = new Map<number, number>();
  return (left, right) => {
    const key = left * 65536 + right;
    let value = known.get(key);
    if (value === undefined) {
      value = 0;
      for (const lookup of lookups) value += pairValue(table.view, lookup, left, right);
      known.set(key, value);
    }
    return value;
  };
}

/** Glyph ids that a feature made of single substitutions ("tnum", "case") puts in the place of others. */
export function substitutionsOf(
  font: Uint8Array,
  feature: string,
  glyphs: Iterable<number>,
): Map<number, number> {
  const replaced = new Map<number, number>();
  const table = layoutTable(font, "GSUB");
  if (!table) return replaced;
  for (const { at, type } of table.lookupsOf(feature).flat()) {
    if (type !== SINGLE_SUBSTITUTION) continue;
    const format = table.view.getUint16(at);
    for (const glyph of glyphs) {
      const index = coverageIndex(table.view, at + table.view.getUint16(at + 2), glyph);
      if (index < 0) continue;
      replaced.set(
        glyph,
        format === 1
          ? (glyph + table.view.getInt16(at + 4)) & 0xffff
          : table.view.getUint16(at + 6 + 2 * index),
      );
    }
  }
  return replaced;
}

function layoutTable(font: Uint8Array, tag: "GSUB" | "GPOS"): LayoutTable | null {
  const file = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const start = tableOffset(file, tag);
  if (start === null) return null;
  const view = new DataView(font.buffer, font.byteOffset + start.at, start.length);
  return { view, lookupsOf: (feature) => featureLookups(view, feature, EXTENSION_TYPE[tag]) };
}

function tableOffset(file: DataView, tag: string): { at: number; length: number } | null {
  const count = file.getUint16(4);
  for (let record = 12; record < 12 + 16 * count; record += 16) {
    const name = String.fromCharCode(...[0, 1, 2, 3].map((byte) => file.getUint8(record + byte)));
    if (name === tag) return { at: file.getUint32(record + 8), length: file.getUint32(record + 12) };
  }
  return null;
}

/** Every lookup that a feature names, in the order of the lookup list, extensions followed. */
function featureLookups(view: DataView, feature: string, extensionType: number): Lookup[] {
  const features = view.getUint16(6);
  const lookups = view.getUint16(8);
  const lookupIndexes = new Set<number>();
  for (let i = 0; i < view.getUint16(features); i++) {
    const record = features + 2 + 6 * i;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(record + byte)));
    if (tag !== feature) continue;
    const at = features + view.getUint16(record + 4);
    for (let k = 0; k < view.getUint16(at + 2); k++) lookupIndexes.add(view.getUint16(at + 4 + 2 * k));
  }
  return [...lookupIndexes]
    .sort((a, b) => a - b)
    .map((index) => lookupAt(view, lookups + view.getUint16(lookups + 2 + 2 * index), extensionType));
}

function lookupAt(view: DataView, lookup: number, extensionType: number): Lookup {
  const type = view.getUint16(lookup);
  return Array.from({ length: view.getUint16(lookup + 4) }, (_, i) => {
    const at = lookup + view.getUint16(lookup + 6 + 2 * i);
    return type === extensionType
      ? { at: at + view.getUint32(at + 4), type: view.getUint16(at + 2) }
      : { at, type };
  });
}

/** Position of a glyph in a coverage table, or -1. */
function coverageIndex(view: DataView, at: number, glyph: number): number {
  const isRanges = view.getUint16(at) === 2;
  const size = isRanges ? 6 : 2;
  let low = 0;
  let high = view.getUint16(at + 2) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const record = at + 4 + size * middle;
    const first = view.getUint16(record);
    const last = isRanges ? view.getUint16(record + 2) : first;
    if (glyph < first) high = middle - 1;
    else if (glyph > last) low = middle + 1;
    else return isRanges ? view.getUint16(record + 4) + glyph - first : middle;
  }
  return -1;
}

/** Class of a glyph in a class definition table; 0 when it names none. */
function classOf(view: DataView, at: number, glyph: number): number {
  if (view.getUint16(at) === 1) {
    const index = glyph - view.getUint16(at + 2);
    return index >= 0 && index < view.getUint16(at + 4) ? view.getUint16(at + 6 + 2 * index) : 0;
  }
  for (let i = 0; i < view.getUint16(at + 2); i++) {
    const record = at + 4 + 6 * i;
    if (glyph >= view.getUint16(record) && glyph <= view.getUint16(record + 2))
      return view.getUint16(record + 4);
  }
  return 0;
}

/** The adjustment of the first subtable that covers the pair, as the specification has it. */
function pairValue(view: DataView, lookup: Lookup, left: number, right: number): number {
  for (const { at, type } of lookup) {
    if (type !== PAIR_ADJUSTMENT) continue;
    if (view.getUint16(at + 4) !== X_ADVANCE_ONLY || view.getUint16(at + 6) !== 0) continue;
    const covered = coverageIndex(view, at + view.getUint16(at + 2), left);
    if (covered < 0) continue;
    if (view.getUint16(at) === 2) {
      const row = classOf(view, at + view.getUint16(at + 8), left);
      const column = classOf(view, at + view.getUint16(at + 10), right);
      return view.getInt16(at + 16 + 2 * (row * view.getUint16(at + 14) + column));
    }
    const set = at + view.getUint16(at + 10 + 2 * covered);
    for (let i = 0; i < view.getUint16(set); i++) {
      if (view.getUint16(set + 2 + 4 * i) === right) return view.getInt16(set + 4 + 4 * i);
    }
  }
  return 0;
}
