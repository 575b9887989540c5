// The CSV of a report.
import { expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import { buildDocument } from "../../src/report/build.ts";
import { renderCsv } from "../../src/report/csv.ts";
import { aFault, aSite, aSource } from "./source.ts";

function rows(csv: string): Record<string, string>[] {
  return parse(csv, { columns: true }) as Record<string, string>[];
}

test("a row a site, with the figures of the document as numbers", () => {
  const faults = { a: [aFault("2026-09-10T10:00:00Z", "2026-09-10T11:00:00.500Z")] };
  const document = buildDocument(
    aSource([aSite({ id: "a", tags: { Service: ["web", "api"] } }), aSite({ id: "b" })], faults),
  );
  const [first, second] = rows(renderCsv(document));
  expect(first).toMatchObject({
    site_id: "a",
    tags: "Service:web; Service:api",
    result: "breached",
    downtime_seconds: "3600.5",
    error_budget_left_seconds: "-1008.5",
    downtime_other_seconds: "3600.5",
  });
  expect(second).toMatchObject({ result: "met", uptime_percentage: "100", mttr_seconds: "" });
});

test("a name that a spreadsheet would run is escaped", () => {
  const names = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1"];
  const document = buildDocument(aSource(names.map((name, index) => aSite({ id: `s${index}`, name }))));
  expect(rows(renderCsv(document)).map(({ name }) => name)).toEqual(names.map((name) => `'${name}`));
});

test("a report of no sites is a header", () => {
  expect(renderCsv(buildDocument(aSource([]))).split("\r\n")).toHaveLength(2);
});

test("a name with a bare CR, a LF or a semicolon begins no cell and no row", () => {
  const names = ["Zurich\r=cmd|' /C calc'!A0", "a\n=1+1", "a;=1+1", "a\r\n@SUM(1)", 'a";=1', "\u000b=1"];
  const sites = names.map((name, index) => aSite({ id: `s${index}`, name, tags: { [name]: `;${name}` } }));
  const csv = renderCsv(buildDocument(aSource(sites)));
  const outside = csv.replace(/"(?:[^"]|"")*"/g, "").split("\r\n");
  expect(outside).toHaveLength(names.length + 2);
  expect(outside.join("")).not.toMatch(/[\r\n;=@]/);
  expect(rows(csv).map(({ name }) => name)).toEqual(names);
});

test("numbers stand as numbers, and what is not known as nothing", () => {
  const [, line = ""] = renderCsv(buildDocument(aSource([aSite({ id: "a" })]))).split("\r\n");
  expect(line).toMatch(/^"a","[^"]*",,"?[^"]*"?,"2026-09-01","2026-09-30","UTC",[\d.]+,100,"met",\d+,0,0,/);
});
