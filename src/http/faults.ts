// Fault records one at a time: list, create, retrieve, change, resolve, comment, delete.

import { Type } from "@sinclair/typebox";
import { status } from "elysia";
import { Comment, CommentInput, Fault, FaultInput, FaultPatch, ResolveInput } from "../model/fault.ts";
import { Nullable } from "../model/fields.ts";
import { othersTurn } from "../model/othersTurn.ts";
import { MOST_CHARACTERS } from "../store/faultList.ts";
import { costOfLooks } from "./caller/costs.ts";
import { cursorOf, cursorText, FaultFilterQuery, faultFilter } from "./faultQuery.ts";
import { answers, created, found, noContent } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { PageQuery } from "./kernel/query.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Faults";
const params = idParam("fault", "The fault's id");
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
const etag: EntityTag<Fault, { id: string }> = {
  current: ({ services: { store }, principal, params: { id } }) => store.faults.get(principal.workspace, id),
};
const readOnly = readOnlyFields(Fault, FaultInput);
const readOnlyInPatch = readOnlyFields(Fault, FaultPatch);

/** The operations on single faults. */
export const faultRoutes = (kernel: Kernel) =>
  kernel
    .get("/fault", listFaults, ListFaults)
    .post("/fault", createFault, CreateFault)
    .get("/fault/:id", getFault, GetFault)
    .patch("/fault/:id", updateFault, UpdateFault)
    .delete("/fault/:id", deleteFault, DeleteFault)
    .post("/fault/:id/resolve", resolveFault, ResolveFault)
    .post("/fault/:id/comments", commentFault, CommentFault);

const ListFaults = operation({
  operationId: "listFaults",
  tag,
  summary: "List faults",
  description:
    "Newest start first, page by page by `cursor`: nothing is skipped or told twice when faults come in meanwhile. Where few faults fit, a page may end early, even without any: go on while `meta.has_more`.",
  scopes: ["fault:read"],
  query: Type.Object({
    ...FaultFilterQuery,
    per_page: PageQuery.per_page,
    cursor: Type.Optional(
      Type.String({ maxLength: 200, description: "Where to go on: `meta.cursor` of the page before." }),
    ),
  }),
  answers: answers.one(CursorList, "Faults, newest start first."),
  refusals: ["parameter_invalid"],
});

/** So many faults are looked at for one page; then it ends, with fewer faults than were asked for. */
const MOST_LOOKS = 200_000;

async function listFaults({
  services: { store },
  principal,
  query,
  request,
}: CallOf<typeof ListFaults>): Promise<AnswerOf<typeof ListFaults>> {
  const { cursor, per_page = 50, ...rest } = query;
  const filter = faultFilter(rest);
  const data: Fault[] = [];
  let after = cursorOf(cursor);
  let [looked, room] = [0, MOST_CHARACTERS];
  do {
    if (looked > 0) await othersTurn();
    const page = { after, limit: per_page - data.length, room };
    const part = store.faults.list(principal.workspace, filter, page);
    principal.charge(Math.floor(costOfLooks(looked + part.looked)) - Math.floor(costOfLooks(looked)));
    data.push(...part.data);
    looked += part.looked;
    ({ next: after, room } = part);
  } while (after && data.length < per_page && room > 0 && looked < MOST_LOOKS && !request.signal.aborted);
  return {
    data,
    meta: { count: data.length, cursor: after && cursorText(after), has_more: after !== null },
  };
}

const CreateFault = operation({
  operationId: "createFault",
  tag,
  etag,
  summary: "Record a fault",
  description:
    "Needs `site_id` or, for a fault of a WAN link, `resource_id`. Without `resolved_at` the outage lasts until the fault is resolved. A fault with an `external_id` can be recorded once.",
  scopes: ["fault:write"],
  body: FaultInput,
  readOnly,
  answers: answers.made(Fault, "The new fault."),
  refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "already_exists"],
});

async function createFault({
  services: { store },
  principal,
  body,
  set,
}: CallOf<typeof CreateFault>): Promise<AnswerOf<typeof CreateFault>> {
  const fault = await store.write(() => store.faults.create(principal.workspace, body));
  return created(set, fault, `/fault/${fault.id}`);
}

const GetFault = operation({
  operationId: "getFault",
  tag,
  etag,
  summary: "Retrieve a fault",
  scopes: ["fault:read"],
  params,
  answers: answers.one(Fault, "The fault."),
  refusals: ["not_found"],
});

function getFault({
  services: { store },
  principal,
  params: { id },
}: CallOf<typeof GetFault>): AnswerOf<typeof GetFault> {
  return found(store.faults.get(principal.workspace, id), "fault", id);
}

const UpdateFault = operation({
  operationId: "updateFault",
  tag,
  etag,
  summary: "Change some fields of a fault",
  description: "A fault stays at its site; to move it, delete it and record it anew.",
  scopes: ["fault:write"],
  params,
  body: FaultPatch,
  readOnly: readOnlyInPatch,
  answers: answers.one(Fault, "The fault as it is now."),
  refusals: ["parameter_invalid", "already_exists", "not_found"],
});

async function updateFault(call: CallOf<typeof UpdateFault>): Promise<AnswerOf<typeof UpdateFault>> {
  const { services, principal, params, body } = call;
  const change = () => services.store.faults.update(principal.workspace, params.id, body);
  return found(await unlessChanged(call, etag, change), "fault", params.id);
}

const DeleteFault = operation({
  operationId: "deleteFault",
  tag,
  etag,
  summary: "Delete a fault with its comments",
  description: "For good. Finished reports stay as they are; new ones do not know of it.",
  scopes: ["fault:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found"],
});

async function deleteFault(call: CallOf<typeof DeleteFault>): Promise<AnswerOf<typeof DeleteFault>> {
  const { services, principal, params } = call;
  const remove = () => services.store.faults.remove(principal.workspace, params.id);
  found((await unlessChanged(call, etag, remove)) || null, "fault", params.id);
  return noContent();
}

const ResolveFault = operation({
  operationId: "resolveFault",
  tag,
  etag,
  summary: "Say that an outage is over",
  description:
    "Ends it at `resolved_at`, or now when the body is left out. A fault that is resolved already is a conflict.",
  scopes: ["fault:write"],
  params,
  body: ResolveInput,
  bodyOptional: true,
  answers: answers.one(Fault, "The fault as it is now."),
  refusals: ["parameter_invalid", "conflict", "not_found"],
});

async function resolveFault(call: CallOf<typeof ResolveFault>): Promise<AnswerOf<typeof ResolveFault>> {
  const { services, principal, params, body } = call;
  const change = () => services.store.faults.resolve(principal.workspace, params.id, body.resolved_at);
  return found(await unlessChanged(call, etag, change), "fault", params.id);
}

const CommentFault = operation({
  operationId: "commentFault",
  tag,
  summary: "Add a comment to a fault",
  description: "Comments are printed in reports below the incident.",
  scopes: ["fault:write"],
  params,
  body: CommentInput,
  answers: { 201: { description: "The comment.", schema: Comment } },
  refusals: ["parameter_missing", "parameter_invalid", "not_found"],
});

async function commentFault({
  services: { store },
  principal,
  params: { id },
  body,
}: CallOf<typeof CommentFault>): Promise<AnswerOf<typeof CommentFault>> {
  const comment = { author: principal.subject, text: body.text };
  const kept = await store.write(() => store.faults.comment(principal.workspace, id, comment));
  return status(201, found(kept, "fault", id));
}
