// Real outages of real sites, when the folder with them is there, reported in business hours over the clock
// change of March 2026: every figure is that of a walk over the spans between the instants at which anything
// changes, by the clock of the runtime and not our own.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ReportDocument } from "../../src/report/document.ts";
import { verifyDocument } from "../../src/report/verify.ts";
import { firstInstantAt, MINUTE, wallAt } from "../sla/oracle.ts";
import { dateAfter } from "../sla/uptime-cases.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

const FOLDER = resolve(import.meta.dir, "../../../shared/data/editions");
const missing = !existsSync(FOLDER);
if (missing)
  console.warn("skipped: reports of real outages: there is no folder with them beside the checkout");

type Site = { name: string; monitored_since: string; tags: Record<string, string> };
type Fault = { site: string; started_at: string; resolved_at: string | null };

const ZONE = "Europe/Zurich";
const [FROM, TO] = ["2026-03-09", "2026-04-12"];
const WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"];

async function rowsOf<T>(file: string): Promise<T[]> {
  const text = await Bun.file(join(FOLDER, file)).text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** Spans between all the instants at which anything changes, with what holds in each. */
function walkOf(sites: readonly Site[], faults: readonly Fault[]) {
  const bounds = new Set<number>();
  for (let date = FROM; date <= dateAfter(TO, 1); date = dateAfter(date, 1)) {
    for (const minute of [0, 8 * 60, 18 * 60]) bounds.add(firstInstantAt(ZONE, date, minute, 15 * MINUTE));
  }
  const [startMs, endMs] = [FROM, dateAfter(TO, 1)].map((date) =>
    firstInstantAt(ZONE, date, 0, 15 * MINUTE),
  ) as [number, number];
  for (const { monitored_since } of sites) bounds.add(Date.parse(monitored_since));
  for (const { started_at, resolved_at } of faults) {
    bounds.add(Date.parse(started_at));
    if (resolved_at !== null) bounds.add(Date.parse(resolved_at));
  }
  const instants = [...bounds].filter((ms) => ms >= startMs && ms <= endMs).sort((a, b) => a - b);
  return instants.slice(0, -1).map((fromMs, index) => {
    const { weekday, minute } = wallAt(ZONE, fromMs);
    const isOpen = WORKDAYS.includes(weekday) && minute >= 8 * 60 && minute < 18 * 60;
    const states = sites.map((site) => ({
      service: isOpen && fromMs >= Date.parse(site.monitored_since),
      down: faults.some(
        (fault) =>
          fault.site === site.name &&
          Date.parse(fault.started_at) <= fromMs &&
          (fault.resolved_at === null || fromMs < Date.parse(fault.resolved_at)),
      ),
    }));
    return { lengthMs: (instants[index + 1] as number) - fromMs, states };
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe.skipIf(missing)(
  missing ? "reports of the editions [needs the folder of real outages]" : "reports of the editions",
  () => {
    let server: TestServer;
    let client: Client;
    let hours: string;
    let sites: Site[];
    let walked: ReturnType<typeof walkOf>;
    beforeAll(async () => {
      server = await startTestServer();
      client = await server.client();
      for (const [path, file] of [
        ["/sites/import", "sites.ndjson"],
        ["/fault/import", "faults.ndjson"],
      ] as const)
        await client.send("POST", path, await Bun.file(join(FOLDER, file)).text(), "application/x-ndjson");
      const days = Object.fromEntries(WORKDAYS.map((day) => [day, [{ start: "08:00", end: "18:00" }]]));
      hours = (await client.post("/business-hours", { name: "Office", timezone: ZONE, days })).body.id;
      sites = await rowsOf<Site>("sites.ndjson");
      walked = walkOf(sites, await rowsOf<Fault>("faults.ndjson"));
    });
    afterAll(() => server.stop());

    const reportOf = async (key: string, aggregation: string) => {
      const { body } = await client.post(
        "/reports/sla/schedules",
        aSchedule({
          name: `By ${key}`,
          timezone: ZONE,
          business_hours_id: hours,
          calculate_sla_within_schedule_hours: true,
          grouping_rules: [{ key, aggregation }],
        }),
      );
      const { id } = await client.run(body.id, FROM, TO);
      return (await client.get(`/reports/sla/reports/${id}/json`)).body as ReportDocument;
    };
    /** Milliseconds of the spans in which this holds. */
    const lengthOf = (holds: (states: (typeof walked)[number]["states"]) => boolean) =>
      sum(walked.filter(({ states }) => holds(states)).map(({ lengthMs }) => lengthMs));
    const figuresOf = (index: number) => ({
      service: lengthOf((states) => states[index]?.service === true),
      down: lengthOf((states) => states[index]?.service === true && states[index]?.down === true),
    });
    const indexesOf = (document: ReportDocument, ids: readonly string[]) =>
      ids.map((id) => {
        const name = document.sites.find(({ site_id }) => site_id === id)?.name;
        return sites.findIndex((site) => site.name === name);
      });
    const ms = (seconds: number | null) => (seconds === null ? null : Math.round(seconds * 1000));

    test("by edition with redundancy, every figure is that of the walk, to the millisecond", async () => {
      const document = await reportOf("Edition", "redundancy");
      expect(document.sites).toHaveLength(sites.length);
      for (const site of document.sites) {
        const { service, down } = figuresOf(sites.findIndex(({ name }) => name === site.name));
        expect([ms(site.service_seconds), ms(site.downtime_seconds)], site.name).toEqual([service, down]);
      }
      const all = sites.map((_, index) => figuresOf(index));
      expect(ms(document.summary.service_seconds)).toBe(sum(all.map(({ service }) => service)));
      expect(ms(document.summary.downtime_seconds)).toBe(sum(all.map(({ down }) => down)));
      expect(document.summary.downtime_seconds).toBeGreaterThan(0);
      for (const group of document.groups[0]?.groups ?? []) {
        const members = indexesOf(document, group.site_ids);
        expect(members.map((index) => sites[index]?.tags["Edition"] ?? null)).toEqual(
          members.map(() => group.value),
        );
        const serving = (states: (typeof walked)[number]["states"]) =>
          members.flatMap((index) => (states[index]?.service ? [states[index]] : []));
        const service = lengthOf((states) => serving(states).length > 0);
        const down = lengthOf(
          (states) => serving(states).length > 0 && serving(states).every((one) => one?.down),
        );
        expect([ms(group.service_seconds), ms(group.downtime_seconds)], `${group.value}`).toEqual([
          service,
          down,
        ]);
      }
      expect(verifyDocument(document)).toMatchObject({ verdict: "verified" });
    });

    test("by domain with the mean, every group is the mean of its sites", async () => {
      const document = await reportOf("Domain", "avg");
      const [section] = document.groups;
      expect(section?.groups.map(({ value }) => value)).toEqual(
        [...new Set(sites.map(({ tags }) => tags["Domain"] as string))].sort(),
      );
      for (const group of section?.groups ?? []) {
        const uptimes = indexesOf(document, group.site_ids).map((index) => {
          const { service, down } = figuresOf(index);
          return (100 * (service - down)) / service;
        });
        expect(group.site_ids).toHaveLength(
          sites.filter(({ tags }) => tags["Domain"] === group.value).length,
        );
        expect(group.uptime_percentage as number).toBeCloseTo(sum(uptimes) / uptimes.length, 10);
      }
      expect(verifyDocument(document)).toMatchObject({ verdict: "verified" });
    });
  },
);
