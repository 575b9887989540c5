// What clients in TypeScript know of the API: the types of the mounted operations, as they were declared.
import { expect, test } from "bun:test";
import type { Api } from "../../src/http/routes.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless it is true. */
const holds = <Claim extends true>(claim: Claim) => claim;

test("an operation's body and answers have the types of their schemas", () => {
  type Sites = Api["sites"];
  type Run = Api["reports"]["sla"]["schedules"][":scheduleId"]["run"]["post"];
  expect([
    holds<Same<Sites["post"]["body"]["name"], string>>(true),
    holds<Same<Sites[":id"]["get"]["response"][200]["tags"][string], string | string[]>>(true),
    holds<Same<Run["body"], { from_date: string; to_date: string }>>(true),
    holds<Same<Run["response"][202]["report_id"], string>>(true),
    holds<Same<Sites["get"]["query"]["per_page"], number | undefined>>(true),
  ]).toEqual([true, true, true, true, true]);
});
