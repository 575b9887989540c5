// Tags: what keys and values the sites have; and tags as query parameters.
import { Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import type { Rule } from "../sla/selection.ts";
import { readCall } from "./caller/costs.ts";
import { answers, writtenJson } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";

/** How a tag is written in a query. */
export const TagParameter = { description: "A tag as Key:Value.", example: "Region:EMEA", maxLength: 301 };

const TagSummary = Type.Object(
  {
    key: Type.String({
      description: "The tag's key, as the first site wrote it: case does not tell keys apart.",
    }),
    sites: Type.Integer({ description: "Sites that have the key." }),
    values: Type.Array(
      Type.Object({
        value: Type.String({ description: "One value of the tag." }),
        sites: Type.Integer({ description: "Sites that have it." }),
      }),
      {
        description: "The values that sites have for the key; those at most sites, when there are thousands.",
      },
    ),
    value_count: Type.Integer({ description: "How many values there are, listed or not." }),
  },
  { $id: "TagSummary" },
);

/** Reads "Key:Value"; the value may hold further colons. */
export function tagRule(text: string, param: string): Rule {
  const colon = text.indexOf(":");
  if (colon > 0 && colon < text.length - 1)
    return { key: text.slice(0, colon), value: text.slice(colon + 1) };
  throw new NinesError("parameter_invalid", {
    param,
    message: `'${param}' must be a tag as Key:Value, such as Region:EMEA, but is '${text.slice(0, 80)}'.`,
  });
}

/** The operation on tags. */
export const tagRoutes = (kernel: Kernel) => kernel.get("/tags", listTags, ListTags);

const ListTags = operation({
  operationId: "listTags",
  tag: "Sites",
  summary: "List tag keys with their values and counts",
  description: "At most 1,000 keys, and 10,000 values of all of them; the counts are of all there are.",
  scopes: ["sla:read", "fault:read"],
  answers: answers.one(
    Type.Object({
      data: Type.Array(TagSummary, {
        description: "The keys; those at most sites, when there are thousands.",
      }),
      key_count: Type.Integer({ description: "How many keys there are, listed or not." }),
    }),
    "All tags, by key.",
  ),
  refusals: ["too_many_computations", "computation_unavailable"],
});

async function listTags({
  services,
  principal,
  request,
}: CallOf<typeof ListTags>): Promise<AnswerOf<typeof ListTags>> {
  const ask = { kind: "tags", workspace: principal.workspace } as const;
  return writtenJson(await services.read(ask, readCall(request, principal)));
}
