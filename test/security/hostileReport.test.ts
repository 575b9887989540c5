// Text from people who mean harm, in every place that a report shows, through to its files: the PDF has no
// operator, link or script of theirs, spreadsheets compute nothing, and file names are file names.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import { fileNameOf } from "../../src/report/fileName.ts";
import { objectsOf } from "../report/pdf/pdfFile.ts";
import { textOf } from "../report/pdf/readPdf.ts";
import { type Answer, aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

const OPERATORS = ") Tj ET Q endstream endobj BT (owned) Tj";
const LINK = "<</A<</S/URI/URI(https://evil.invalid/)>>>>";
const SCRIPT = "<script>app.alert(1)</script>";
const FORMULAS = [
  "=1+1",
  "+1+1",
  "-1+1",
  "@SUM(A1)",
  "\t=1+1",
  "\r=1+1",
  "\n=1+1",
  "\uff1d1+1",
  "'=1+1",
  '=HYPERLINK("x")',
];
/** No spreadsheet computes a cell that begins otherwise. */
const COMPUTED = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

let server: TestServer;
let client: Client;
let files: Record<"pdf" | "csv" | "json", Answer & { bytes: Uint8Array }>;

const made = async (path: string, body: unknown) => {
  const answer = await client.post(path, body);
  if (answer.status >= 300) throw new Error(`${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
};

/** Runs the schedule over January and loads the report's files. */
async function filesOf(scheduleId: string) {
  const { id } = await client.run(scheduleId, "2026-01-01", "2026-01-31");
  const load = async (artefact: string) => {
    const response = await fetch(`${server.url}/reports/sla/reports/${id}/${artefact}`, {
      headers: { Authorization: `Bearer ${client.token}` },
    });
    const bytes = await response.bytes();
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text: Buffer.from(bytes).toString("utf8"),
      body: null,
    };
  };
  return { pdf: await load("pdf"), csv: await load("csv"), json: await load("json") };
}

beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  for (const [index, formula] of FORMULAS.entries()) {
    const site = await made("/sites", {
      name: `${formula} ${index}`,
      external_id: formula,
      address: `${LINK} address`,
      tags: { [`=cmd|${index}`]: [formula, `${OPERATORS} tag`], Region: SCRIPT },
      wan_links: [{ name: `${OPERATORS} wan`, isp: `${LINK} isp` }],
    });
    const fault = await made("/fault", {
      site_id: site.id,
      created_at: `2026-01-1${index}T10:00:00Z`,
      resolved_at: `2026-01-1${index}T12:00:00Z`,
      cause: index % 2 === 0 ? `${OPERATORS} cause` : formula,
      message: index % 2 === 0 ? formula : `${LINK} message`,
      external_id: formula,
    });
    await made(`/fault/${fault.id}/comments`, { text: `${LINK} comment\n${OPERATORS}` });
    await made("/fault", {
      resource_id: site.wan_links[0].id,
      created_at: "2026-01-03T10:00:00Z",
      cause: SCRIPT,
    });
  }
  const schedule = {
    name: `${SCRIPT} ${OPERATORS} ${LINK}`.slice(0, 100),
    grouping_rules: [{ key: "Region", aggregation: "avg" }],
  };
  files = await filesOf((await made("/reports/sla/schedules", aSchedule(schedule))).id);
}, 30_000);
afterAll(() => server.stop());

describe("the PDF", () => {
  test("shows names, causes, comments, tags, links' names and groups as text", async () => {
    const text = (await textOf(files.pdf.bytes)).replaceAll(" ", "");
    for (const shown of [
      `${OPERATORS} cause`,
      `${LINK} comment`,
      `${OPERATORS} wan`,
      `${LINK} isp`,
      SCRIPT,
      "@SUM(A1) 3",
    ])
      expect(text).toContain(shown.replaceAll(" ", ""));
  });

  test("has no action, address, script, form or file", () => {
    const json = JSON.stringify(objectsOf(files.pdf.bytes));
    const words = [
      "URI",
      "AA",
      "JS",
      "JavaScript",
      "OpenAction",
      "Launch",
      "SubmitForm",
      "GoToR",
      "AcroForm",
      "XFA",
    ];
    for (const word of [...words, "EmbeddedFile", "EmbeddedFiles", "RichMedia"])
      expect(json).not.toContain(`"/${word}"`);
  });
});

describe("spreadsheets compute nothing", () => {
  const cellsOf = (csv: string) => parse(csv, { relax_column_count: false }) as string[][];

  test("of a report's CSV: every text is guarded, every number is a number", () => {
    const [header = [], ...rows] = cellsOf(files.csv.text);
    expect(rows).toHaveLength(FORMULAS.length);
    expect(rows.flat().filter((cell) => COMPUTED.test(cell) && !Number.isFinite(Number(cell)))).toEqual([]);
    const names = rows.map((row) => row[header.indexOf("name")]).sort();
    expect(names).toEqual(FORMULAS.map((formula, index) => `'${formula} ${index}`).sort());
    expect(rows.every((row) => row[header.indexOf("tags")]?.startsWith("'=cmd|"))).toBe(true);
  });

  test("of exported faults; imported again, the texts are what they were", async () => {
    const { text } = await client.get("/fault/export");
    expect(
      cellsOf(text)
        .flat()
        .filter((cell) => COMPUTED.test(cell)),
    ).toEqual([]);
    const before = (await client.get("/fault?per_page=100")).body.data;
    expect((await client.send("POST", "/fault/import", text, "text/csv")).body).toMatchObject({
      created: 0,
      refused: 0,
    });
    const plain = (faults: Record<string, unknown>[]) =>
      faults.map(({ cause, message, external_id }) => [cause, message, external_id]);
    expect(plain((await client.get("/fault?per_page=100")).body.data)).toEqual(plain(before));
  });

  test("JSON is JSON: nothing is escaped for others", () => {
    const names = JSON.parse(files.json.text).sites.map(({ name }: { name: string }) => name);
    expect(names.toSorted()).toEqual(FORMULAS.map((formula, index) => `${formula} ${index}`).sort());
    expect(files.json.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });
});

const NAMES: readonly [name: string, plain: string, encoded: string][] = [
  ["a\r\nSet-Cookie: x=1\r\n\r\n<html>", "a_Set-Cookie_ x=1_html_", "a_Set-Cookie_ x=1_html_"],
  ['a"; filename="evil.exe', "a_; filename=_evil.exe", "a_; filename=_evil.exe"],
  ["a\\", "a_", "a_"],
  ["../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"],
  ["..\\..\\windows\\system.ini", "_.._windows_system.ini", "_.._windows_system.ini"],
  ["/absolute", "_absolute", "_absolute"],
  [".htaccess", "htaccess", "htaccess"],
  ["C:CON", "C_CON", "C_CON"],
  ["invoice\u202efdp.exe", "invoice_fdp.exe", "invoice_fdp.exe"],
  ["a\u2066b\u2069c\u200ed", "a_b_c_d", "a_b_c_d"],
  ["a\u2028b", "a_b", "a_b"],
  ["%00%0d%0a", "00_0d_0a", "%00%0d%0a"],
  ["Zürich \u{1f680}", "Zurich", "Zürich \u{1f680}"],
  ["報告", "", "報告"],
  ["x".repeat(100), "x".repeat(100), "x".repeat(100)],
  ["🚀".repeat(50), "", "🚀".repeat(45)],
  ["*?|<>", "_", "_"],
];

describe("file names", () => {
  test.each(NAMES)("of a schedule called %j", (name, _, expected) => {
    const report = { schedule_name: name, from_date: "2026-01-01", to_date: "2026-01-31" };
    const file = fileNameOf(report, "pdf");
    expect(file).toBe(`${expected} 2026-01-01 to 2026-01-31.pdf`.trim());
    expect(Buffer.byteLength(file)).toBeLessThan(220);
  });

  test("in the answer's header: one header, one name in ASCII, the same in UTF-8", async () => {
    const plain = (text: string) => text.replaceAll("%", "");
    for (const [name, ascii, whole] of NAMES.filter(
      ([text]) => !/[\r\u2028]/.test(text) || text.includes("Cookie"),
    )) {
      const schedule = await made(
        "/reports/sla/schedules",
        aSchedule({ name, site_selection_mode: "manual", sites: [] }),
      );
      const { pdf } = await filesOf(schedule.id);
      const disposition = pdf.headers.get("content-disposition") ?? "";
      const [, first = "", second = ""] =
        /^attachment; filename="([\w .=;-]*)"; filename\*=UTF-8''([\w.!~%-]+)$/.exec(disposition) ?? [];
      expect([name, decodeURIComponent(second)]).toEqual([
        name,
        `${whole} 2026-01-01 to 2026-01-31.pdf`.trim(),
      ]);
      expect(plain(first)).toEndWith("2026-01-01 to 2026-01-31.pdf");
      expect(first.startsWith(ascii.replaceAll("%", "").slice(0, 1))).toBe(true);
      expect(pdf.headers.get("set-cookie")).toBe(null);
    }
  }, 60_000);
});
