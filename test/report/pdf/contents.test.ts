// What a report says: every site, every page number, what is left out, what there is nothing of.
import { describe, expect, test } from "bun:test";
import { msOf } from "../../../src/report/format.ts";
import { writtenUptime } from "../../../src/report/pdf/context.ts";
import { writtenChange } from "../../../src/report/pdf/hero.ts";
import { displayPercentage } from "../../../src/sla/percentage.ts";
import { sampleDocument } from "../sampleDocument.ts";
import { bookmarksOf, infoOf, linksOf, pagesOf, renderSample, structureOf, textOf } from "./readPdf.ts";

describe("a report of forty sites", async () => {
  const sample = { sites: 40, groups: true, ignored: true, wanLinks: 2, comments: "short" } as const;
  const pdf = await renderSample(sample);
  const document = sampleDocument(sample);

  test("says on every page which of how many it is", async () => {
    const pages = await pagesOf(pdf);
    expect(pages.length).toBeGreaterThan(8);
    for (const [index, page] of pages.entries())
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
  });

  test("has the schedule, the period and the report's id on every page", async () => {
    for (const page of await pagesOf(pdf)) {
      expect(page).toContain(document.report.schedule_name);
      expect(page).toContain("1–28 February 2026");
      expect(page).toContain(document.report.id as string);
    }
  });

  test("names every site", async () => {
    const text = await textOf(pdf);
    for (const { name } of document.sites) expect(text).toContain(name);
  });

  test("shows the overall figure rounded down, and that the target was breached", async () => {
    const [first = ""] = await pagesOf(pdf);
    expect(first).toContain(`${Math.floor((document.summary.uptime_percentage as number) * 1000) / 1000}%`);
    expect(first).toContain("BREACHED");
    expect(first).toContain("32 met, 8 breached");
  });

  test("marks what was not counted with the reason", async () => {
    const text = await textOf(pdf);
    expect(text).toContain("Power outage, ignored by agreement");
    expect(text).toContain("Not of type site");
    expect(text).toContain("Not counted (5)");
  });

  test("prints comments with time and author", async () => {
    expect(await textOf(pdf)).toMatch(/2026-02-\d\d \d\d:\d\d:\d\d noc@example\.com: /);
  });

  test("has a section for each grouping rule, and Ungrouped", async () => {
    const text = await textOf(pdf);
    expect(text).toContain("By Region: mean of the sites");
    expect(text).toContain("By Ring: redundancy");
    expect(text).toContain("Ungrouped");
  });

  test("has bookmarks for the sections and the breached sites", async () => {
    const breached = document.sites.filter((site) => site.breached).map((site) => site.name);
    expect((await bookmarksOf(pdf)).toSorted()).toEqual(
      [
        "Summary",
        "Sites",
        "By Region: mean of the sites",
        "By Ring: redundancy",
        "Breached sites",
        ...breached,
        "How these figures were computed",
      ].toSorted(),
    );
  });

  test("leads from the summary and the table of sites to places that exist", async () => {
    const { links, places } = await linksOf(pdf);
    // Five worst sites and the lowest in the figures, the line below them, and eight in the table.
    expect(links.length).toBe(5 + 1 + 1 + 8);
    for (const link of links) expect(places).toContain(link as string);
  });

  test("is tagged as a document with headings and tables of headed cells", async () => {
    const types = await structureOf(pdf);
    expect(types[0]).toBe("Document");
    for (const type of ["H1", "H2", "H3", "P", "Figure", "Table", "TR", "TH", "TD", "Link"])
      expect(types).toContain(type);
  });

  test("has title, author, language and the time of computing in its metadata", async () => {
    expect(await infoOf(pdf)).toMatchObject({
      title: "Retail branches, monthly availability, 1–28 February 2026",
      author: "Example Networks",
      createdAt: "D:20260301070000Z",
      version: "1.7",
      isTagged: true,
      language: "en",
    });
  });
});

test("the same document gives the same bytes", async () => {
  const sample = { sites: 5, names: "unicode", groups: true } as const;
  expect(await renderSample(sample)).toEqual(await renderSample(sample));
});

test("progress grows up to 1", async () => {
  const fractions: number[] = [];
  await renderSample({ sites: 10, breached: "all" }, { onProgress: (fraction) => fractions.push(fraction) });
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  expect(fractions.length).toBeGreaterThan(10);
});

describe("a report", () => {
  test("of breached sites only says how many it leaves out, and none of their names", async () => {
    const sample = { sites: 20, showOnlyBreached: true } as const;
    const text = await textOf(await renderSample(sample));
    expect(text).toContain("16 sites that did not breach the target are left out");
    for (const { name, breached } of sampleDocument(sample).sites)
      expect(text.includes(name)).toBe(breached === true);
    expect(text).toContain("16 met, 4 breached");
  });

  test("of no sites says so, and how sites were selected", async () => {
    const pages = await pagesOf(await renderSample({ sites: 0, groups: true }));
    expect(pages[0]).toContain("No site matched the schedule's selection");
    expect(pages.join(" ")).toContain("None matched when the report was computed");
  });

  test("without faults says so", async () => {
    const text = await textOf(await renderSample({ sites: 3, incidentsPerSite: 0 }));
    expect(text).toContain("100.000%");
    expect(text).toContain("No faults counted as downtime in this period.");
    expect(text).toContain("No site had any downtime.");
    expect(text).not.toContain("Breached sites");
  });

  test("of a period that is not over says that it is partial, and until when", async () => {
    const text = await textOf(await renderSample({ sites: 6, partial: true, breached: "all" }));
    expect(text).toContain(
      "PARTIAL The period was not over when this report was computed at 2026-02-28 12:00:00.",
    );
    expect(text).toContain("ongoing");
  });

  test("shows a site without service time as neither met nor breached", async () => {
    const text = await textOf(await renderSample({ sites: 1, withoutServiceTime: true }));
    expect(text).toContain("no service time");
    expect(text).toContain("NO SERVICE");
    expect(text).not.toContain("BREACHED");
  });

  test("explains business hours, holidays, maintenance and causes with the values used", async () => {
    const text = await textOf(await renderSample({ sites: 3, businessHours: true, maintenance: true }));
    expect(text).toContain("Monday 08:00–12:00 and 13:00–18:30; Tuesday 08:00–18:30;");
    expect(text).toContain("Saturday 22:00–02:00 (next day); Sunday closed.");
    expect(text).toContain("2026-02-16, 2026-02-17 (Carnival)");
    expect(text).toContain("Core router exchange 2026-02-03");
    expect(text).toContain("power over ethernet…, poe");
    expect(text).toContain("tzdata 20");
  });

  test("says what the period before, earlier reports and counting everything would make of it", async () => {
    const sample = { sites: 6, ignored: true, trend: "worse", history: 4 } as const;
    const { summary, trend } = sampleDocument(sample);
    const text = await textOf(await renderSample(sample));
    expect(text).toMatch(/Had the ignored power outages counted: \d\d\.\d{3}%, breached/);
    expect(text).toContain("The 28 days before");
    const shown = (figure: Parameters<typeof writtenUptime>[0] | undefined) =>
      figure ? writtenUptime(figure) : "";
    expect(text).toContain(`Change ${writtenChange(shown(summary), shown(trend?.previous))}`);
    expect(text).toMatch(/▲ [\dhms. ]+ more than before/);
    expect(text).toContain("Availability by report, this one last");
    expect(text).toContain("Earlier reports");
    expect(text).toContain(
      `this report ${displayPercentage(msOf(summary.service_seconds), msOf(summary.downtime_seconds))}%`,
    );
  });

  test("gives maintenance that recurs with its rule", async () => {
    const text = await textOf(await renderSample({ sites: 4, maintenance: true }));
    expect(text).toContain("First time; again by FREQ=DAILY, clocks of Europe/Zurich");
    expect(text).toContain("In this period 28 times: 2026-02-01 02:00, 2026-02-02 02:00,");
    expect(text).toContain("and 18 more");
  });

  test("on Letter paper has pages of that size", async () => {
    const { size } = await infoOf(await renderSample({ sites: 2 }, { pageSize: "LETTER" }));
    expect(size).toEqual({ width: 612, height: 792 });
  });

  test("of many incidents repeats the header of their table on every page", async () => {
    const pages = await pagesOf(await renderSample({ sites: 1, breached: "all", incidentsPerSite: 200 }));
    const logs = pages.filter((page) => page.includes("Down in service time"));
    expect(logs.length).toBeGreaterThan(4);
    expect(pages.filter((page) => /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d{4}-/.test(page)).length).toBe(
      logs.length,
    );
  });

  test("prints two hundred incidents of a site, and says where the others are", async () => {
    const text = (count: number) =>
      renderSample({ sites: 1, breached: "all", incidentsPerSite: count }).then(textOf);
    const rows = (printed: string) => printed.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d{4}-/g)?.length;
    const [all, more] = await Promise.all([text(200), text(1500)]);
    expect([rows(all), rows(more)]).toEqual([200, 200]);
    expect(all).not.toContain("not printed");
    expect(more).toContain("1,300 more incidents are not printed: the JSON of this report lists all 1,500");
  });
});
