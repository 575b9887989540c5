// A lively sample workspace: a small provider's sites and two months and a half of their outages. The same
// every time, but for the dates.
import { addDays, dateAt, lastDayOfMonth } from "../sla/calendar.ts";

const HOUR_MS = 3_600_000;

const CITIES = [
  ["Zürich", "CH", "Europe"],
  ["Genève", "CH", "Europe"],
  ["Berlin", "DE", "Europe"],
  ["Kraków", "PL", "Europe"],
  ["Αθήνα", "GR", "Europe"],
  ["Київ", "UA", "Europe"],
  ["London", "GB", "Europe"],
  ["New York", "US", "Americas"],
  ["São Paulo", "BR", "Americas"],
  ["Toronto", "CA", "Americas"],
  ["Kathmandu", "NP", "Asia"],
  ["Sydney", "AU", "Oceania"],
] as const;

const ROLES = [
  ["branch", "Branch"],
  ["store", "Store"],
] as const;

/** Cause, how often of 100, and typical minutes. */
const CAUSES = [
  ["Power outage", 18, 55],
  ["Fiber cut", 12, 95],
  ["ISP outage", 25, 30],
  ["Router reboot", 20, 6],
  ["Switch failure", 8, 70],
  ["Unreachable", 17, 18],
] as const;

/** The calendar month before the one of this instant, in UTC. */
export function lastMonth(nowMs: number): { from_date: string; to_date: string } {
  const first = `${dateAt("UTC", nowMs).slice(0, 8)}01`;
  const to = addDays(first, -1);
  return { from_date: addDays(to, 1 - lastDayOfMonth(to)), to_date: to };
}

/** Sites, outages that end before this instant, and a schedule. */
export function demoData(nowMs: number) {
  const random = seeded(9);
  const startMs = Date.parse(`${lastMonth(nowMs).from_date}T00:00:00Z`) - 40 * 24 * HOUR_MS;
  const sites = CITIES.flatMap(([city, country, region], index) =>
    ROLES.map(([role, word]) => ({
      name: `${city} ${word}`,
      external_id: `${country}-${index + 1}-${role}`,
      tags: { Region: region, Country: country, Role: role },
      wan_links: [
        { name: "Fibre", isp: `${country} Telecom` },
        { name: "LTE backup", isp: "Mobile One" },
      ],
    })),
  );
  const faults = sites.flatMap((site) => faultsOf(site.external_id, startMs, nowMs, random));
  const schedule = {
    name: "Monthly availability",
    monthly: true,
    day_of_month: 1,
    sla_target: 99.9,
    timezone: "Europe/Zurich",
    site_selection_mode: "all",
    grouping_rules: [{ key: "Region", aggregation: "avg" }],
  };
  return { sites, faults, schedule };
}

function faultsOf(site: string, startMs: number, endMs: number, random: () => number) {
  const faults = [];
  const meanGapMs = (60 + random() * 900) * HOUR_MS;
  for (let at = startMs; ; ) {
    at += Math.round(-Math.log(1 - random()) * meanGapMs);
    const [cause, , minutes] = pick(random() * 100);
    const lengthMs = Math.max(20_000, Math.round(minutes * 60_000 * (0.3 + random() * 1.8)));
    if (at + lengthMs >= endMs) return faults;
    faults.push({
      site,
      cause,
      severity: lengthMs > HOUR_MS ? "CRITICAL" : "HIGH",
      message: `Site offline: ${cause.toLowerCase()}`,
      started_at: new Date(at).toISOString(),
      resolved_at: new Date(at + lengthMs).toISOString(),
    });
    at += lengthMs;
  }
}

function pick(share: number): (typeof CAUSES)[number] {
  let upTo = 0;
  for (const cause of CAUSES) {
    upTo += cause[1];
    if (share < upTo) return cause;
  }
  return CAUSES[0];
}

/** Mulberry32: a small generator, so that the demo is the same for everybody. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
