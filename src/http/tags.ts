// Tags: what keys and values the sites have; and tags as query parameters.
import { Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import type { Rule } from "../sla/selection.ts";
import { summariseTags } from "../store/tags.ts";
import { ok } from "./kernel/answers.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";

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
      { description: "The values that sites have for the key." },
    ),
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

/** The route of tags. */
export function tagRoutes({ store }: Services): Route[] {
  return [
    route({
      method: "GET",
      path: "/tags",
      operationId: "listTags",
      tag: "Sites",
      summary: "List tag keys with their values and counts",
      scopes: ["sla:read", "fault:read"],
      answers: {
        200: {
          description: "All tags, by key.",
          schema: Type.Object({ data: Type.Array(TagSummary, { description: "The keys." }) }),
        },
      },
      refusals: [],
      handle: (call) => ok({ data: summariseTags(store.context, workspaceOf(call)) }),
    }),
  ];
}
