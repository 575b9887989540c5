// Time zones: the offset of a zone at an instant, and the instant of a wall-clock time.
// The rules come from the tzdata that moment-timezone packs, never from the host or from the runtime's
// ICU, so that a report does not change with the machine that makes it. No dates here: see calendar.ts.
import data from "moment-timezone/data/packed/latest.json" with { type: "json" };

/** The release of the IANA time zone database in use, such as "2026f". */
export const TZDATA_VERSION: string = data.version;

/**
 * A zone as stretches of constant offset: stretch i has offsetsMs[i] and ends before endsMs[i]; the last
 * one never ends. The data lists changes up to the year 2499; later the last offset holds.
 */
type Zone = { endsMs: Float64Array; offsetsMs: Int32Array };

export type Transition = { atMs: number; offsetBeforeMs: number; offsetAfterMs: number };

const MINUTE_MS = 60_000;

/** No zone was ever further than this from UTC (the widest are the local mean times, below 16 h). */
const WIDEST_OFFSET_MS = 16 * 60 * MINUTE_MS;

const packedByName = new Map<string, string>();
for (const packed of data.zones) packedByName.set(packed.slice(0, packed.indexOf("|")), packed);
for (const link of data.links) {
  const [target = "", alias = ""] = link.split("|");
  const packed = packedByName.get(target);
  if (packed !== undefined && !packedByName.has(alias)) packedByName.set(alias, packed);
}

const unpackedByName = new Map<string, Zone>();

/** Reads a digit of moment-timezone's base 60: 0-9, a-z, A-X. */
function digitOf(charCode: number): number {
  if (charCode > 96) return charCode - 87;
  if (charCode > 64) return charCode - 29;
  return charCode - 48;
}

/** Reads a base-60 number, which may have a sign and a fraction: local mean times count in seconds. */
function fromBase60(text: string): number {
  const isNegative = text.startsWith("-");
  const [whole = "", fraction = ""] = (isNegative ? text.slice(1) : text).split(".");
  let value = 0;
  for (let i = 0; i < whole.length; i++) value = value * 60 + digitOf(whole.charCodeAt(i));
  let weight = 1;
  for (let i = 0; i < fraction.length; i++) {
    weight /= 60;
    value += weight * digitOf(fraction.charCodeAt(i));
  }
  return isNegative ? -value : value;
}

/**
 * Unpacks `name|abbreviations|offsets|indices|untils|…`: offsets in minutes west of UTC, one index into
 * them for each stretch, and the end of each stretch but the last in minutes since the end before it.
 */
function unpack(packed: string): Zone {
  const [, , offsets = "", indices = "", untils = ""] = packed.split("|");
  const eastMs = offsets.split(" ").map((minutesWest) => Math.round(-fromBase60(minutesWest) * MINUTE_MS));
  const minutesSince = untils === "" ? [] : untils.split(" ").map(fromBase60);
  const endsMs: number[] = [];
  const offsetsMs: number[] = [];
  let endMs = 0;
  for (let i = 0; i < indices.length; i++) {
    const offsetMs = eastMs[digitOf(indices.charCodeAt(i))] ?? 0;
    const lengthMs = i < indices.length - 1 ? (minutesSince[i] ?? Infinity) * MINUTE_MS : Infinity;
    endMs = Math.round(endMs + lengthMs);
    // Many changes are only of name (PDT to MST, war time to peace time): join what has the same offset.
    if (offsetsMs.at(-1) === offsetMs) endsMs[endsMs.length - 1] = endMs;
    else {
      offsetsMs.push(offsetMs);
      endsMs.push(endMs);
    }
  }
  return { endsMs: Float64Array.from(endsMs), offsetsMs: Int32Array.from(offsetsMs) };
}

function zoneOf(name: string): Zone {
  const known = unpackedByName.get(name);
  if (known !== undefined) return known;
  const packed = packedByName.get(name);
  if (packed === undefined) throw new RangeError(`unknown time zone: ${name}`);
  const zone = unpack(packed);
  unpackedByName.set(name, zone);
  return zone;
}

/** The stretch that holds the instant: the first that ends after it. */
function stretchAt({ endsMs }: Zone, instantMs: number): number {
  let low = 0;
  let high = endsMs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((endsMs[middle] as number) > instantMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether this is the exact name of a zone or a link of the IANA database ("UTC" is one). */
export function isZone(name: string): boolean {
  return packedByName.has(name);
}

/** Milliseconds that the zone's clocks are ahead of UTC at an instant. Throws RangeError on an unknown zone. */
export function offsetAt(zone: string, instantMs: number): number {
  const found = zoneOf(zone);
  return found.offsetsMs[stretchAt(found, instantMs)] as number;
}

/**
 * The zone's changes of offset with fromMs < atMs <= toMs, in order. Changes of name alone are left out.
 * Throws RangeError on an unknown zone.
 */
export function transitions(zone: string, fromMs: number, toMs: number): Transition[] {
  const stretches = zoneOf(zone);
  const { endsMs, offsetsMs } = stretches;
  const found: Transition[] = [];
  for (let i = stretchAt(stretches, fromMs); i + 1 < endsMs.length; i++) {
    const atMs = endsMs[i] as number;
    if (atMs > toMs) break;
    found.push({ atMs, offsetBeforeMs: offsetsMs[i] as number, offsetAfterMs: offsetsMs[i + 1] as number });
  }
  return found;
}

/**
 * The first instant at which the zone's clocks show `localMs` or later, where localMs is a wall-clock time
 * written as if it were UTC. So a time that clocks skip gives the instant of the skip, and a time that they
 * show twice gives the first. Throws RangeError on an unknown zone.
 */
export function firstInstantShowing(zone: string, localMs: number): number {
  const stretches = zoneOf(zone);
  const { endsMs, offsetsMs } = stretches;
  let stretch = stretchAt(stretches, localMs - WIDEST_OFFSET_MS);
  let startMs = -Infinity;
  for (;;) {
    const candidate = Math.max(startMs, localMs - (offsetsMs[stretch] as number));
    const endMs = endsMs[stretch] as number;
    if (candidate < endMs || stretch === endsMs.length - 1) return candidate;
    startMs = endMs;
    stretch++;
  }
}
