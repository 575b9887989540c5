// Schemas of single fields that several objects share.
import { type TSchema, Type } from "@sinclair/typebox";
import "./formats.ts";
import { ID_PREFIXES, type IdKind, idPattern } from "./ids.ts";

/** Text of 1 to `maxLength` characters without control characters; not only white space. */
export const Text = (maxLength: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: "^(?=[\\s\\S]*\\S)[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$",
    description,
  });

/** The id of an object of this kind. */
export const Id = (kind: IdKind, description: string) =>
  Type.String({
    pattern: idPattern(kind),
    description,
    example: `${ID_PREFIXES[kind]}2ayc4Yy6w3g7Y2j4g4g4Yy6w3g7`,
  });

export const Instant = (description: string) =>
  Type.String({ format: "date-time", description, example: "2026-02-17T15:30:55Z" });

export const CalendarDate = (description: string, example = "2026-02-01") =>
  Type.String({ format: "date", description, example });

export const ZoneName = (description: string) =>
  Type.String({ format: "timezone", description, example: "Europe/Zurich" });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** An address such as "a.b@example.com": plain ASCII, no quotes, no comments, nothing that could end a header. */
export const EmailAddress = (description: string) =>
  Type.String({
    minLength: 6,
    maxLength: 254,
    // Every repetition is bounded or ends at a character that it cannot contain: read in linear time.
    pattern:
      "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,9}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.){1,9}[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$",
    inWords: "an e-mail address such as reports@example.com, in plain ASCII",
    description,
    example: "reports@example.com",
  });

/** One of a few words. */
export const OneOf = <const T extends string[]>(words: [...T], description: string) =>
  Type.Unsafe<T[number]>(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      { description },
    ),
  );

/** A rule that a site matches when it has the tag `key` (in any case) with exactly the value `value`. */
export const SelectionRule = Type.Object(
  {
    key: Text(100, "Tag key; compared without regard to case."),
    value: Text(200, "Tag value; compared exactly."),
  },
  { additionalProperties: false },
);
