// Answers in their few shapes, and how operations describe them.
import { type TSchema, Type } from "@sinclair/typebox";
import { type Context, status } from "elysia";
import { NinesError } from "../../model/errors.ts";
import type { JsonBytes } from "../../model/writtenJson.ts";
import { type Page, type PageRequest, pageMeta } from "../../store/database/context.ts";

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
const pageSchema = <S extends TSchema>(item: S) =>
  Type.Object({ data: Type.Array(item, { description: "The entries of this page." }), meta: PageMeta });

/** 201 with the new object and where it is. */
export function created<T>(set: Context["set"], body: T, location: string) {
  set.headers["location"] = location;
  return status(201, body);
}

/** 204: done, nothing to say. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** A body in JSON that was written elsewhere already; the kernel sends it as it sends what it writes itself. */
export class WrittenJson {
  constructor(readonly bytes: Uint8Array<ArrayBuffer>) {}
}

/** Such a body, for a handler: to its schema it is what was written. */
export function writtenJson<T>(bytes: JsonBytes<T>): T {
  return new WrittenJson(bytes) as T;
}

/** A page of a list in its envelope. */
export function pageAnswer<T>({ data, total }: Page<T>, page: PageRequest) {
  return { data, meta: pageMeta(total, page) };
}

/** The object, or a refusal with 404 that says what was looked for. */
export function found<T>(object: T | null, what: string, id: string): T {
  if (object !== null) return object;
  throw new NinesError("not_found", {
    message: `There is no ${what} '${id.slice(0, 80)}' in this workspace.`,
  });
}

/** Descriptions of the answers that many operations give. */
export const answers = {
  one: <S extends TSchema>(schema: S, description: string) => ({ 200: { description, schema } }),
  list: <S extends TSchema>(item: S, description: string) => ({
    200: { description, schema: pageSchema(item) },
  }),
  made: <S extends TSchema>(schema: S, description: string) => ({
    201: { description, schema, headers: { Location: "Where the new object is." } },
  }),
  gone: { 204: { description: "Deleted." } },
};
