// The document's schemas and the ones that the server checks with accept and refuse the same values:
// every field of every body, query, header and answer, required or not, null or not, within its limits.
import { describe, expect, test } from "bun:test";
import { FormatRegistry, type TObject, type TSchema, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import "../../../src/model/formats.ts";
import { isLong, SEED } from "../../support/chance.ts";
import type { Json } from "../../support/server.ts";
import { checkerOf } from "./jsonSchema.ts";
import { documentAndRoutes } from "./quietServer.ts";
import { mutationsOf, samplesOf } from "./variations.ts";

const { document, routes } = documentAndRoutes();
const documented = checkerOf(document);

/** So many values of a schema are tried every day. */
const MANY = 1500;

type Pair = { place: string; own: TSchema; theirs: Json };

/** What the server checks with, beside what the document says of it. */
function* pairs(): Generator<Pair> {
  for (const route of routes) {
    const name = route.operationId;
    const operation = document.paths[route.path][route.method.toLowerCase()];
    const body = operation.requestBody?.content["application/json"]?.schema;
    if (route.body) yield { place: `the body of ${name}`, own: route.body, theirs: body };
    const fields = Object.entries((route.query as TObject | undefined)?.properties ?? {});
    const headers = Object.entries(route.headers ?? {}).map(([key, { schema }]) => [key, schema] as const);
    for (const [key, own] of [...fields, ...headers]) {
      const { schema } = operation.parameters.find((parameter: Json) => parameter.name === key);
      yield { place: `${key} of ${name}`, own, theirs: schema };
    }
    for (const [status, { schema: own }] of Object.entries(route.answers)) {
      if (!own) continue;
      yield {
        place: `the ${status} of ${name}`,
        own,
        theirs: operation.responses[status].content["application/json"].schema,
      };
    }
  }
}

/** Of very many values every second, third and so on, evenly: a field has thirty at least, so each has some. */
function someOf(values: readonly unknown[]): readonly unknown[] {
  const step = isLong ? 1 : Math.ceil(values.length / MANY);
  return values.filter((_, index) => index % step === SEED % step);
}

/** Values on which the two do not agree, and how many there were of each verdict. */
function compare({ own, theirs }: Pair) {
  const check = TypeCompiler.Compile(own);
  const isDocumented = documented(theirs);
  const samples = samplesOf(own);
  const values = [...samples, ...someOf([...mutationsOf(own, samples[0])])];
  const verdicts = values.map((value) => ({ value, own: check.Check(value), theirs: isDocumented(value) }));
  return {
    refusedSamples: samples.filter((sample) => !check.Check(sample)),
    differences: verdicts
      .filter((verdict) => verdict.own !== verdict.theirs)
      .map(
        (verdict) => `${verdict.own ? "only the server" : "only the document"} takes ${shown(verdict.value)}`,
      ),
    accepted: verdicts.filter((verdict) => verdict.own).length,
    refused: verdicts.filter((verdict) => !verdict.own).length,
  };
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 600);

const firstUses = new Map<TSchema, Pair>();
for (const pair of pairs()) if (!firstUses.has(pair.own)) firstUses.set(pair.own, pair);

describe("server and document take the same values for", () => {
  for (const pair of firstUses.values()) {
    test(pair.place, () => {
      const result = compare(pair);
      expect(result.refusedSamples).toEqual([]);
      expect(result.differences).toEqual([]);
      expect(result.accepted).toBeGreaterThan(0);
      expect(result.refused).toBeGreaterThan(0);
    });
  }
});

test("a schema that several routes use is the same in the document everywhere", () => {
  for (const { own, theirs, place } of pairs()) expect(theirs, place).toEqual(firstUses.get(own)?.theirs);
});

test("a route's required query parameters are the document's", () => {
  for (const route of routes) {
    const { parameters } = document.paths[route.path][route.method.toLowerCase()];
    const required = parameters.filter((parameter: Json) => parameter.in === "query" && parameter.required);
    expect(required.map(({ name }: Json) => name)).toEqual(
      (route.query as TObject | undefined)?.required ?? [],
    );
  }
});

describe("the comparison notices", () => {
  const own = Type.Object(
    {
      name: Type.String({ maxLength: 5 }),
      day: Type.Optional(Type.Union([Type.String({ format: "date" }), Type.Null()])),
    },
    { additionalProperties: false },
  );
  const said = {
    type: "object",
    required: ["name"],
    additionalProperties: false,
    properties: {
      name: { type: "string", maxLength: 5 },
      day: { type: "string", format: "date", nullable: true },
    },
  };

  test("nothing where there is nothing", () => {
    expect(FormatRegistry.Has("date")).toBe(true);
    expect(compare({ place: "", own, theirs: said }).differences).toEqual([]);
  });

  test.each([
    ["a field that need not be there", { ...said, required: [] }],
    [
      "another limit",
      { ...said, properties: { ...said.properties, name: { type: "string", maxLength: 6 } } },
    ],
    [
      "a field that may not be null",
      { ...said, properties: { ...said.properties, day: { type: "string", format: "date" } } },
    ],
    [
      "a field without its format",
      { ...said, properties: { ...said.properties, day: { type: "string", nullable: true } } },
    ],
    ["a field that is not documented", { ...said, properties: { name: said.properties.name } }],
    ["fields of any name", { ...said, additionalProperties: true }],
  ])("%s", (_, theirs) => {
    expect(compare({ place: "", own, theirs }).differences).not.toEqual([]);
  });
});
