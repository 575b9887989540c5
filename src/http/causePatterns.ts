// Cause patterns: retrieve, replace, go back to the default ones.
import { CausePatterns, CausePatternsInput, checkCausePatterns } from "../model/causePattern.ts";
import { answers, noContent } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Cause Patterns";
const etag: EntityTag<CausePatterns> = {
  current: ({ services: { store }, principal }) => store.causePatterns.get(principal.workspace),
};

/** The operations on cause patterns. */
export const causePatternRoutes = (kernel: Kernel) =>
  kernel
    .get("/cause-patterns", getCausePatterns, GetCausePatterns)
    .put("/cause-patterns", replaceCausePatterns, ReplaceCausePatterns)
    .delete("/cause-patterns", resetCausePatterns, ResetCausePatterns);

const GetCausePatterns = operation({
  operationId: "getCausePatterns",
  tag,
  etag,
  summary: "Retrieve the cause patterns",
  description: "The table by which reports and `GET /uptime` sort causes into categories.",
  scopes: ["sla:read"],
  answers: answers.one(CausePatterns, "The table."),
  refusals: [],
});

function getCausePatterns({
  services: { store },
  principal,
}: CallOf<typeof GetCausePatterns>): AnswerOf<typeof GetCausePatterns> {
  return store.causePatterns.get(principal.workspace);
}

const ReplaceCausePatterns = operation({
  operationId: "replaceCausePatterns",
  tag,
  etag,
  summary: "Replace the cause patterns",
  description:
    "The whole table, in its order. Finished reports stay as they are: each holds the table it used.",
  scopes: ["sla:write"],
  body: CausePatternsInput,
  readOnly: readOnlyFields(CausePatterns, CausePatternsInput),
  answers: answers.one(CausePatterns, "The table as it is now."),
  refusals: ["parameter_missing", "parameter_invalid"],
});

async function replaceCausePatterns(
  call: CallOf<typeof ReplaceCausePatterns>,
): Promise<AnswerOf<typeof ReplaceCausePatterns>> {
  const { services, principal, body } = call;
  checkCausePatterns(body);
  return unlessChanged(call, etag, () => services.store.causePatterns.replace(principal.workspace, body));
}

const ResetCausePatterns = operation({
  operationId: "resetCausePatterns",
  tag,
  etag,
  summary: "Go back to the default cause patterns",
  scopes: ["sla:write"],
  answers: { 204: { description: "The default table is in use." } },
  refusals: [],
});

async function resetCausePatterns(
  call: CallOf<typeof ResetCausePatterns>,
): Promise<AnswerOf<typeof ResetCausePatterns>> {
  const { services, principal } = call;
  await unlessChanged(call, etag, () => services.store.causePatterns.reset(principal.workspace));
  return noContent();
}
