// Cause patterns: the table of words by which causes are sorted into categories, one table a workspace.
import { type Static, Type } from "@sinclair/typebox";
import { CATEGORIES, wordWithoutMatch } from "../sla/causes.ts";
import { NinesError } from "./errors.ts";
import { Instant, Nullable, OneOf } from "./fields.ts";

const CausePattern = Type.Object(
  {
    category: OneOf([...CATEGORIES], "What kind of cause it is."),
    pattern: Type.String({
      minLength: 1,
      maxLength: 500,
      description:
        "Words with `|` between. One matches where a word of the cause begins with it, in any case; one that ends in a space matches whole words only.",
      example: "ups |generator|batter",
    }),
  },
  { additionalProperties: false },
);
const data = Type.Array(CausePattern, {
  maxItems: 200,
  description:
    "The lines of the table, of which the first that matches decides: over the fault's cause, else over its type; else it is `other`.",
});

export const CausePatternsInput = Type.Object(
  { data },
  { $id: "CausePatternsInput", additionalProperties: false },
);
export type CausePatternsInput = Static<typeof CausePatternsInput>;

export const CausePatterns = Type.Object(
  {
    data,
    is_default: Type.Boolean({ description: "Whether these are the words that Nines comes with." }),
    updated_at: Nullable(Instant("When the table was last set; null for the default one.")),
  },
  { $id: "CausePatterns" },
);
export type CausePatterns = Static<typeof CausePatterns>;

/** Refuses words that could never match. */
export function checkCausePatterns({ data: lines }: CausePatternsInput): void {
  lines.forEach(({ pattern }, index) => {
    const word = wordWithoutMatch(pattern);
    if (word === null) return;
    throw new NinesError("parameter_invalid", {
      param: `data[${index}].pattern`,
      message: `'data[${index}].pattern' must be words with '|' between, each with a letter or a digit, but has '${word.slice(0, 40)}'.`,
    });
  });
}
