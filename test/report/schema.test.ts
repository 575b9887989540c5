// The published JSON Schema of report documents: as the code has it, and true of reports that were made.
import { expect, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { buildDocument } from "../../src/report/build.ts";
import { reportSchema, SCHEMA_FILE } from "../../tools/reportSchema.ts";
import type { Json } from "../support/server.ts";
import { sampleDocument } from "./sampleDocument.ts";
import { aFault, aMaintenance, aSite, aSource } from "./source.ts";

const schema = JSON.parse(await Bun.file(SCHEMA_FILE).text()) as Json;

/** The schema with no room for a field that it does not describe. */
function closed(part: Json): Json {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== "object" || part === null) return part;
  const copy = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)])) as Json;
  return copy.properties && copy.additionalProperties === undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
addFormats(ajv);
const validate = ajv.compile(closed(schema));
const errorsOf = (document: unknown) =>
  validate(JSON.parse(JSON.stringify(document))) ? [] : (validate.errors ?? []);

test("docs/report.schema.json is that of the code (after a change: bun tools/reportSchema.ts)", async () => {
  expect(await Bun.file(SCHEMA_FILE).text()).toBe(reportSchema());
});

test("every field of a document has a description", () => {
  const without: string[] = [];
  const look = (part: Json, path: string) => {
    if (typeof part !== "object" || part === null) return;
    for (const [name, field] of Object.entries<Json>(part.properties ?? {})) {
      const described = field.description ?? field.anyOf?.[0]?.description;
      if (!described && field.const === undefined) without.push(`${path}.${name}`);
      for (const inner of [field, field.items, ...(field.anyOf ?? [])]) look(inner, `${path}.${name}`);
    }
  };
  look(schema, "");
  expect(without).toEqual([]);
});

test("reports with everything, with nothing, and with no service time fit it", () => {
  const everything = sampleDocument({
    sites: 8,
    breached: "some",
    groups: true,
    businessHours: true,
    maintenance: true,
    wanLinks: 2,
    comments: "short",
    ignored: true,
    partial: true,
    withoutServiceTime: true,
    trend: "better",
    history: 12,
  });
  const recurring = aMaintenance("2026-09-01T00:00:00Z", "2026-09-01T01:00:00Z", { rrule: "FREQ=DAILY" });
  const built = buildDocument(
    aSource(
      [aSite({ id: "a" })],
      { a: [aFault("2026-09-10T10:00:00Z", null)] },
      { maintenanceWindows: [recurring] },
    ),
  );
  for (const document of [everything, built, buildDocument(aSource([]))])
    expect(errorsOf(document)).toEqual([]);
});

test("what is no report document does not fit it", () => {
  const document = buildDocument(aSource([aSite({ id: "a" })]));
  expect(errorsOf({ ...document, digest: undefined })).not.toEqual([]);
  expect(errorsOf({ ...document, history: [{}] })).not.toEqual([]);
  expect(errorsOf({ ...document, schema_version: 2 })).not.toEqual([]);
});
