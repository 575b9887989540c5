// Business hours: list, create, retrieve, replace, delete.
import { Type } from "@sinclair/typebox";
import { BusinessHours, BusinessHoursInput } from "../model/businessHours.ts";
import { checkBusinessHours } from "../model/businessHoursRules.ts";
import { answers, created, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Business Hours";
const what = "business hours";
const params = idParam("businessHours", "The id of the business hours");
const etag: EntityTag<BusinessHours, { id: string }> = {
  current: ({ services: { store }, principal, params: { id } }) =>
    store.businessHours.get(principal.workspace, id),
};
const readOnly = readOnlyFields(BusinessHours, BusinessHoursInput);

/** The operations on business hours. */
export const businessHoursRoutes = (kernel: Kernel) =>
  kernel
    .get("/business-hours", listBusinessHours, ListBusinessHours)
    .post("/business-hours", createBusinessHours, CreateBusinessHours)
    .get("/business-hours/:id", getBusinessHours, GetBusinessHours)
    .put("/business-hours/:id", replaceBusinessHours, ReplaceBusinessHours)
    .delete("/business-hours/:id", deleteBusinessHours, DeleteBusinessHours);

const ListBusinessHours = operation({
  operationId: "listBusinessHours",
  tag,
  summary: "List business hours",
  scopes: ["sla:read"],
  query: Type.Object(PageQuery),
  answers: answers.list(BusinessHours, "Business hours, newest first."),
  refusals: [],
});

function listBusinessHours({
  services: { store },
  principal,
  query,
}: CallOf<typeof ListBusinessHours>): AnswerOf<typeof ListBusinessHours> {
  const page = pageOf(query);
  return pageAnswer(store.businessHours.list(principal.workspace, page), page);
}

const CreateBusinessHours = operation({
  operationId: "createBusinessHours",
  tag,
  etag,
  summary: "Create business hours",
  scopes: ["sla:write"],
  body: BusinessHoursInput,
  readOnly,
  answers: answers.made(BusinessHours, "The new hours."),
  refusals: ["parameter_missing", "parameter_invalid"],
});

async function createBusinessHours({
  services: { store },
  principal,
  body,
  set,
}: CallOf<typeof CreateBusinessHours>): Promise<AnswerOf<typeof CreateBusinessHours>> {
  checkBusinessHours(body);
  const hours = await store.write(() => store.businessHours.create(principal.workspace, body));
  return created(set, hours, `/business-hours/${hours.id}`);
}

const GetBusinessHours = operation({
  operationId: "getBusinessHours",
  tag,
  etag,
  summary: "Retrieve business hours",
  scopes: ["sla:read"],
  params,
  answers: answers.one(BusinessHours, "The hours."),
  refusals: ["not_found"],
});

function getBusinessHours({
  services: { store },
  principal,
  params: { id },
}: CallOf<typeof GetBusinessHours>): AnswerOf<typeof GetBusinessHours> {
  return found(store.businessHours.get(principal.workspace, id), what, id);
}

const ReplaceBusinessHours = operation({
  operationId: "replaceBusinessHours",
  tag,
  etag,
  summary: "Replace business hours",
  description: "Finished reports stay as they are.",
  scopes: ["sla:write"],
  params,
  body: BusinessHoursInput,
  readOnly,
  answers: answers.one(BusinessHours, "The hours as they are now."),
  refusals: ["parameter_missing", "parameter_invalid", "not_found"],
});

async function replaceBusinessHours(
  call: CallOf<typeof ReplaceBusinessHours>,
): Promise<AnswerOf<typeof ReplaceBusinessHours>> {
  const { services, principal, params, body } = call;
  checkBusinessHours(body);
  const change = () => services.store.businessHours.replace(principal.workspace, params.id, body);
  return found(await unlessChanged(call, etag, change), what, params.id);
}

const DeleteBusinessHours = operation({
  operationId: "deleteBusinessHours",
  tag,
  etag,
  summary: "Delete business hours",
  description: "Not while a schedule uses them.",
  scopes: ["sla:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found", "in_use"],
});

async function deleteBusinessHours(
  call: CallOf<typeof DeleteBusinessHours>,
): Promise<AnswerOf<typeof DeleteBusinessHours>> {
  const { services, principal, params } = call;
  const remove = () => services.store.businessHours.remove(principal.workspace, params.id);
  found((await unlessChanged(call, etag, remove)) || null, what, params.id);
  return noContent();
}
