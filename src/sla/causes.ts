// The cause category of a fault, out of a table of words. The words may come from users, so they are
// looked up as plain text: no pattern of theirs reaches a regex engine.

export const CATEGORIES = ["power", "network", "device", "other"] as const;
export type Category = (typeof CATEGORIES)[number];

/**
 * Words joined by `|`. A word matches where a word of the cause begins with it, in any case: `electri` finds
 * "Electricity". One that ends in a space matches whole words only: `ups ` finds "UPS failed" and "UPS2",
 * but not "Upstream". A word may be several ("circuit breaker"); any other sign in it counts as a space.
 */
export type CausePattern = { category: Category; pattern: string };

/**
 * What is used where nothing else is configured; the first line with a match decides. Power is the category
 * that can take downtime out of a report, so its words are chosen not to match by accident.
 */
export const DEFAULT_CAUSE_PATTERNS: CausePattern[] = [
  { category: "network", pattern: "power over ethernet|poe " },
  { category: "device", pattern: "power cycl|powercycl" },
  {
    category: "power",
    pattern:
      "power |powercut|powerfail|powerless|powerloss|powered down|powered off|powerdown|poweroff|poweroutage|" +
      "ups |mains |electric|blackout|brownout|voltage|utility |grid |batter|generator|genset|pdu |" +
      "circuit breaker|fuse |diesel|rectifier",
  },
  {
    category: "network",
    pattern:
      "network|fiber|fibre|cable|isp |isps |carrier|provider|dns |dhcp|timeout|timed out|unreachable|bgp |ospf |" +
      "routing|wan |wantunnel|lan |vlan|vpn |tunnel|ipsec|link |links |uplink|upstream|downstream|latency|" +
      "packet loss|packetloss|jitter|circuit|backbone|peering|modem|dsl |adsl|vdsl|lte |4g |5g |mpls|sdwan|" +
      "internet|connection|connectivity|line |congestion|ddos",
  },
  {
    category: "device",
    pattern:
      "device|router|switch|firewall|gateway|access point|hardware|reboot|restart|crash|firmware|disk|ssd |hdd |" +
      "psu |memory|ram |cpu |fan |fans |overheat|temperature|kernel|server|appliance|nic |transceiver|sfp |" +
      "module|software|upgrade|config|misconfig",
  },
];

const WORDS = /\p{L}[\p{L}\p{M}]*|\p{N}+/gu;

/** The text as lower-case words, each between single spaces; digits are words of their own ("wan2" is two). */
function wordsOf(text: string): string {
  const words = text.normalize("NFC").toLowerCase().match(WORDS);
  return words === null ? "" : ` ${words.join(" ")} `;
}

type Compiled = { category: Category; words: string[] };

/** Tables are few and causes many: each table is taken apart once. */
const compiledTables = new WeakMap<readonly CausePattern[], Compiled[]>();

function compile(patterns: readonly CausePattern[]): Compiled[] {
  const known = compiledTables.get(patterns);
  if (known !== undefined) return known;
  const compiled = patterns.map(({ category, pattern }) => {
    const words = pattern
      .split("|")
      .map((word) => (word.endsWith(" ") ? wordsOf(word) : wordsOf(word).trimEnd()));
    return { category, words: words.filter((word) => word !== "") };
  });
  compiledTables.set(patterns, compiled);
  return compiled;
}

/** The first of a pattern's words that could never match, because it has no letter and no digit; null if none. */
export function wordWithoutMatch(pattern: string): string | null {
  return pattern.split("|").find((word) => wordsOf(word) === "") ?? null;
}

function firstMatch(text: string, table: readonly Compiled[]): Category | null {
  const words = wordsOf(text);
  return table.find((line) => line.words.some((word) => words.includes(word)))?.category ?? null;
}

/**
 * The category of a fault: that of the first pattern that matches its cause, else of the first that matches
 * its type (a `wantunnel` without a cause is the network's), else "other". A table must not be changed once
 * it has been used.
 */
export function categoryOf(cause: string | null, type: string, patterns: readonly CausePattern[]): Category {
  const table = compile(patterns);
  return (cause === null ? null : firstMatch(cause, table)) ?? firstMatch(type, table) ?? "other";
}
