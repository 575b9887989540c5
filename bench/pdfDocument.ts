// The report documents that the PDF benchmarks render, as JSON files that every contender reads:
// `bun run bench/pdfDocument.ts SITES INCIDENTS_PER_SITE FILE`.
import { sampleDocument } from "../test/report/sampleDocument.ts";

const [sites = "200", incidentsPerSite = "10", file = "/dev/stdout"] = process.argv.slice(2);
const document = sampleDocument({
  sites: Number(sites),
  incidentsPerSite: Number(incidentsPerSite),
  breached: "all",
});
await Bun.write(file, JSON.stringify(document));
