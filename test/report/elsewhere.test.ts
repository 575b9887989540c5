// Mistakes that reports of this kind are known to make elsewhere, each with numbers made by hand.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { buildDocument } from "../../src/report/build.ts";
import type { ReportDocument } from "../../src/report/document.ts";
import { renderPdf } from "../../src/report/pdf/render.ts";
import type { ReportSource } from "../../src/report/source.ts";
import { nextRuns } from "../../src/sla/cadence.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";
import { OPTIONS, textOf } from "./pdf/readPdf.ts";
import { aFault, aMaintenance, aSite, aSource, at, settings } from "./source.ts";

const DAY_S = 86_400;
const SEPTEMBER_S = 30 * DAY_S;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const pdfTextOf = async (document: ReportDocument) => textOf(await renderPdf(document, OPTIONS));

/** A report of Zurich's March 2026, whose 29th has 23 hours. */
function march(
  sites: ReportSource["sites"],
  faults: Parameters<typeof aSource>[1],
  changes: Partial<ReportSource> = {},
) {
  return buildDocument(
    aSource([...sites], faults, {
      settings: settings({ timezone: "Europe/Zurich" }),
      fromDate: "2026-03-01",
      toDate: "2026-03-31",
      computedAtMs: at("2026-05-01T00:00:00Z"),
      ...changes,
    }),
  );
}

describe("sites are counted once", () => {
  test("a site with several matching tags counts once in the total, though it is in two groups", () => {
    const sites = [
      aSite({ id: "a", tags: { Service: ["web", "api"] } }),
      aSite({ id: "b", tags: { Service: "web" } }),
    ];
    const faults = { a: [aFault("2026-09-10T00:00:00Z", "2026-09-10T06:00:00Z")] };
    const { summary, groups } = buildDocument(
      aSource(sites, faults, {
        settings: settings({ grouping_rules: [{ key: "Service", aggregation: "avg" }] }),
      }),
    );
    expect(summary).toMatchObject({
      site_count: 2,
      service_seconds: 2 * SEPTEMBER_S,
      downtime_seconds: 6 * 3600,
      incident_count: 1,
    });
    expect(groups[0]?.groups.map(({ value, site_ids }) => [value, site_ids])).toEqual([
      ["api", ["a"]],
      ["web", ["a", "b"]],
    ]);
  });

  test("counts of the summary are those of the list of sites", () => {
    const sites = ["a", "b", "c", "d"].map((id) =>
      aSite({ id, monitoredSinceMs: id === "d" ? at("2026-11-01T00:00:00Z") : null }),
    );
    const faults = {
      a: [aFault("2026-09-10T00:00:00Z", "2026-09-10T06:00:00Z")],
      b: [aFault("2026-09-11T00:00:00Z", "2026-09-11T00:00:01Z")],
    };
    const { summary, sites: listed } = buildDocument(aSource(sites, faults));
    const counted = (breached: boolean | null) => listed.filter((site) => site.breached === breached).length;
    expect([summary.breached_count, summary.met_count, summary.no_service_time_count]).toEqual([1, 2, 1]);
    expect([counted(true), counted(false), counted(null)]).toEqual([1, 2, 1]);
    expect(summary.site_count).toBe(listed.length);
    expect(summary.incident_count).toBe(sum(listed.map(({ incidents }) => incidents.length)));
  });
});

describe("breakdowns and totals are of the same seconds", () => {
  const faults = {
    a: [aFault("2026-03-28T20:00:00Z", "2026-03-30T04:00:00Z")],
    b: [aFault("2026-02-20T00:00:00Z", "2026-03-01T05:00:00Z"), aFault("2026-03-31T21:00:00Z", null)],
  };
  const sites = [aSite({ id: "a" }), aSite({ id: "b" })];

  test("the total is the same with no breakdown and by day", () => {
    const { summary, sites: listed } = march(sites, faults);
    // a: 32 hours; b: from 00:00 to 06:00 on the wall of 1 March, and the last hour of 31 March.
    expect(summary.downtime_seconds).toBe((32 + 6 + 1) * 3600);
    for (const figures of [summary, ...listed]) {
      expect(sum(figures.days.downtime_seconds)).toBe(figures.downtime_seconds);
      expect(sum(figures.days.service_seconds)).toBe(figures.service_seconds);
    }
  });

  test("a month with a clock change is right to the hour", () => {
    const { sites: listed, period } = march(sites, faults);
    expect(listed[0]?.service_seconds).toBe(31 * DAY_S - 3600);
    expect(period.days.map(({ date }) => date)[28]).toBe("2026-03-29");
    expect(listed[0]?.days.service_seconds[28]).toBe(23 * 3600);
    // From 21:00 on the 28th to 06:00 on the 30th: 3 + 23 + 6 hours.
    expect(listed[0]?.days.downtime_seconds.slice(27, 30)).toEqual([3 * 3600, 23 * 3600, 6 * 3600]);
  });

  test("a site's figures alone are its figures in the report of all sites", () => {
    const all = march(sites, faults).sites;
    for (const site of sites) {
      const [alone] = march([site], faults).sites;
      expect(alone).toEqual(all.find(({ site_id }) => site_id === site.id) as typeof alone);
    }
  });
});

test("business hours that are set are applied: nights and weekends are neither up nor down", () => {
  const workdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
  const { sites } = march(
    [aSite({ id: "a" })],
    { a: [aFault("2026-03-06T16:00:00Z", "2026-03-09T08:00:00Z")] },
    {
      settings: settings({
        timezone: "Europe/Zurich",
        calculate_sla_within_schedule_hours: true,
        business_hours_id: "bh",
      }),
      businessHours: {
        id: "bh",
        name: "Office",
        timezone: "Europe/Zurich",
        days: Object.fromEntries(workdays.map((day) => [day, [{ start: "08:00", end: "18:00" }]])),
        holidays: [],
      },
    },
  );
  // 22 workdays of 10 hours. Friday 17:00 to Monday 09:00 is an hour of Friday and one of Monday.
  expect(sites[0]?.service_seconds).toBe(220 * 3600);
  expect(sites[0]?.downtime_seconds).toBe(2 * 3600);
  expect(sites[0]?.incidents).toHaveLength(1);
});

describe("maintenance", () => {
  const windows = [
    aMaintenance("2026-09-10T00:00:00Z", "2026-09-10T10:00:00Z"),
    aMaintenance("2026-09-10T02:00:00Z", "2026-09-10T04:00:00Z"),
    aMaintenance("2026-09-10T08:00:00Z", "2026-09-10T12:00:00Z"),
  ];

  test("that is nested or overlaps is taken out once", () => {
    const { sites } = buildDocument(aSource([aSite({ id: "a" })], {}, { maintenanceWindows: windows }));
    expect(sites[0]?.service_seconds).toBe(SEPTEMBER_S - 12 * 3600);
  });

  test("takes nothing from the downtime where there was no outage", () => {
    const faults = { a: [aFault("2026-09-10T09:00:00Z", "2026-09-10T13:00:00Z")] };
    const { sites } = buildDocument(aSource([aSite({ id: "a" })], faults, { maintenanceWindows: windows }));
    expect(sites[0]?.downtime_seconds).toBe(3600);
  });
});

test("incidents are printed in the zone of the header", async () => {
  const document = march([aSite({ id: "a" })], {
    a: [aFault("2026-03-10T23:15:00Z", "2026-03-29T01:30:00Z", { comments: [] })],
  });
  const text = await pdfTextOf(document);
  expect(text).toContain("Europe/Zurich");
  expect(text).toContain("2026-03-11 00:15:00");
  expect(text).toContain("2026-03-29 03:30:00");
  expect(text).not.toContain("2026-03-10 23:15:00");
});

test("the PDF has the details of every group", async () => {
  const sites = [
    aSite({ id: "a", tags: { Region: "Uplands" } }),
    aSite({ id: "b", tags: { Region: "Lowlands" } }),
    aSite({ id: "c" }),
  ];
  const document = march(
    sites,
    { b: [aFault("2026-03-10T00:00:00Z", "2026-03-10T07:26:00Z")] },
    {
      settings: settings({
        timezone: "Europe/Zurich",
        grouping_rules: [{ key: "Region", aggregation: "redundancy" }],
      }),
    },
  );
  const text = await pdfTextOf(document);
  // 7 h 26 min of 743 hours: 99.99… − 26 760 s / 2 674 800 s = 98.9995… %.
  expect(text).toMatch(/Lowlands 1 98\.999% 7h 26m BREACHED/);
  expect(text).toMatch(/Uplands 1 100\.000% 0s MET/);
  expect(text).toMatch(/Ungrouped 1 100\.000% 0s MET/);
});

describe("by way of the server", () => {
  let server: TestServer;
  let client: Client;
  let clock = at("2026-04-01T06:00:00Z");
  beforeAll(async () => {
    server = await startTestServer({ now: () => clock });
    client = await server.client();
  });
  afterAll(() => server.stop());

  const site = async (name: string, tags: Record<string, string | string[]> = {}) =>
    (await client.post("/sites", { name, tags })).body.id as string;
  const fault = (siteId: string, from: string, to: string | null) =>
    client.post("/fault", { site_id: siteId, created_at: from, resolved_at: to });
  const reportOf = async (fields: Record<string, unknown>, from: string, to: string) => {
    const { body } = await client.post("/reports/sla/schedules", aSchedule(fields));
    const { id } = await client.run(body.id, from, to);
    return (await client.get(`/reports/sla/reports/${id}/json`)).body as ReportDocument;
  };

  test("rules joined by `and` do not select what only one of them matches", async () => {
    await site("North web", { Area: "North", Service: "web" });
    await site("North mail", { Area: "North", Service: "mail" });
    await site("South web", { Area: "South", Service: "web" });
    const rules = {
      site_selection_mode: "tags",
      site_selection_rules: [
        { key: "Area", value: "North" },
        { key: "service", value: "web" },
      ],
    };
    const both = await reportOf({ ...rules, site_selection_logic: "and" }, "2026-03-01", "2026-03-31");
    expect(both.sites.map(({ name }) => name)).toEqual(["North web"]);
    const either = await reportOf({ ...rules, site_selection_logic: "or" }, "2026-03-01", "2026-03-31");
    expect(either.sites.map(({ name }) => name)).toEqual(["North mail", "North web", "South web"]);
  });

  test("the faults of a site that was removed are not counted", async () => {
    const kept = await site("Kept", { Case: "removed" });
    const removed = await site("Removed", { Case: "removed" });
    for (const id of [kept, removed]) await fault(id, "2026-03-10T00:00:00Z", "2026-03-10T01:00:00Z");
    await client.delete(`/sites/${removed}`);
    const fields = {
      site_selection_mode: "tags",
      site_selection_rules: [{ key: "Case", value: "removed" }],
    };
    const { summary } = await reportOf(fields, "2026-03-01", "2026-03-31");
    expect(summary).toMatchObject({ site_count: 1, downtime_seconds: 3600, incident_count: 1 });
  });

  test("an outage counts until its end only, and not for the months after it was resolved", async () => {
    const id = await site("Long", { Case: "long" });
    const open = await fault(id, "2026-01-31T12:00:00Z", null);
    const fields = { site_selection_mode: "tags", site_selection_rules: [{ key: "Case", value: "long" }] };
    const whileOpen = await reportOf(fields, "2026-02-01", "2026-02-28");
    expect(whileOpen.summary.downtime_seconds).toBe(28 * DAY_S);
    await client.post(`/fault/${open.body.id}/resolve`, { resolved_at: "2026-02-02T06:00:00Z" });
    const february = await reportOf(fields, "2026-02-01", "2026-02-28");
    expect(february.summary.downtime_seconds).toBe(30 * 3600);
    const march = await reportOf(fields, "2026-03-01", "2026-03-31");
    expect(march.summary).toMatchObject({ downtime_seconds: 0, incident_count: 0, uptime_percentage: 100 });
  });

  test("a report that runs on the 1st is of the month before, and has nothing of the new month", async () => {
    const id = await site("First", { Case: "first" });
    await fault(id, "2026-03-31T23:00:00Z", "2026-04-01T05:00:00Z");
    const { body } = await client.post(
      "/reports/sla/schedules",
      aSchedule({ site_selection_mode: "tags", site_selection_rules: [{ key: "Case", value: "first" }] }),
    );
    const document = await produced(body.id, at("2026-04-01T08:00:00Z"));
    expect(document.period).toMatchObject({
      from_date: "2026-03-01",
      to_date: "2026-03-31",
      ends_at: "2026-04-01T00:00:00.000Z",
      partial: false,
    });
    expect(document.summary).toMatchObject({ service_seconds: 31 * DAY_S, downtime_seconds: 3600 });
  });

  test("a run that comes days late reports the period it was for", async () => {
    const { body } = await client.post("/reports/sla/schedules", aSchedule({ name: "Late" }));
    const document = await produced(body.id, at("2026-05-04T17:00:00Z"));
    expect(document.period).toMatchObject({ from_date: "2026-04-01", to_date: "2026-04-30", partial: false });
    const cadence = { ...settings(), day_of_week: null };
    expect(nextRuns(cadence, at("2026-04-02T00:00:00Z"), 1)[0]).toMatchObject({ toDate: "2026-04-30" });
  });

  /** The report that a schedule makes by itself once the clock is here. */
  async function produced(scheduleId: string, nowMs: number): Promise<ReportDocument> {
    clock = nowMs;
    client = await server.client();
    // Any change of a schedule makes the scheduler look at the clock.
    await client.post("/reports/sla/schedules", aSchedule({ name: "Other", disabled: true }));
    for (;;) {
      const { body } = await client.get(`/reports/sla/reports?schedule_id=${scheduleId}`);
      const [report] = body.data;
      if (report) return (await client.get(`/reports/sla/reports/${report.id}/json`)).body as ReportDocument;
      await Bun.sleep(10);
    }
  }
});
