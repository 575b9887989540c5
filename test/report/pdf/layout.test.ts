// How a report lies on paper: nothing outside the margins, nothing over anything else, no heading alone.
import { describe, expect, test } from "bun:test";
import { type PdfOptions, renderPdf } from "../../../src/report/pdf/render.ts";
import { isLong } from "../../support/chance.ts";
import type { SampleOptions } from "../sampleDocument.ts";
import { longestReport } from "./longestReport.ts";
import { OPTIONS, type Run, renderSample, runsOf } from "./readPdf.ts";

const PAGES = { A4: { width: 595.28, height: 841.89 }, LETTER: { width: 612, height: 792 } };

const SAMPLES: [string, Partial<SampleOptions>, PdfOptions["pageSize"]][] = [
  [
    "plain sites by the dozen",
    { sites: 26, groups: true, ignored: true, wanLinks: 2, comments: "short" },
    "A4",
  ],
  [
    "names of 200 characters, causes of 500",
    { sites: 8, names: "long", longCauses: true, breached: "all" },
    "A4",
  ],
  [
    "comments of 5,000 characters",
    { sites: 3, comments: "long", longCauses: true, breached: "all" },
    "LETTER",
  ],
  [
    "every script, a long title, business hours, partial",
    {
      sites: isLong ? 26 : 14,
      names: "unicode",
      breached: "all",
      partial: true,
      businessHours: true,
      maintenance: true,
      ignored: true,
      groups: true,
      scheduleName:
        "Отчёт по доступности: Κεντρικά καταστήματα, Łódź i okolice, a title of one hundred characters – yes",
    },
    "LETTER",
  ],
  ["a year", { sites: isLong ? 20 : 5, days: 366, fromDate: "2025-03-01", incidentsPerSite: 30 }, "A4"],
  [
    "a year before and twelve earlier reports",
    { sites: 9, ignored: true, trend: "worse", history: 12, maintenance: true, breached: "all" },
    "LETTER",
  ],
  ["one site, one day", { sites: 1, days: 1, breached: "all" }, "A4"],
  ["nothing", { sites: 0 }, "A4"],
];

/** The part of a run's box that its letters fill: the box is as high as the tallest letters of the font. */
function inkOf(run: Run) {
  const height = run.bottom - run.top;
  return { ...run, top: run.top + 0.25 * height, bottom: run.bottom - 0.25 * height };
}

function overlapsOf(runs: readonly Run[]): string[] {
  const found: string[] = [];
  // A combining mark stands over its letter.
  const sorted = runs
    .filter((run) => !/^[\u0300-\u036f]/.test(run.text))
    .map(inkOf)
    .sort((a, b) => a.page - b.page || a.top - b.top);
  sorted.forEach((run, index) => {
    for (let next = index + 1; next < sorted.length; next++) {
      const other = sorted[next] as Run;
      if (other.page !== run.page || other.top >= run.bottom) break;
      if (other.left < run.right - 0.6 && run.left < other.right - 0.6) {
        found.push(`page ${run.page}: “${run.text}” and “${other.text}”`);
      }
    }
  });
  return found;
}

/** The lowest line of text of each page above the footer. */
function lastLines(runs: readonly Run[], height: number): { text: string; size: number }[] {
  const pages = Map.groupBy(runs, (run) => run.page);
  return [...pages.values()].map((page) => {
    const body = page.filter((run) => run.bottom < height - 50);
    const lowest = Math.max(...body.map((run) => run.bottom));
    const line = body.filter((run) => run.bottom > lowest - 3);
    return {
      text: line.map((run) => run.text).join(" "),
      size: Math.max(...line.map((run) => run.bottom - run.top)) / 1.21,
    };
  });
}

const HEADINGS =
  /^(Incidents \(|Not counted \(|WAN links|Ignored faults|Causes:|Maintenance windows$|This report|Availability by day)/;
const TABLE_HEADS = /(Timeline of the period|Cause|Longest|Result|In this report)$/;

/** Headings, and headers of tables, that are the last line of their page. */
function orphansOf(runs: readonly Run[], paper: Paper) {
  return lastLines(runs, paper.height).filter(
    ({ text, size }) => size > 10 || HEADINGS.test(text) || TABLE_HEADS.test(text),
  );
}

type Paper = { width: number; height: number };

/** Text over the edge of the text's area, or between the body and the line of the footer. */
function outsideOf(runs: readonly Run[], { width, height }: Paper): Run[] {
  return runs.filter(
    (run) =>
      run.left < 43 ||
      run.right > width - 43 ||
      run.top < 24 ||
      run.bottom > height - 22 ||
      (run.bottom > height - 54 && run.bottom < height - 40),
  );
}

describe("a report of", () => {
  test.each(SAMPLES)(
    "%s keeps to the margins, to itself, and its headings to their text",
    async (_, sample, pageSize) => {
      const runs = await runsOf(await renderSample(sample, { pageSize }));
      expect(outsideOf(runs, PAGES[pageSize])).toEqual([]);
      expect(overlapsOf(runs)).toEqual([]);
      expect(orphansOf(runs, PAGES[pageSize])).toEqual([]);
    },
  );

  test("the longest texts and figures that anything may have keeps to them too", async () => {
    const brand = { ...OPTIONS.brand, name: "N".repeat(300) };
    const runs = await runsOf(await renderPdf(longestReport(), { ...OPTIONS, brand }));
    expect(outsideOf(runs, PAGES.A4)).toEqual([]);
    expect(overlapsOf(runs)).toEqual([]);
    expect(orphansOf(runs, PAGES.A4)).toEqual([]);
  });

  test("many different lengths never leaves a heading at a page's foot", async () => {
    for (let incidents = 1; incidents <= (isLong ? 60 : 4); incidents++) {
      const sample = { sites: 8, breached: "all", incidentsPerSite: incidents, wanLinks: 1 } as const;
      expect(orphansOf(await runsOf(await renderSample(sample)), PAGES.A4)).toEqual([]);
    }
  });
});
