// Business hours: list, create, retrieve, replace, delete.
import { Type } from "@sinclair/typebox";
import { BusinessHours, BusinessHoursInput } from "../model/businessHours.ts";
import { checkBusinessHours } from "../model/businessHoursRules.ts";
import { answers, created, found, noContent, ok, pageAnswer } from "./kernel/answers.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Business Hours";
const readOnly = readOnlyFields(BusinessHours, BusinessHoursInput);

/** The routes of business hours. */
export function businessHoursRoutes({ store }: Services): Route[] {
  const idOf = (call: { params: Record<string, string> }) => call.params["id"] ?? "";
  return [
    route({
      method: "GET",
      path: "/business-hours",
      operationId: "listBusinessHours",
      tag,
      summary: "List business hours",
      scopes: ["sla:read"],
      query: Type.Object(PageQuery),
      answers: answers.list(BusinessHours, "Business hours, newest first."),
      refusals: [],
      handle: (call) => {
        const page = pageOf(call.query);
        return pageAnswer(store.businessHours.list(workspaceOf(call), page), page);
      },
    }),
    route({
      method: "POST",
      path: "/business-hours",
      operationId: "createBusinessHours",
      tag,
      summary: "Create business hours",
      scopes: ["sla:write"],
      body: BusinessHoursInput,
      readOnly,
      answers: answers.made(BusinessHours, "The new hours."),
      refusals: ["parameter_missing", "parameter_invalid"],
      handle: (call) => {
        checkBusinessHours(call.body);
        const hours = store.businessHours.create(workspaceOf(call), call.body);
        return created(hours, `/business-hours/${hours.id}`);
      },
    }),
    route({
      method: "GET",
      path: "/business-hours/{id}",
      operationId: "getBusinessHours",
      tag,
      summary: "Retrieve business hours",
      scopes: ["sla:read"],
      answers: answers.one(BusinessHours, "The hours."),
      refusals: ["not_found"],
      handle: (call) =>
        ok(found(store.businessHours.get(workspaceOf(call), idOf(call)), "business hours", idOf(call))),
    }),
    route({
      method: "PUT",
      path: "/business-hours/{id}",
      operationId: "replaceBusinessHours",
      tag,
      summary: "Replace business hours",
      description: "Finished reports stay as they are.",
      scopes: ["sla:write"],
      body: BusinessHoursInput,
      readOnly,
      answers: answers.one(BusinessHours, "The hours as they are now."),
      refusals: ["parameter_missing", "parameter_invalid", "not_found"],
      handle: (call) => {
        checkBusinessHours(call.body);
        return ok(
          found(
            store.businessHours.replace(workspaceOf(call), idOf(call), call.body),
            "business hours",
            idOf(call),
          ),
        );
      },
    }),
    route({
      method: "DELETE",
      path: "/business-hours/{id}",
      operationId: "deleteBusinessHours",
      tag,
      summary: "Delete business hours",
      description: "Not while a schedule uses them.",
      scopes: ["sla:write"],
      answers: answers.gone,
      refusals: ["not_found", "in_use"],
      handle: (call) => {
        found(
          store.businessHours.remove(workspaceOf(call), idOf(call)) || null,
          "business hours",
          idOf(call),
        );
        return noContent();
      },
    }),
  ];
}
