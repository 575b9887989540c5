// Whole reports held to the oracle: random sites with faults, power outages, links, hours, holidays,
// maintenance that recurs or not, in windows near clock changes. Every figure is what walking them step by
// step gives, and what was built is verified.
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { buildDocument } from "../../src/report/build.ts";
import type { ReportDocument } from "../../src/report/document.ts";
import { verifyDocument } from "../../src/report/verify.ts";
import {
  type Answer,
  answerTo,
  type Question,
  redundancyOf,
  type Step,
  tally,
  walk,
  wallAt,
} from "../sla/oracle.ts";
import { asked, type SiteCase } from "../sla/uptime-cases.ts";
import { examples } from "../support/chance.ts";
import { aCase, type Case, type Kind, kindOf, occurrences, STEP, sourceOf } from "./randomReports.ts";

// Time to find the smallest counterexample, should there be one.
setDefaultTimeout(120_000);

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
