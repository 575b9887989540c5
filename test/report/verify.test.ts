// Verification: a document that was built is verified; one with any figure altered is not.
import { expect, test } from "bun:test";
import { buildDocument } from "../../src/report/build.ts";
import type { ReportDocument } from "../../src/report/document.ts";
import { verifyDocument } from "../../src/report/verify.ts";
import { aFault, aSite, aSource, settings } from "./source.ts";

function document(): ReportDocument {
  const faults = {
    a: [
      aFault("2026-09-10T10:00:00Z", "2026-09-10T11:00:00Z", { cause: "Fiber cut" }),
      aFault("2026-09-12T10:00:00Z", "2026-09-12T10:30:00Z", { cause: "UPS failure" }),
    ],
    b: [aFault("2026-09-20T10:00:00Z", null)],
  };
  const source = aSource([aSite({ id: "a", tags: { Region: "EU" } }), aSite({ id: "b" })], faults, {
    settings: settings({
      ignore_power_outages: true,
      grouping_rules: [{ key: "Region", aggregation: "avg" }],
    }),
  });
  return JSON.parse(JSON.stringify(buildDocument(source))) as ReportDocument;
}

/** Every number, boolean and null in a document, as a way to alter it. */
function* alterations(value: unknown, path: string): Generator<{ path: string; alter: () => void }> {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const [key, inner] of Object.entries(holder)) {
    const here = `${path}.${key}`;
    if (typeof inner === "number")
      yield {
        path: here,
        alter: () => {
          holder[key] = inner + 0.001;
        },
      };
    else if (typeof inner === "boolean")
      yield {
        path: here,
        alter: () => {
          holder[key] = !inner;
        },
      };
    else yield* alterations(inner, here);
  }
}

/** Settings that decide no figure: what the PDF shows, and when the schedule runs. */
const WITHOUT_EFFECT =
  /\.settings\.(disabled|daily|weekly|monthly|day_of_month|show_only_breached_sites_in_pdf|calculate_sla_within_schedule_hours)$/;

test("a document that was built is verified", () => {
  expect(verifyDocument(document())).toMatchObject({ verdict: "verified", differences: [] });
});

test("a document with any one figure altered is not", () => {
  const paths = [...alterations(document(), "")]
    .map(({ path }) => path)
    .filter((path) => !WITHOUT_EFFECT.test(path));
  expect(paths.length).toBeGreaterThan(150);
  for (const path of paths) {
    const altered = document();
    for (const alteration of alterations(altered, "")) if (alteration.path === path) alteration.alter();
    expect(verifyDocument(altered).verdict, path).not.toBe("verified");
  }
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
