// Whole reports held to the oracle: random sites with faults, power outages, links, hours, holidays,
// maintenance that recurs or not, in windows near clock changes. Every figure is what walking them step by
// step gives, and what was built is verified.
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { SourceFault } from "../../src/model/fault.ts";
import { buildDocument } from "../../src/report/build.ts";
import type { ReportDocument } from "../../src/report/document.ts";
import type { SourceMaintenance, SourceSite } from "../../src/report/source.ts";
import { verifyDocument } from "../../src/report/verify.ts";
import type { FaultSpan } from "../../src/sla/uptime.ts";
import {
  type Answer,
  answerTo,
  DAY,
  firstInstantAt,
  HOUR,
  MINUTE,
  type Question,
  redundancyOf,
  type Step,
  tally,
  walk,
  wallAt,
} from "../sla/oracle.ts";
import {
  asked,
  dateAfter,
  rarely,
  type SiteCase,
  someFaults,
  someSites,
  timesAround,
} from "../sla/uptime-cases.ts";
import { examples } from "../support/chance.ts";
import { aFault, aMaintenance, aSite, aSource, settings } from "./source.ts";

// Time to find the smallest counterexample, should there be one.
setDefaultTimeout(120_000);

const STEP = 15 * MINUTE;
const KINDS = ["site", "power", "wan_1", "wan_2", "printer"] as const;
type Kind = (typeof KINDS)[number];

/** A window that comes back every `days` days, first on the given date, at these minutes of the wall clock. */
type Recurring = { days: number; first: string; minute: number; length: number };

type Case = {
  sites: SiteCase[];
  /** What each fault of each site is, in turn. */
  kinds: Kind[];
  linkCount: number;
  ignorePower: boolean;
  recurring: Recurring | null;
};

const aRecurring = (fromDate: string): fc.Arbitrary<Recurring> =>
  fc.record({
    days: fc.integer({ min: 1, max: 3 }),
    first: fc.integer({ min: -5, max: 2 }).map((days) => dateAfter(fromDate, days)),
    minute: fc.oneof(
      fc.constantFrom(0, 60, 90, 120, 150),
      fc.integer({ min: 0, max: 95 }).map((n) => n * 15),
    ),
    length: fc.integer({ min: 1, max: 120 }).map((n) => n * 15),
  });

const aCase: fc.Arbitrary<Case> = someSites.chain((sites) => {
  const [first] = sites as [SiteCase];
  const times = timesAround(first.whole, { roundMs: 3 * HOUR, stepMs: STEP, aroundMs: DAY });
  return fc.record({
    // One report has one set of hours, and one way to count maintenance.
    sites: fc.tuple(...sites.map(() => someFaults(times, 9))).map((faults) =>
      sites.map((site, index) => ({
        ...site,
        hours: first.hours,
        maintenanceCountsAs: first.maintenanceCountsAs,
        faults: (faults[index] ?? [])
          .filter((fault) => touches(fault, first))
          .sort((a, b) => a.startMs - b.startMs),
      })),
    ),
    kinds: fc.array(fc.constantFrom(...KINDS, "site" as const), { minLength: 7, maxLength: 7 }),
    linkCount: fc.integer({ min: 0, max: 2 }),
    ignorePower: fc.boolean(),
    recurring: rarely(aRecurring(first.dates.fromDate)),
  });
});

/** Whether the store would give such a fault for the window. */
function touches({ startMs, endMs }: FaultSpan, { whole, nowMs }: SiteCase): boolean {
  const windowEndMs = Math.min(whole.endMs, Math.max(whole.startMs, nowMs));
  return startMs < windowEndMs && (endMs === null || endMs > whole.startMs || startMs >= whole.startMs);
}

const kindOf = ({ kinds, linkCount }: Case, site: number, fault: number): Kind => {
  const kind = kinds[(3 * site + fault) % kinds.length] as Kind;
  return Number(kind.slice(4)) > linkCount ? "printer" : kind;
};
const HOURS_ID = `bh_${"0".repeat(27)}`;
const siteId = (index: number) => `site_${String(index).padStart(27, "0")}`;
const iso = (ms: number) => new Date(ms).toISOString();

/** Occurrences by the oracle's clock; null when the first is not what the wall shows as it is asked. */
function occurrences({ sites, recurring }: Case) {
  if (recurring === null) return [];
  const { dates, whole } = sites[0] as SiteCase;
  const instant = (date: string, minute: number) =>
    firstInstantAt(dates.zone, dateAfter(date, Math.floor(minute / 1440)), minute % 1440, STEP);
  const spans = [];
  for (
    let date = recurring.first;
    date <= dateAfter(dates.toDate, 1);
    date = dateAfter(date, recurring.days)
  ) {
    const startMs = instant(date, recurring.minute);
    const endMs = instant(date, recurring.minute + recurring.length);
    if (
      spans.length === 0 &&
      (startMs >= endMs ||
        !shows(startMs, recurring.minute) ||
        !shows(endMs, recurring.minute + recurring.length))
    )
      return null;
    spans.push({ startMs, endMs });
  }
  function shows(ms: number, minute: number) {
    const wall = wallAt(dates.zone, ms);
    const date = dateAfter((recurring as Recurring).first, Math.floor(minute / 1440));
    return wall.minute === minute % 1440 && wall.date === date;
  }
  return spans.filter(({ startMs, endMs }) => endMs > startMs && startMs < whole.endMs + DAY);
}

function sourceOf(given: Case, recurring: readonly { startMs: number; endMs: number }[]) {
  const [first] = given.sites as [SiteCase];
  const faults: Record<string, SourceFault[]> = {};
  const sites = given.sites.map((site, index): SourceSite => {
    const id = siteId(index);
    faults[id] = site.faults.map(({ startMs, endMs }, number) => {
      const kind = kindOf(given, index, number);
      return aFault(iso(startMs), endMs === null ? null : iso(endMs), {
        id: `flt_${index}_${number}`,
        type: kind === "printer" ? "printer" : kind.startsWith("wan_") ? "wantunnel" : "site",
        cause: kind === "power" ? "Power outage" : null,
        linkId: kind.startsWith("wan_") ? `${id}_${kind}` : null,
      });
    });
    return aSite({
      id,
      monitoredSinceMs: site.monitoredSinceMs,
      tags: index === 3 ? {} : { Ring: index === 0 ? ["R0", "R1"] : `R${index % 2}` },
      links: Array.from({ length: given.linkCount }, (_, link) => ({
        id: `${id}_wan_${link + 1}`,
        name: `Line ${link + 1}`,
        isp: null,
      })),
    });
  });
  const own = given.sites.flatMap((site, index) =>
    site.maintenance
      .filter(({ startMs, endMs }) => endMs > startMs)
      .map(({ startMs, endMs }, number) =>
        aMaintenance(iso(startMs), iso(endMs), {
          id: maintenanceId(index, number),
          site_ids: [siteId(index)],
        }),
      ),
  );
  const [firstTime] = recurring;
  const again: SourceMaintenance[] =
    given.recurring && firstTime
      ? [
          aMaintenance(iso(firstTime.startMs), iso(firstTime.endMs), {
            rrule: `FREQ=DAILY;INTERVAL=${given.recurring.days}`,
            timezone: first.dates.zone,
          }),
        ]
      : [];
  const { hours } = first;
  return aSource(sites, faults, {
    settings: settings({
      timezone: first.dates.zone,
      ignore_power_outages: given.ignorePower,
      maintenance_counts_as: first.maintenanceCountsAs,
      calculate_sla_within_schedule_hours: hours !== null,
      business_hours_id: hours && HOURS_ID,
      grouping_rules: [
        { key: "Ring", aggregation: "redundancy" },
        { key: "ring", aggregation: "avg" },
      ],
    }),
    businessHours: hours && {
      id: HOURS_ID,
      name: "Hours",
      ...hours,
      days: hours.days as Record<string, never>,
    },
    fromDate: first.dates.fromDate,
    toDate: first.dates.toDate,
    computedAtMs: first.nowMs,
    maintenanceWindows: [...own, ...again],
  });
}

const maintenanceId = (site: number, number: number) =>
  `mw_${String(100 * (site + 1) + number).padStart(27, "0")}`;

/** The oracle's questions of a site: its own faults, those with the ignored ones, and each link's. */
function questionsOf(given: Case, recurring: { startMs: number; endMs: number }[], index: number) {
  const site = given.sites[index] as SiteCase;
  const question = (isOf: (kind: Kind) => boolean): Question =>
    asked({
      ...site,
      maintenance: [...site.maintenance, ...recurring],
      faults: site.faults.filter((_, number) => isOf(kindOf(given, index, number))),
    });
  const isCounted = (kind: Kind) => kind === "site" || (kind === "power" && !given.ignorePower);
  return {
    own: question(isCounted),
    all: question((kind) => kind === "site" || kind === "power"),
    links: Array.from({ length: given.linkCount }, (_, link) =>
      question((kind) => kind === `wan_${link + 1}`),
    ),
    hasIgnored:
      given.ignorePower && site.faults.some((_, number) => kindOf(given, index, number) === "power"),
  };
}

const seconds = (ms: number) => ms / 1000;
const uptime = (serviceMs: number, downtimeMs: number) =>
  serviceMs === 0 ? null : ((serviceMs - downtimeMs) / serviceMs) * 100;

test("every figure of a report is what walking its sites step by step gives, and it is verified", () => {
  fc.assert(
    fc.property(aCase, (given) => {
      const recurring = occurrences(given);
      fc.pre(recurring !== null);
      const document = buildDocument(sourceOf(given, recurring ?? []));
      const walked = given.sites.map((_, index) => questionsOf(given, recurring ?? [], index));
      const steps = walked.map(({ own }) => walk(own));
      const answers = walked.map(({ own }, index) => answerTo(own, steps[index] as Step[]));
      walked.forEach((questions, index) => {
        expectSite(document, index, { ...questions, answer: answers[index] as Answer });
      });
      expectSummary(document, answers);
      expectDays(document, given, steps);
      expectGroups(document, steps, answers);
      const verification = verifyDocument(JSON.parse(JSON.stringify(document)));
      expect(verification).toMatchObject({ verdict: "verified", differences: [] });
    }),
    { ...examples(50), includeErrorInReport: true },
  );
});

type Asked = ReturnType<typeof questionsOf> & { answer: Answer };

function expectSite(
  { sites }: ReportDocument,
  index: number,
  { own, all, links, hasIgnored, answer }: Asked,
) {
  const site = sites[index] as ReportDocument["sites"][number];
  expect({
    service: site.service_seconds,
    downtime: site.downtime_seconds,
    incidents: site.incidents.map((incident) => [incident.service_seconds, incident.outside_seconds]),
    longest: site.longest_seconds,
  }).toEqual({
    service: seconds(answer.serviceMs),
    downtime: seconds(answer.downtimeMs),
    incidents: answer.incidents.map(({ insideMs, outsideMs }) => [seconds(insideMs), seconds(outsideMs)]),
    longest: seconds(answer.longestMs),
  });
  expect(site.uptime_percentage).toBe(
    roundedLike(uptime(answer.serviceMs, answer.downtimeMs), site.uptime_percentage),
  );
  expect(site.if_all_counted?.downtime_seconds ?? null).toBe(
    hasIgnored ? seconds(answerTo(all).downtimeMs) : null,
  );
  const down = links.map((link) => walk(link));
  expect(site.wan_links.map(({ downtime_seconds, fault_count }) => [downtime_seconds, fault_count])).toEqual(
    links.map((link) => [seconds(answerTo(link).downtimeMs), link.faults.length]),
  );
  const allDown = (down[0] ?? []).filter((_, step) => down.every((link) => link[step]?.down)).length;
  expect(site.all_links_down_seconds).toBe(links.length === 0 ? null : seconds(allDown * own.stepMs));
}

/** Two divisions of the same numbers may differ in the last bit. */
function roundedLike(expected: number | null, given: number | null): number | null {
  return expected !== null && given !== null && Math.abs(expected - given) < 1e-9 ? given : expected;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function expectSummary({ summary, sites }: ReportDocument, answers: readonly Answer[]) {
  const serviceMs = sum(answers.map((answer) => answer.serviceMs));
  const downtimeMs = sum(answers.map((answer) => answer.downtimeMs));
  expect(summary.service_seconds).toBe(seconds(serviceMs));
  expect(summary.downtime_seconds).toBe(seconds(downtimeMs));
  expect(summary.uptime_percentage).toBe(
    roundedLike(uptime(serviceMs, downtimeMs), summary.uptime_percentage),
  );
  expect(summary.incident_count).toBe(sum(answers.map(({ incidents }) => incidents.length)));
  const hasIgnored = sites.some((site) => site.if_all_counted !== null);
  expect(summary.if_all_counted?.downtime_seconds ?? null).toBe(
    hasIgnored ? sum(sites.map((site) => (site.if_all_counted ?? site).downtime_seconds)) : null,
  );
}

function expectDays({ period, summary, sites }: ReportDocument, given: Case, steps: readonly Step[][]) {
  const { zone } = (given.sites[0] as SiteCase).dates;
  steps.forEach((walked, index) => {
    const byDate = tally(walked, STEP, (step) => (step.down ? wallAt(zone, step.atMs).date : null));
    expect(sites[index]?.days.downtime_seconds).toEqual(
      period.days.map(({ date }) => seconds(byDate.get(date) ?? 0)),
    );
  });
  expect(sum(summary.days.downtime_seconds)).toBe(summary.downtime_seconds);
  expect(sum(summary.days.service_seconds)).toBe(summary.service_seconds);
}

function expectGroups(
  { groups, sites }: ReportDocument,
  steps: readonly Step[][],
  answers: readonly Answer[],
) {
  const [redundancy, mean] = groups;
  const indexesOf = (ids: readonly string[]) =>
    ids.map((id) => sites.findIndex(({ site_id }) => site_id === id));
  for (const group of redundancy?.groups ?? []) {
    const members = indexesOf(group.site_ids).map((index) => steps[index] as Step[]);
    const { serviceMs, downtimeMs } = redundancyOf(members, STEP);
    expect([group.service_seconds, group.downtime_seconds]).toEqual([
      seconds(serviceMs),
      seconds(downtimeMs),
    ]);
  }
  for (const group of mean?.groups ?? []) {
    const uptimes = indexesOf(group.site_ids).flatMap((index) => {
      const { serviceMs, downtimeMs } = answers[index] as Answer;
      return uptime(serviceMs, downtimeMs) ?? [];
    });
    const expected = uptimes.length === 0 ? null : sum(uptimes) / uptimes.length;
    expect(group.uptime_percentage).toBe(roundedLike(expected, group.uptime_percentage));
  }
}
