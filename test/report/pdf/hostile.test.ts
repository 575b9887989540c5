// Text from users is text: nothing in it becomes an operator, a link or markup, and nothing is lost.
import { describe, expect, test } from "bun:test";
import { renderPdf } from "../../../src/report/pdf/render.ts";
import { sampleDocument } from "../sampleDocument.ts";
import { objectsOf } from "./pdfFile.ts";
import { infoOf, OPTIONS, renderSample, textOf } from "./readPdf.ts";

describe("text from users", async () => {
  const pdf = await renderSample({ sites: 8, names: "hostile", breached: "all" });

  test("stands in the report as it was written", async () => {
    const text = await textOf(pdf);
    for (const name of [
      "(unbalanced ) \\ ) Tj ET Q endstream endobj 0001",
      "<script>alert('x')</script> 0002",
      "https://example.com/?a=b&c=d#frag 0003",
      "BT /F1 99 Tf 0 0 Td (owned) Tj ET 0004",
      "%PDF-1.7 <</Type /Catalog>> [ { } ] 0005",
      "=SUM(A1:A9) 0007",
    ]) {
      // A line may have ended within the name, which the reading back cannot tell from a space.
      expect(text.replaceAll(" ", "")).toContain(name.replaceAll(" ", ""));
    }
  });

  test("loses control characters; its line breaks become spaces", async () => {
    expect(await textOf(pdf)).toContain("line one line two");
    expect(await textOf(pdf)).toContain("three[31mred 0006");
  });

  test("makes no links, actions or scripts", () => {
    const json = JSON.stringify(objectsOf(pdf));
    for (const name of ["URI", "JS", "JavaScript", "OpenAction", "Launch", "AA"])
      expect(json).not.toContain(`"/${name}"`);
    // Links within the document name their place and have no action.
    expect(json).toContain(`"/Link"`);
    expect(json).not.toContain(`"/GoTo`);
  });

  test("in the title is escaped in the metadata", async () => {
    const scheduleName = "</rdf:li><x>&\"' (\ud800) \u0001";
    const titled = await renderSample({ sites: 1, scheduleName });
    expect((await infoOf(titled)).title).toContain("</rdf:li><x>&\"' (\ufffd) , 1–28 February 2026");
    const xml = Buffer.from(titled).toString("utf8");
    expect(xml).toContain("&lt;/rdf:li&gt;&lt;x&gt;&amp;");
  });

  test("in every other place does not stop the report", async () => {
    const document = sampleDocument({
      sites: 3,
      breached: "all",
      wanLinks: 2,
      ignored: true,
      comments: "short",
      groups: true,
      businessHours: true,
      maintenance: true,
    });
    const nasty = ")\\( \u0000\u202e\ud83d 🚀 ש مرحبا 漢字 e\u0301q\u0303\u0303\u0303 \ufffe";
    const soiled = JSON.parse(JSON.stringify(document), (key, value) =>
      [
        "name",
        "address",
        "external_id",
        "cause",
        "message",
        "text",
        "author",
        "isp",
        "schedule_name",
        "key",
      ].includes(key) && typeof value === "string"
        ? nasty + value
        : value,
    );
    const text = await textOf(await renderPdf(soiled, OPTIONS));
    expect(text).toContain("How these figures were computed");
    expect(text).toContain("🚀");
    expect(text).toContain("漢字");
  });
});

describe("characters that the font lacks", () => {
  test("show as boxes and can still be copied and searched", async () => {
    const text = await textOf(await renderSample({ sites: 13, names: "unicode", breached: "all" }));
    expect(text).toContain("Αθήνα – Κεντρικό κατάστημα 0001");
    expect(text).toContain("Санкт-Петербург, склад № 7 0002");
    expect(text).toContain("Łódź Żabieniec (gałąź wschodnia) 0003");
    expect(text).toContain("🚀 rocket");
    expect(text).toContain("渋谷区神南一丁目");
    expect(text).toContain("Zerowidthjoined and softhyphen 0010");
    expect(text).toContain("Half \ufffd surrogate and \ufffd alone 0011");
    expect(text).toContain("Decomposed: Zürich, q");
  });

  test("are there on the page where the first of them stands, however late that is", async () => {
    const document = sampleDocument({ sites: 12, names: "plain", breached: "all" });
    const last = document.sites.toSorted(
      (a, b) => (b.uptime_percentage ?? 0) - (a.uptime_percentage ?? 0),
    )[0];
    for (const incident of last?.incidents ?? []) incident.cause = "漢字, late";
    expect(last?.incidents.length).toBeGreaterThan(0);
    expect(await textOf(await renderPdf(document, OPTIONS))).toContain("漢字, late");
  });
});
