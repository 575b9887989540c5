// Verification: a document that was built is verified; one with any figure altered is not.
import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { buildDocument } from "../../src/report/build.ts";
import { digestOf } from "../../src/report/digest.ts";
import type { DocumentSite, ReportDocument } from "../../src/report/document.ts";
import { verifyDocument, verifyText } from "../../src/report/verify.ts";
import { WEEKDAYS } from "../../src/sla/businessHours.ts";
import { isLong, SEED } from "../support/chance.ts";
import { aFault, aMaintenance, aSite, aSource, at, settings } from "./source.ts";

const SITE_ID = `site_${"a".repeat(27)}`;
const HOURS_ID = `bh_${"0".repeat(27)}`;

/** A report in which everything occurs that a document can say. */
function document(): ReportDocument {
  const link = (id: string) => ({ id, name: `Line ${id}`, isp: "Acme Net" });
  const faults = {
    [SITE_ID]: [
      aFault("2026-09-10T10:00:00Z", "2026-09-10T11:00:00Z", { cause: "Fiber cut" }),
      aFault("2026-09-12T10:00:00Z", "2026-09-12T10:30:00Z", { cause: "UPS failure" }),
      aFault("2026-09-13T10:00:00Z", "2026-09-13T12:00:00Z", { type: "wantunnel", linkId: "wan_1" }),
      aFault("2026-09-13T11:00:00Z", "2026-09-13T13:00:00Z", { type: "wantunnel", linkId: "wan_2" }),
    ],
    b: [
      aFault("2026-09-20T10:00:00Z", null, {
        message: "no answer",
        comments: [{ author: "noc", text: "Looking.", createdAtMs: at("2026-09-20T11:00:00Z") }],
      }),
    ],
  };
  const sites = [
    aSite({ id: SITE_ID, tags: { Region: "EU" }, links: [link("wan_1"), link("wan_2")] }),
    aSite({ id: "b", tags: { Region: ["EU", "CH"] }, monitoredSinceMs: at("2026-09-02T00:00:00Z") }),
  ];
  const source = aSource(sites, faults, {
    settings: settings({
      ignore_power_outages: true,
      grouping_rules: [
        { key: "Region", aggregation: "avg" },
        { key: "Region", aggregation: "redundancy" },
      ],
      calculate_sla_within_schedule_hours: true,
      business_hours_id: HOURS_ID,
    }),
    businessHours: {
      id: HOURS_ID,
      name: "Office",
      timezone: "Europe/Zurich",
      days: Object.fromEntries(WEEKDAYS.map((day) => [day, [{ start: "06:00", end: "22:00" }]])),
      holidays: ["2026-09-06", { date: "2026-09-07", name: "Fair" }],
    },
    maintenanceWindows: [
      aMaintenance("2026-09-05T09:00:00Z", "2026-09-05T12:00:00Z", { site_ids: [SITE_ID] }),
      aMaintenance("2026-09-06T09:00:00Z", "2026-09-06T12:00:00Z", {
        rrule: "FREQ=WEEKLY;BYDAY=SU",
        timezone: "Europe/Zurich",
        tags: [{ key: "Region", value: "CH" }],
      }),
    ],
    previous: {
      from_date: "2026-08-02",
      to_date: "2026-08-31",
      service_seconds: 2_592_000,
      downtime_seconds: 1800.5,
      uptime_percentage: 99.93,
      incident_count: 4,
    },
    history: [
      {
        report_id: "rpt_earlier",
        from_date: "2026-08-01",
        to_date: "2026-08-31",
        uptime_percentage: 99.91,
        site_count: 2,
        breached_count: 1,
      },
    ],
  });
  return JSON.parse(JSON.stringify(buildDocument(source))) as ReportDocument;
}

/** Every number, boolean, text and null in a document, as a way to alter it. */
function* alterations(value: unknown, path: string): Generator<{ path: string; alter: () => void }> {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const [key, inner] of Object.entries(holder)) {
    const here = `${path}.${key}`;
    const other = altered(inner);
    if (other === undefined) yield* alterations(inner, here);
    else
      yield {
        path: here,
        alter: () => {
          holder[key] = other;
        },
      };
  }
}

/** Another value of the same kind, as like to the first as can be; undefined for lists and objects. */
function altered(value: unknown): unknown {
  if (typeof value === "number") return value + 0.001;
  if (typeof value === "boolean") return !value;
  if (value === null) return "something";
  if (typeof value !== "string") return undefined;
  // Another digit leaves a time a time, and an id an id.
  return /\d/.test(value)
    ? value.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))
    : `${value}x`;
}

test("a document that was built is verified", () => {
  expect(verifyDocument(document())).toMatchObject({ verdict: "verified", differences: [] });
});

// Each alteration is a verification of its own.
setDefaultTimeout(60_000);

test("a document with any one value altered is not, whether a figure follows from it or not", () => {
  const whole = document();
  const paths = [...alterations(whole, "")].map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(400);
  const text = JSON.stringify(whole);
  // In the short form every third: another third with another seed.
  for (const path of paths.filter((_, index) => isLong || index % 3 === SEED % 3)) {
    const changed = JSON.parse(text) as ReportDocument;
    for (const alteration of alterations(changed, "")) if (alteration.path === path) alteration.alter();
    expect(JSON.stringify(changed)).not.toBe(text);
    expect(verifyDocument(changed).verdict, path).not.toBe("verified");
  }
});

test("a field added or taken away is noticed", () => {
  const more = document();
  expect(verifyDocument({ ...more, note: "all is well" }).verdict).toBe("differs");
  Object.assign(more.summary, { stars: 5 });
  expect(verifyDocument(more).verdict).toBe("differs");
  const less = document();
  less.history = [];
  expect(verifyDocument(less)).toMatchObject({ verdict: "differs", differences: [{ path: "digest" }] });
});

test("the digest tells of a change that no figure follows from, and does not depend on the order of keys", () => {
  const changed = document();
  (changed.sites[0] as DocumentSite).name = "Another name";
  expect(verifyDocument(changed)).toMatchObject({ verdict: "differs", differences: [{ path: "digest" }] });
  const reversed = Object.fromEntries(Object.entries(document()).reverse());
  expect(verifyDocument(reversed)).toMatchObject({ verdict: "verified" });
});

test("the digest is the SHA-256 of the canonical JSON without it", () => {
  const { digest, ...rest } = document();
  const sorted = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  expect(digest).toBe(createHash("sha256").update(JSON.stringify(rest, sorted)).digest("hex"));
});

test("the digest is not led astray by keys with line breaks, nor by keys in another order", () => {
  const digests = [
    { a: { x: 1, y: 2 } },
    { a: { "x\ny": 1 } },
    { a: { "x\ny": 2 } },
    { a: { y: 2, x: 1 } },
  ].map(digestOf);
  expect(digests[3]).toBe(digests[0] as string);
  expect(new Set(digests).size).toBe(3);
});

test("a figure made up of nothing else is recomputed: a digest that fits does not help it", () => {
  const forged = document();
  if (forged.trend) forged.trend.change.uptime_points = 1;
  if (forged.summary.if_all_counted) forged.summary.if_all_counted.downtime_seconds -= 1;
  (forged.sites[0] as DocumentSite).all_links_down_seconds = 0;
  forged.digest = digestOf(forged);
  const result = verifyDocument(forged);
  expect(result.verdict === "differs" && result.differences.map(({ path }) => path)).toEqual([
    "summary.if_all_counted.downtime_seconds",
    "trend.change.uptime_points",
    "sites[0].all_links_down_seconds",
  ]);
});

test("a fault moved by a second is noticed by the figures that follow from it", () => {
  const altered = document();
  const [fault] = altered.sites[0]?.faults ?? [];
  if (fault) fault.resolved_at = "2026-09-10T11:00:01.000Z";
  const result = verifyDocument(altered);
  expect(result.verdict).toBe("differs");
  const paths = result.verdict === "differs" ? result.differences.map(({ path }) => path) : [];
  expect(paths).toContain("sites[0].downtime_seconds");
  expect(paths).toContain("summary.uptime_percentage");
});

test("something else than a report is refused, not crashed on", () => {
  for (const value of [null, [], "report", {}, { schema_version: 2 }, { ...document(), sites: [{}] }]) {
    expect(verifyDocument(value).verdict).toBe("unreadable");
  }
  const zone = document();
  zone.period.timezone = "Mars/Olympus";
  zone.settings.timezone = "Mars/Olympus";
  expect(verifyDocument(zone).verdict).toBe("unreadable");
});

test("a document in which a name stands twice is not read, whichever of its values is the true one", () => {
  const text = JSON.stringify(document());
  expect(verifyText(text).verdict).toBe("verified");
  for (const twice of [
    text.replace('"uptime_percentage":', '"uptime_percentage":100,"uptime_percentage":'),
    text.replace('"summary":', '"\\u0073ummary":{},"summary":'),
    text.replace("{", '{"digest":"","digest":"",'),
  ]) {
    expect(JSON.parse(twice)).toBeObject();
    const result = verifyText(twice);
    expect(result.verdict).toBe("unreadable");
    expect(result).toMatchObject({ reason: expect.stringContaining("stands twice in one object") });
  }
  expect(verifyText("{").verdict).toBe("unreadable");
});
