// The operation that Nines began with: everything its published description says, our document says too.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../support/server.ts";
import { documentAndRoutes } from "./quietServer.ts";

const SEED = join(import.meta.dir, "../../../../shared/seed/run-a-report-on-demand.md");
const PATH = "/reports/sla/schedules/{scheduleId}/run";
const missing = existsSync(SEED) ? "" : " [needs the folder shared beside the project]";

function seedDocument(): Json {
  const [, block = ""] = /^`{3,}yaml[^\n]*\n([\s\S]*?)^`{3,}$/m.exec(readFileSync(SEED, "utf8")) ?? [];
  return Bun.YAML.parse(block);
}

/** Follows references, so that it does not matter where a schema is written. */
function resolved(value: Json, document: Json): Json {
  if (Array.isArray(value)) return value.map((item) => resolved(item, document));
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.$ref === "string") {
    const target = value.$ref
      .slice(2)
      .split("/")
      .reduce((at: Json, key: string) => at[key], document);
    return resolved(target, document);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, document)]));
}

/** What the seed says and we do not, as paths. We may say more: further words, properties, answers, entries. */
function unsaid(seed: Json, ours: Json, place: string): string[] {
  if (typeof seed !== "object" || seed === null) return says(seed, ours, place) ? [] : [place];
  if (ours === undefined || ours === null) return [place];
  if (!Array.isArray(seed))
    return Object.entries(seed).flatMap(([key, value]) => unsaid(value, ours[key], `${place}.${key}`));
  return seed.flatMap((item, index) => {
    const isSaid = (ours as Json[]).some((other) => unsaid(item, other, "").length === 0);
    return isSaid ? [] : [`${place}[${index}]`];
  });
}

function says(seed: Json, ours: Json, place: string): boolean {
  if (place.endsWith(".description")) return String(ours).startsWith(String(seed).trim());
  // An address at the seed's own host: ours is at our server.
  if (place.endsWith(".example") && /^https:/.test(String(seed))) return /^https?:\/\//.test(String(ours));
  return Object.is(seed, ours);
}

describe(`the seed's operation${missing}`, () => {
  const { document } = documentAndRoutes();

  test.skipIf(missing !== "")(`is in our document as it was published${missing}`, () => {
    const seed = seedDocument();
    const theirs = resolved(seed.paths[PATH].post, seed);
    expect(theirs.operationId).toBe("runSlaReportOnDemand");
    expect(unsaid(theirs, resolved(document.paths[PATH].post, document), "post")).toEqual([]);
  });

  test.skipIf(missing !== "")(`has its schemas, tags and tokens under the same names${missing}`, () => {
    const seed = seedDocument();
    expect(Object.keys(seed.components.schemas).sort()).toEqual(["ErrorResponse", "RunReportRequest"]);
    const { schemas, securitySchemes } = seed.components;
    expect(unsaid(schemas, document.components.schemas, "schemas")).toEqual([]);
    expect(unsaid(securitySchemes, document.components.securitySchemes, "securitySchemes")).toEqual([]);
    expect(unsaid(seed.tags, document.tags, "tags")).toEqual([]);
    expect(document.openapi).toBe(seed.openapi);
    expect(document.security).toEqual(seed.security);
  });

  test.skipIf(missing !== "")(`requires neither more nor less of a request${missing}`, () => {
    const seed = seedDocument();
    const [theirs, ours] = [seed.paths[PATH].post, document.paths[PATH].post];
    const { RunReportRequest } = document.components.schemas;
    expect(RunReportRequest.required).toEqual(seed.components.schemas.RunReportRequest.required);
    expect(Object.keys(RunReportRequest.properties)).toEqual(RunReportRequest.required);
    expect(ours.requestBody.content["application/json"].schema).toEqual(
      theirs.requestBody.content["application/json"].schema,
    );
    for (const status of ["400", "404", "500"])
      expect(ours.responses[status].content["application/json"].schema).toEqual(
        theirs.responses[status].content["application/json"].schema,
      );
    const required = ours.parameters.filter((parameter: Json) => parameter.required);
    expect(required.map(({ name }: Json) => name)).toEqual(["scheduleId"]);
  });
});

describe("the comparison with the seed", () => {
  test.each([
    [{ a: "x" }, {}, ["a"]],
    [{ a: "x" }, { a: "y" }, ["a"]],
    [{ required: ["a", "b"] }, { required: ["a"] }, ["required[1]"]],
    [{ description: "It runs." }, { description: "It walks. It runs." }, ["description"]],
    [{ a: { b: 1 } }, { a: { b: "1" } }, ["a.b"]],
  ])("finds what %j says and %j does not", (seed, ours, places) => {
    expect(unsaid(seed, ours, "")).toEqual(places.map((place) => `.${place}`));
  });

  test("lets us say more", () => {
    const seed = { a: ["x"], description: "It runs.", example: "https://docs.example/a" };
    const ours = { a: ["y", "x"], b: 1, description: "It runs. Fast.", example: "http://127.0.0.1/a" };
    expect(unsaid(seed, ours, "")).toEqual([]);
  });
});
