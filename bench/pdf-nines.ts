// Our contender: reads a report document and fonts, renders, writes the file, as the command `report` does. One
// process from start to end.
import "../src/env.ts";
import { loadFonts } from "../src/render/fonts.ts";
import { spareTheLastTier } from "../src/render/lastTier.ts";
import { renderPdf } from "../src/report/pdf/render.ts";

spareTheLastTier();
const [input = "", output = ""] = process.argv.slice(2);
const [document, fonts] = await Promise.all([Bun.file(input).json(), loadFonts()]);
const started = performance.now();
const brand = { color: "#1f4e8c", logo: null, name: null };
await Bun.write(output, await renderPdf(document, { pageSize: "A4", fonts, brand }));
console.log(Math.round(performance.now() - started));
