// Values that a schema takes, and values that it nearly takes.
import { Kind, type TSchema } from "@sinclair/typebox";
import fc from "fast-check";
import { HOSTILE_TEXTS, hostileJson, hostileText } from "./hostileValues.ts";

type Fields = Record<string, TSchema>;

const DAY_MS = 86_400_000;
const instants = fc.integer({ min: 0, max: 900 * DAY_MS }).map((ms) => new Date(Date.UTC(2024, 0, 1) + ms));

const BY_FORMAT: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "date-time": instants.map((instant) => instant.toISOString()),
  date: instants.map((instant) => instant.toISOString().slice(0, 10)),
  timezone: fc.constantFrom("UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"),
  "clock-time": fc.constantFrom("00:00", "08:00", "12:30", "17:00", "23:59", "24:00"),
};

/** An id to be put in when the request is sent, when it is known what there is. */
export const idOf = (prefix: string) => fc.nat(1000).map((number) => `@id:${prefix}:${number}`);

const words = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      "Zurich",
      "Bern",
      "Region",
      "EMEA",
      "fiber cut",
      "UPS battery",
      "site",
      "HIGH",
      "a",
    ),
  },
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
);

/** Values that the schema takes, as far as it says so; rules between fields may still refuse them. */
export function fitting(schema: TSchema): fc.Arbitrary<unknown> {
  if (schema[Kind] === "Union") return fc.oneof(...(schema["anyOf"] as TSchema[]).map(fitting));
  if (schema[Kind] === "Literal") return fc.constant(schema["const"]);
  if (schema[Kind] === "Record") {
    const [value] = Object.values(schema["patternProperties"] as Fields) as [TSchema];
    return fc.dictionary(words, fitting(value), { maxKeys: 4, noNullPrototype: true });
  }
  switch (schema["type"]) {
    case "object":
      return fittingObject(schema);
    case "array":
      return fc.array(fitting(schema["items"] as TSchema), {
        minLength: schema["minItems"] ?? 0,
        maxLength: 4,
      });
    case "string":
      return fittingText(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "integer":
      return fc.integer({ min: schema["minimum"] ?? -5, max: Math.min(schema["maximum"] ?? 1000, 1e9) });
    default:
      return fc.constantFrom(schema["minimum"] ?? 0, schema["maximum"] ?? 1, 99.9, 99.95, 99.99999);
  }
}

function fittingObject(schema: TSchema): fc.Arbitrary<unknown> {
  const fields = Object.entries((schema["properties"] ?? {}) as Fields);
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  const entries = fields.map(([name, field]) => {
    const value = fitting(field).map((one) => [[name, one]] as [string, unknown][]);
    const absent = { weight: 2, arbitrary: fc.constant<[string, unknown][]>([]) };
    return required.has(name) ? value : fc.oneof({ weight: 1, arbitrary: value }, absent);
  });
  return fc.tuple(...entries).map((parts) => Object.fromEntries(parts.flat()));
}

function fittingText(schema: TSchema): fc.Arbitrary<string> {
  const { pattern, format, maxLength, minLength } = schema;
  const prefix = /^\^([a-z]+_)\[0-9a-zA-Z\]\{27\}\$$/.exec(pattern ?? "")?.[1];
  if (prefix) return idOf(prefix);
  if (format && BY_FORMAT[format]) return BY_FORMAT[format];
  if (pattern?.includes("@")) return fc.constantFrom("ops@example.invalid", "a.b+c@mail.example.invalid");
  if (String(schema["example"] ?? "").startsWith("https://")) return webhookUrls;
  return words.map((text) => text.slice(0, maxLength ?? 100).padEnd(minLength ?? 0, "x"));
}

/** To names that exist nowhere, and to addresses that must be refused. */
const webhookUrls = fc.constantFrom(
  ...[
    "https://hooks.invalid/nines",
    "https://hooks.invalid:8443/a?b=c",
    "http://127.0.0.1:1/",
    "http://[::1]:1/",
  ],
);

/** The value with one thing in it changed, anywhere. */
export function nearly(schema: TSchema): fc.Arbitrary<unknown> {
  return fc
    .tuple(fitting(schema), fc.nat(), fc.nat(5), hostileJson, hostileText)
    .map(([value, place, kind, other, key]) => changed(value, place, { kind, other, key }));
}

type Change = { kind: number; other: unknown; key: string };

function changed(value: unknown, place: number, change: Change): unknown {
  const isObject = typeof value === "object" && value !== null;
  const keys = isObject ? Object.keys(value) : [];
  // Here, or in one of the parts: the number says where.
  const choice = place % (keys.length + 1);
  if (!isObject || choice === keys.length) return changedHere(value, change);
  const key = keys[choice] as string;
  const part = changed(
    (value as Record<string, unknown>)[key],
    Math.floor(place / (keys.length + 1)),
    change,
  );
  if (Array.isArray(value)) return value.with(choice, part);
  return Object.fromEntries(keys.map((name) => [name, name === key ? part : Reflect.get(value, name)]));
}

function changedHere(value: unknown, { kind, other, key }: Change): unknown {
  if (Array.isArray(value)) {
    if (kind === 0) return [...value, ...value];
    if (kind === 1) return value.slice(1);
    if (kind === 2) return [...value, other];
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (kind === 0) return Object.fromEntries(entries.slice(1));
    if (kind < 3) return Object.fromEntries([...entries, [key, other]]);
  } else if (typeof value === "string" && kind < 2) return kind === 0 ? value + key : [value];
  else if (typeof value === "number" && kind < 3) return value + ([1, -1, 0.000001][kind] as number);
  return other;
}
