// Answers in their few shapes, and how routes describe them.
import { type TSchema, Type } from "@sinclair/typebox";
import { NinesError } from "../../model/errors.ts";
import type { Page, PageRequest } from "../../store/database/context.ts";
import type { AnswerDoc } from "./route.ts";

const PageMeta = Type.Object(
  {
    page: Type.Integer({ description: "The page that this is, counted from 1." }),
    per_page: Type.Integer({ description: "Entries on a full page." }),
    total: Type.Integer({ description: "Entries on all pages together." }),
    last_page: Type.Integer({ description: "The number of the last page; 1 for an empty list." }),
  },
  { $id: "PageMeta" },
);

/** The envelope of a paged list. */
export const pageSchema = (item: TSchema) =>
  Type.Object({ data: Type.Array(item, { description: "The entries of this page." }), meta: PageMeta });

/** 200 with a JSON body. */
export function ok(body: unknown, headers?: Record<string, string>): Response {
  return Response.json(body, headers ? { headers } : undefined);
}

/** 201 with the new object and where it is. */
export function created(body: unknown, location: string): Response {
  return Response.json(body, { status: 201, headers: { Location: location } });
}

/** 204: done, nothing to say. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** A page of a list in its envelope. */
export function pageAnswer<T>(page: Page<T>, { page: number, perPage }: PageRequest): Response {
  return ok({
    data: page.data,
    meta: {
      page: number,
      per_page: perPage,
      total: page.total,
      last_page: Math.max(1, Math.ceil(page.total / perPage)),
    },
  });
}

/** The object, or a refusal with 404 that says what was looked for. */
export function found<T>(object: T | null, what: string, id: string): T {
  if (object !== null) return object;
  throw new NinesError("not_found", {
    message: `There is no ${what} '${id.slice(0, 80)}' in this workspace.`,
  });
}

/** Descriptions of the answers that many routes give. */
export const answers = {
  one: (schema: TSchema, description: string): Record<number, AnswerDoc> => ({
    200: { description, schema },
  }),
  list: (item: TSchema, description: string): Record<number, AnswerDoc> => ({
    200: { description, schema: pageSchema(item) },
  }),
  made: (schema: TSchema, description: string): Record<number, AnswerDoc> => ({
    201: { description, schema, headers: { Location: "Where the new object is." } },
  }),
  gone: { 204: { description: "Deleted." } } as Record<number, AnswerDoc>,
};
