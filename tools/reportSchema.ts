// Writes docs/report.schema.json: the JSON Schema of report documents, out of the schema that the builder and
// `nines verify` use. Run it with `node_modules/.bin/bun tools/reportSchema.ts` after a change of the document.
import { join } from "node:path";
import { CLOCK_TIME } from "../src/model/formats.ts";
import { ReportDocument } from "../src/report/document.ts";

export const SCHEMA_FILE = join(import.meta.dir, "../docs/report.schema.json");

/** The text of docs/report.schema.json. */
export function reportSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Nines report document",
    description:
      "What the JSON of a report holds (schema_version 1). Lengths are seconds with milliseconds as decimals; instants are ISO 8601 in UTC.",
    ...(published(JSON.parse(JSON.stringify(ReportDocument))) as object),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** A schema in the words of the standard: without names of our own, and without formats that only Nines knows. */
function published(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(published);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (key === "$id" && typeof value === "string") return [];
    if (key === "example") return [["examples", [value]]];
    if (key === "format" && value === "timezone") return [];
    if (key === "format" && value === "clock-time") return [["pattern", CLOCK_TIME.source]];
    return [[key, published(value)]];
  });
  return Object.fromEntries(entries);
}

if (import.meta.main) await Bun.write(SCHEMA_FILE, reportSchema());
