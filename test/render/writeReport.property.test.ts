// Files that are written site by site are those of the document that is built in memory as a whole, byte by byte.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type ReportFigures, writeReport } from "../../src/render/writeReport.ts";
import { buildDocument } from "../../src/report/build.ts";
import { renderCsv } from "../../src/report/csv.ts";
import { renderPdf } from "../../src/report/pdf/render.ts";
import type { ReportSource } from "../../src/report/source.ts";
import { verifyText } from "../../src/report/verify.ts";
import { discardFiles, type ReportFiles, startFiles } from "../../src/store/files/artefacts.ts";
import { OPTIONS } from "../report/pdf/readPdf.ts";
import { aCase, occurrences, sourceOf } from "../report/randomReports.ts";
import { aFault, aSite, aSource } from "../report/source.ts";
import { examples } from "../support/chance.ts";

const folder = mkdtempSync(join(tmpdir(), "nines-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Made = { figures: ReportFigures; read: (name: "json" | "csv" | "pdf") => Buffer; files: ReportFiles };

async function made(source: ReportSource): Promise<Made> {
  const files = startFiles((name) => join(folder, `report.${name}`));
  const figures = await writeReport(
    (use) => use(source),
    files,
    OPTIONS,
    () => {},
  );
  for (const name of ["json", "csv", "pdf"] as const) files[name].flush();
  return { figures, files, read: (name) => readFileSync(files[name].temporary) };
}

async function expectSame(source: ReportSource): Promise<void> {
  const document = buildDocument(source);
  const { figures, files, read } = await made(source);
  expect(read("json").toString()).toBe(`${JSON.stringify(document, null, 1)}\n`);
  // Through bytes, which half a surrogate pair cannot be.
  expect(read("csv").toString()).toBe(Buffer.from(renderCsv(document)).toString());
  expect(read("pdf").equals(await renderPdf(document, OPTIONS))).toBe(true);
  expect(figures).toMatchObject({
    uptimePercentage: document.summary.uptime_percentage,
    siteCount: document.summary.site_count,
    breachedCount: document.summary.breached_count,
  });
  expect(readdirSync(folder).sort()).toEqual(["report.csv.part", "report.json.part", "report.pdf.part"]);
  discardFiles(files);
}

test("the files of any report are those of its document in memory", async () => {
  await fc.assert(
    fc.asyncProperty(aCase, async (given) => {
      const recurring = occurrences(given);
      fc.pre(recurring !== null);
      await expectSame(sourceOf(given, recurring ?? []));
    }),
    examples(8),
  );
});

test("a report without sites has files, and one with texts of every kind has them as they are", async () => {
  await expectSame(aSource([]));
  const name = 'Zürich "北京" 😀 \u2028 \ud800 \\ \n  },\n  {';
  const tags = { "10": "b", "9": ["a", "c"], name };
  const faults = {
    a: [
      aFault("2026-09-02T00:00:00Z", "2026-09-03T00:00:00Z", {
        cause: name,
        message: name,
        comments: [{ author: name, text: name, createdAtMs: 0 }],
      }),
    ],
  };
  const source = aSource([aSite({ id: "a", name, tags }), aSite({ id: "b", name: "" })], faults);
  await expectSame(source);
  const { read, files } = await made(source);
  expect(verifyText(read("json").toString())).toMatchObject({ verdict: "verified" });
  discardFiles(files);
});

test("a report that is larger than what is held in memory at a time is whole", async () => {
  const month = Date.parse("2026-09-01T00:00:00Z");
  const at = (hour: number, minute: number) =>
    new Date(month + hour * 3_600_000 + minute * 60_000).toISOString();
  const faultsOf = (site: number) =>
    Array.from({ length: 300 }, (_, hour) =>
      aFault(at(hour, site), at(hour, site + 9), { id: `flt_${site}_${hour}`, message: "m".repeat(800) }),
    );
  const ids = ["a", "b", "c", "d"];
  const faults = Object.fromEntries(ids.map((id, index) => [id, faultsOf(index)]));
  await expectSame(
    aSource(
      ids.map((id) => aSite({ id })),
      faults,
    ),
  );
});
