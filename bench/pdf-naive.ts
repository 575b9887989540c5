// The baseline most would write first: pdfkit with doc.text() for every cell, a width for each to wrap in.
// Shows less than the report: the sites with a bar each, and the incidents in five cells a row. doc.table()
// would take 9 ms a row.
import PDFDocument from "pdfkit";
import type { ReportDocument } from "../src/report/document.ts";

const FONT = new URL(
  "../node_modules/@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  import.meta.url,
).pathname;
const [input = "", output = ""] = process.argv.slice(2);
const report: ReportDocument = await Bun.file(input).json();
const doc = new PDFDocument({ size: "A4", margin: 44, bufferPages: true });
const chunks: Uint8Array[] = [];
doc.on("data", (chunk: Uint8Array) => chunks.push(chunk));
doc.registerFont("body", FONT);
doc.font("body").fontSize(8);

const WIDTHS = [98, 98, 100, 46, 165];
const ROW = 17;
let y = 44;

function row(cells: readonly string[]): void {
  if (y + ROW > 785) {
    doc.addPage();
    y = 44;
  }
  let x = 44;
  cells.forEach((cell, index) => {
    doc.text(cell, x, y, { width: (WIDTHS[index] ?? 100) - 8 });
    x += WIDTHS[index] ?? 100;
  });
  y += ROW;
}

const time = (instant: string | null) =>
  instant === null ? "ongoing" : instant.slice(0, 19).replace("T", " ");

for (const site of report.sites) {
  row([
    site.name,
    `${site.uptime_percentage?.toFixed(3)}%`,
    String(site.downtime_seconds),
    String(site.incidents.length),
    "",
  ]);
  doc
    .rect(400, y - ROW, (site.uptime_percentage ?? 0) * 1.3, 8)
    .fill("#b3261e")
    .fillColor("#000000");
}
for (const site of report.sites) {
  row([site.name]);
  for (const incident of site.incidents) {
    row([
      time(incident.started_at),
      time(incident.ended_at),
      String(incident.service_seconds),
      incident.category,
      incident.cause ?? "",
    ]);
  }
}
const { count } = doc.bufferedPageRange();
for (let page = 0; page < count; page++) {
  doc.switchToPage(page);
  doc.text(`Page ${page + 1} of ${count}`, 480, 20, { lineBreak: false });
}
const { promise, resolve } = Promise.withResolvers<void>();
doc.on("end", resolve);
doc.end();
await promise;
await Bun.write(output, Buffer.concat(chunks));
