// The check that a PDF is in order is worth something only if it refuses one that is not.
import { describe, expect, test } from "bun:test";
import { deflateSync } from "node:zlib";
import { objectsOf } from "./pdfFile.ts";
import { renderSample } from "./readPdf.ts";

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

/** A file of one page, on which `content` stands; `title` as it is to be written. */
function aPdf({ content = "BT (Hello) Tj ET", title = "(One page)" } = {}): string {
  const stream = deflateSync(content).toString("latin1");
  const objects = [
    "<</Type /Catalog /Pages 2 0 R>>",
    "<</Type /Pages /Kids [3 0 R] /Count 1>>",
    "<</Type /Page /Parent 2 0 R /Contents 4 0 R>>",
    `<</Length ${stream.length} /Filter /FlateDecode>>\nstream\n${stream}\nendstream`,
    `<</Title ${title}>>`,
  ];
  let text = "%PDF-1.7\n";
  let entries = "0000000000 65535 f \n";
  for (const [index, object] of objects.entries()) {
    entries += `${String(text.length).padStart(10, "0")} 00000 n \n`;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const trailer = `trailer\n<</Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R>>\n`;
  return `${text}xref\n0 ${objects.length + 1}\n${entries}${trailer}startxref\n${text.length}\n%%EOF\n`;
}

const read = (text: string) => () => objectsOf(bytesOf(text));

test("a file in order gives its objects: names with a slash, texts with a bracket", () => {
  expect(read(aPdf())()).toEqual([
    { "/Type": "/Catalog", "/Pages": "2 0 R" },
    { "/Type": "/Pages", "/Kids": ["3 0 R"], "/Count": 1 },
    { "/Type": "/Page", "/Parent": "2 0 R", "/Contents": "4 0 R" },
    { "/Length": deflateSync("BT (Hello) Tj ET").length, "/Filter": "/FlateDecode" },
    { "/Title": "(One page" },
  ]);
});

test.each([
  ["(a (b) c)", "(a (b) c"],
  ["(\\) \\( \\\\ \\n\\101\\7z \\\n\\q)", "() ( \\ \nA\x07z q"],
  ["<FEFF00e9>", "(é"],
  ["(\\376\\377\\000\\351)", "(é"],
  ["/A#20b", "/A b"],
  ["[1 -2.5 .5 true null 5 0 R]", [1, -2.5, 0.5, true, null, "5 0 R"]],
  ["<</A<</B(>>)>>>>", { "/A": { "/B": "(>>" } }],
])("%s is read as it is meant", (written, value) => {
  expect(read(aPdf({ title: written }))()).toContainEqual({ "/Title": value });
});

describe("refused is", () => {
  const whole = aPdf();
  const tableAt = whole.indexOf("xref\n");

  test.each([
    ["an entry of the table that leads elsewhere", whole.replace("0000000009 00000 n", "0000000010 00000 n")],
    ["a startxref that leads elsewhere", whole.replace(`startxref\n${tableAt}`, `startxref\n${tableAt + 1}`)],
    ["a table of fewer objects than the trailer says", whole.replace("/Size 6", "/Size 7")],
    ["a file that is cut off", whole.slice(0, -20)],
    ["an object that the table lacks", whole.replace("xref\n", "6 0 obj\nnull\nendobj\nxref\n")],
    ["a reference to nothing", aPdf({ title: "6 0 R" })],
    ["a stream that is longer than it says", whole.replace(/Length \d/, "Length 1")],
    ["a text that does not end", aPdf({ title: "(One (page)" })],
    ["a key that is there twice", aPdf({ title: "(One) /Title (Two)" })],
    ["a count of pages that is not theirs", whole.replace("/Count 1", "/Count 2")],
    ["a word that is no operator", aPdf({ content: "BT (Hello) Tk ET" })],
    ["a text on the page that does not end", aPdf({ content: "BT (Hello Tj ET" })],
    ["a state that is put back without having been kept", aPdf({ content: "Q q" })],
    ["a mark that does not end", aPdf({ content: "/P BMC BT ET" })],
  ])("%s", (_, damaged) => {
    expect(damaged).not.toBe(whole);
    expect(read(damaged)).toThrow("The PDF is not in order at byte");
  });

  test("a report in which one byte of any stream is another", async () => {
    const report = await renderSample({ sites: 3 });
    expect(objectsOf(report).length).toBeGreaterThan(50);
    const text = Buffer.from(report).toString("latin1");
    const streams = [
      ...text.matchAll(/(?<=\/FlateDecode\n(?:\/Length \d+\n)?>>\nstream\n)[\s\S]*?(?=\nendstream)/g),
    ];
    expect(streams.length).toBeGreaterThan(5);
    for (const { index, 0: stream } of streams) {
      const damaged = report.slice();
      const middle = index + Math.floor(stream.length / 2);
      damaged[middle] = ~(damaged[middle] as number);
      expect(() => objectsOf(damaged)).toThrow("The PDF is not in order at byte");
    }
  });
});
