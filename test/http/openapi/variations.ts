// Values that fit a TypeBox schema, and values that are nearly so: what a careful tester would try by hand.
import { Kind, type TSchema } from "@sinclair/typebox";
import { isLong } from "../../support/chance.ts";

const SAMPLES: Readonly<Record<string, string>> = {
  "date-time": "2026-02-17T15:30:55Z",
  date: "2026-02-01",
  timezone: "Europe/Zurich",
  "clock-time": "08:00",
};

/** Longer ones take their time: every day only what is just right and what is just too long. */
const LONG_LIST = 1000;

/** Put where something else is expected. */
const WRONG: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 1.5, 1e15, [], ["x"], {}, { x: 1 }],
  ...[
    "",
    " ",
    "x",
    "site",
    "\u0001",
    "é\n€",
    "true",
    "LOW",
    "2026-02-30",
    "2026-02-01",
    "0000-00-00",
    "24:00",
  ],
  ...[
    "25:00",
    "8:00",
    "2026-02-01T08:00:00",
    "2026-02-01T08:00:00+01:00",
    "2026-02-29T08:00:00Z",
    "site_123",
  ],
];

type Fields = Record<string, TSchema>;

/** Values that fit: the first has everything, then the barest, then one for each choice that there is. */
export function samplesOf(schema: TSchema): unknown[] {
  if (schema[Kind] === "Union") return (schema["anyOf"] as TSchema[]).flatMap(samplesOf);
  if (schema[Kind] === "Literal") return [schema["const"]];
  if (schema[Kind] === "Record") return recordSamples(valueSchemaOf(schema));
  switch (schema["type"]) {
    case "object":
      return objectSamples(
        schema["properties"] as Fields,
        (schema["required"] as string[] | undefined) ?? [],
      );
    case "array":
      return listSamples(schema);
    case "string":
      return [textSample(schema)];
    case "boolean":
      return [true, false];
    case "null":
      return [null];
    default:
      return [
        schema["example"] ?? schema["minimum"] ?? 7,
        ...[schema["minimum"], schema["maximum"]].filter(isGiven),
      ];
  }
}

function textSample(schema: TSchema): string {
  const text = schema["example"] ?? SAMPLES[schema["format"] as string] ?? "text";
  return String(text);
}

function objectSamples(fields: Fields, required: string[]): unknown[] {
  const choices = Object.entries(fields).map(([name, field]) => [name, samplesOf(field)] as const);
  const whole = Object.fromEntries(choices.map(([name, [first]]) => [name, first]));
  const bare = Object.fromEntries(required.map((name) => [name, whole[name]]));
  const others = choices.flatMap(([name, [, ...rest]]) => rest.map((value) => ({ ...whole, [name]: value })));
  return [whole, bare, ...others];
}

function listSamples(schema: TSchema): unknown[] {
  const items = samplesOf(schema["items"] as TSchema);
  const empty = schema["minItems"] ? [] : [[]];
  return [items.slice(0, 1), items.slice(0, schema["maxItems"] as number | undefined), ...empty];
}

function recordSamples(value: TSchema): unknown[] {
  const values = samplesOf(value);
  return [Object.fromEntries(values.map((item, index) => [`Key ${index}`, item])), {}];
}

function valueSchemaOf(record: TSchema): TSchema {
  return Object.values(record["patternProperties"] as Fields)[0] as TSchema;
}

const isGiven = (value: unknown): value is number => value !== undefined;

/** The value with one thing in it changed, for each thing that can be. Not all of them are wrong. */
export function* mutationsOf(schema: TSchema, value: unknown): Generator<unknown> {
  // Any name of a zone has the form of a text, and OpenAPI has no way to say which there are.
  yield* WRONG.filter((wrong) => schema["format"] !== "timezone" || typeof wrong !== "string");
  yield* edgesOf(schema, value);
  if (schema[Kind] === "Union") {
    const variants = schema["anyOf"] as TSchema[];
    for (const variant of variants) yield* mutationsOf(variant, samplesOf(variant)[0]);
  } else if (schema[Kind] === "Record") {
    const [first, sample] = Object.entries(value as object)[0] ?? [];
    for (const wrong of mutationsOf(valueSchemaOf(schema), sample))
      yield { ...(value as object), [first ?? "key"]: wrong };
  } else if (schema["type"] === "object") yield* objectMutations(schema, value as Record<string, unknown>);
  else if (schema["type"] === "array") {
    const [first, ...rest] = value as unknown[];
    for (const wrong of mutationsOf(schema["items"] as TSchema, first)) yield [wrong, ...rest];
  }
}

function* objectMutations(schema: TSchema, value: Record<string, unknown>): Generator<unknown> {
  for (const [name, field] of Object.entries(schema["properties"] as Fields)) {
    const { [name]: _left, ...without } = value;
    yield without;
    for (const wrong of mutationsOf(field, value[name])) yield { ...value, [name]: wrong };
  }
  yield { ...value, unexpected: 1 };
}

/** On both sides of each limit. */
function* edgesOf(schema: TSchema, value: unknown): Generator<unknown> {
  for (const limit of [schema["minLength"], schema["maxLength"]].filter(isGiven))
    for (const length of [limit - 1, limit, limit + 1]) yield "x".repeat(Math.max(0, length));
  for (const limit of [schema["minimum"], schema["maximum"]].filter(isGiven))
    for (const number of [limit - 1, limit - 0.00001, limit, limit + 0.00001, limit + 1]) yield number;
  for (const limit of [schema["minItems"], schema["maxItems"]].filter(isGiven))
    for (const length of limit > LONG_LIST && !isLong ? [limit, limit + 1] : [limit - 1, limit, limit + 1])
      yield manyOf(value as unknown[], length);
  if (schema["uniqueItems"]) yield [...(value as unknown[]), ...(value as unknown[])];
  if (schema["maxProperties"]) yield manyKeys(schema["maxProperties"] as number);
  if (schema["maxProperties"]) yield manyKeys((schema["maxProperties"] as number) + 1);
}

/** So many entries, different ones where they are ids: only their last characters differ. */
function manyOf(list: unknown[], length: number): unknown[] {
  const [first] = list;
  const isText = typeof first === "string" && first.length > 20;
  return Array.from({ length: Math.max(0, length) }, (_, index) =>
    isText ? first.slice(0, -5) + String(index).padStart(5, "0") : first,
  );
}

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`Key ${index}`, "value"]));
}
