// Cause patterns: retrieve, replace, go back to the default ones.
import { CausePatterns, CausePatternsInput, checkCausePatterns } from "../model/causePattern.ts";
import { answers, noContent, ok } from "./kernel/answers.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Cause Patterns";
const path = "/cause-patterns";

/** The routes of cause patterns. */
export function causePatternRoutes({ store }: Services): Route[] {
  return [
    route({
      method: "GET",
      path,
      operationId: "getCausePatterns",
      tag,
      summary: "Retrieve the cause patterns",
      description: "The table by which reports and `GET /uptime` sort causes into categories.",
      scopes: ["sla:read"],
      answers: answers.one(CausePatterns, "The table."),
      refusals: [],
      handle: (call) => ok(store.causePatterns.get(workspaceOf(call))),
    }),
    route({
      method: "PUT",
      path,
      operationId: "replaceCausePatterns",
      tag,
      summary: "Replace the cause patterns",
      description:
        "The whole table, in its order. Finished reports stay as they are: each holds the table it used.",
      scopes: ["sla:write"],
      body: CausePatternsInput,
      readOnly: readOnlyFields(CausePatterns, CausePatternsInput),
      answers: answers.one(CausePatterns, "The table as it is now."),
      refusals: ["parameter_missing", "parameter_invalid"],
      handle: (call) => {
        checkCausePatterns(call.body);
        return ok(store.causePatterns.replace(workspaceOf(call), call.body));
      },
    }),
    route({
      method: "DELETE",
      path,
      operationId: "resetCausePatterns",
      tag,
      summary: "Go back to the default cause patterns",
      scopes: ["sla:write"],
      answers: { 204: { description: "The default table is in use." } },
      refusals: [],
      handle: (call) => {
        store.causePatterns.reset(workspaceOf(call));
        return noContent();
      },
    }),
  ];
}
