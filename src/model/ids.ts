// Object ids: a prefix and a KSUID (27 base-62 characters: seconds since 2014-05-13, then 128 random
// bits), so that ids sort by time. Ids made by one maker strictly increase, also within a second.

export const ID_PREFIXES = {
  schedule: "sla_",
  report: "rpt_",
  site: "site_",
  wanLink: "wan_",
  fault: "flt_",
  comment: "cmt_",
  maintenanceWindow: "mw_",
  businessHours: "bh_",
  notificationGroup: "ng_",
  delivery: "dlv_",
  link: "lnk_",
  job: "job_",
  request: "req_",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
export type NewId = (kind: IdKind) => string;

const KSUID_EPOCH_S = 1_400_000_000;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KSUID_LENGTH = 27;

/** The regular expression source of the ids of one kind. */
export function idPattern(kind: IdKind): string {
  return `^${ID_PREFIXES[kind]}[0-9a-zA-Z]{27}$`;
}

/** Base-62 of a 160-bit big-endian number given as five 32-bit words; always 27 characters. */
export function encodeKsuid(words: readonly number[]): string {
  const rest = [...words];
  let text = "";
  for (let digit = 0; digit < KSUID_LENGTH; digit++) {
    let remainder = 0;
    for (let i = 0; i < rest.length; i++) {
      const value = remainder * 2 ** 32 + (rest[i] as number);
      rest[i] = Math.floor(value / 62);
      remainder = value % 62;
    }
    text = ALPHABET[remainder] + text;
  }
  return text;
}

/** The text of the number after this one; both have 27 characters. */
function successor(ksuid: string): string {
  for (let i = KSUID_LENGTH - 1; i >= 0; i--) {
    const digit = ALPHABET.indexOf(ksuid.charAt(i));
    if (digit < 61) return ksuid.slice(0, i) + ALPHABET.charAt(digit + 1) + "0".repeat(KSUID_LENGTH - 1 - i);
  }
  throw new RangeError("there is no greater id");
}

/**
 * A maker of ids. `now` gives epoch milliseconds, `random` fills an array with random bits; both are
 * arguments so that tests can fix them. The payload is random once a second and counts up within it
 * (and when the clock steps back), which keeps ids of one process in order of creation.
 */
export function idMaker(now: () => number, random: (array: Uint32Array) => unknown): NewId {
  const payload = new Uint32Array(4);
  let second = 0;
  let ksuid = encodeKsuid([0, 0, 0, 0, 0]);
  return (kind) => {
    const current = Math.floor(now() / 1000) - KSUID_EPOCH_S;
    if (current > second) {
      second = current;
      random(payload);
      payload[0] = (payload[0] as number) & 0x7fffffff; // room to count up without reaching the seconds
      ksuid = encodeKsuid([second, ...payload]);
    } else {
      ksuid = successor(ksuid); // a tenth of the time of encoding: an import makes thousands of ids a second
    }
    return ID_PREFIXES[kind] + ksuid;
  };
}
