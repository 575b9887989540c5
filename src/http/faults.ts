// Fault records one at a time: list, create, retrieve, change, resolve, comment, delete.
import { Type } from "@sinclair/typebox";
import { Comment, CommentInput, Fault, FaultInput, FaultPatch, ResolveInput } from "../model/fault.ts";
import { Nullable } from "../model/fields.ts";
import { cursorOf, cursorText, FaultFilterQuery, faultFilter } from "./faultQuery.ts";
import { answers, created, found, noContent, ok } from "./kernel/answers.ts";
import { PageQuery } from "./kernel/query.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Faults";
const CursorList = Type.Object({
  data: Type.Array(Fault, { description: "The entries of this page." }),
  meta: Type.Object(
    {
      count: Type.Integer({ description: "Entries on this page." }),
      cursor: Nullable(
        Type.String({ description: "Give it as `cursor` to get the next page; null on the last one." }),
      ),
      has_more: Type.Boolean({ description: "Whether there is a next page." }),
    },
    { $id: "CursorMeta" },
  ),
});
const readOnly = readOnlyFields(Fault, FaultInput);
const readOnlyInPatch = readOnlyFields(Fault, FaultPatch);

/** The routes of single faults. */
export function faultRoutes({ store }: Services): Route[] {
  const idOf = (call: { params: Record<string, string> }) => call.params["id"] ?? "";
  return [
    route({
      method: "GET",
      path: "/fault",
      operationId: "listFaults",
      tag,
      summary: "List faults",
      description:
        "Newest start first, page by page by `cursor`: nothing is skipped or told twice when faults come in meanwhile.",
      scopes: ["fault:read"],
      query: Type.Object({
        ...FaultFilterQuery,
        per_page: PageQuery.per_page,
        cursor: Type.Optional(
          Type.String({ maxLength: 200, description: "Where to go on: `meta.cursor` of the page before." }),
        ),
      }),
      answers: { 200: { description: "Faults, newest start first.", schema: CursorList } },
      refusals: ["parameter_invalid"],
      handle: (call) => {
        const { cursor, per_page = 50, ...filter } = call.query;
        const { data, next } = store.faults.list(workspaceOf(call), faultFilter(filter), {
          after: cursorOf(cursor),
          limit: per_page,
        });
        return ok({
          data,
          meta: { count: data.length, cursor: next && cursorText(next), has_more: next !== null },
        });
      },
    }),
    route({
      method: "POST",
      path: "/fault",
      operationId: "createFault",
      tag,
      summary: "Record a fault",
      description:
        "Needs `site_id` or, for a fault of a WAN link, `resource_id`. Without `resolved_at` the outage lasts until the fault is resolved. A fault with an `external_id` can be recorded once.",
      scopes: ["fault:write"],
      body: FaultInput,
      readOnly,
      answers: answers.made(Fault, "The new fault."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "already_exists"],
      handle: (call) => {
        const fault = store.faults.create(workspaceOf(call), call.body);
        return created(fault, `/fault/${fault.id}`);
      },
    }),
    route({
      method: "GET",
      path: "/fault/{id}",
      operationId: "getFault",
      tag,
      summary: "Retrieve a fault",
      scopes: ["fault:read"],
      answers: answers.one(Fault, "The fault."),
      refusals: ["not_found"],
      handle: (call) => ok(found(store.faults.get(workspaceOf(call), idOf(call)), "fault", idOf(call))),
    }),
    route({
      method: "PATCH",
      path: "/fault/{id}",
      operationId: "updateFault",
      tag,
      summary: "Change some fields of a fault",
      description: "A fault stays at its site; to move it, delete it and record it anew.",
      scopes: ["fault:write"],
      body: FaultPatch,
      readOnly: readOnlyInPatch,
      answers: answers.one(Fault, "The fault as it is now."),
      refusals: ["parameter_invalid", "already_exists", "not_found"],
      handle: (call) =>
        ok(found(store.faults.update(workspaceOf(call), idOf(call), call.body), "fault", idOf(call))),
    }),
    route({
      method: "DELETE",
      path: "/fault/{id}",
      operationId: "deleteFault",
      tag,
      summary: "Delete a fault with its comments",
      description: "For good. Finished reports stay as they are; new ones do not know of it.",
      scopes: ["fault:write"],
      answers: answers.gone,
      refusals: ["not_found"],
      handle: (call) => {
        found(store.faults.remove(workspaceOf(call), idOf(call)) || null, "fault", idOf(call));
        return noContent();
      },
    }),
    route({
      method: "POST",
      path: "/fault/{id}/resolve",
      operationId: "resolveFault",
      tag,
      summary: "Say that an outage is over",
      description:
        "Ends it at `resolved_at`, or now when the body is left out. A fault that is resolved already is a conflict.",
      scopes: ["fault:write"],
      body: ResolveInput,
      bodyOptional: true,
      answers: answers.one(Fault, "The fault as it is now."),
      refusals: ["parameter_invalid", "conflict", "not_found"],
      handle: (call) => {
        const resolved = store.faults.resolve(workspaceOf(call), idOf(call), call.body.resolved_at);
        return ok(found(resolved, "fault", idOf(call)));
      },
    }),
    route({
      method: "POST",
      path: "/fault/{id}/comments",
      operationId: "commentFault",
      tag,
      summary: "Add a comment to a fault",
      description: "Comments are printed in reports below the incident.",
      scopes: ["fault:write"],
      body: CommentInput,
      answers: { 201: { description: "The comment.", schema: Comment } },
      refusals: ["parameter_missing", "parameter_invalid", "not_found"],
      handle: (call) => {
        const made = store.faults.comment(workspaceOf(call), idOf(call), {
          author: call.principal.subject,
          text: call.body.text,
        });
        return Response.json(found(made, "fault", idOf(call)), { status: 201 });
      },
    }),
  ];
}
