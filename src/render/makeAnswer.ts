// What reader threads are asked for, and the answer as bytes of JSON.
import { type JsonBytes, jsonBytes } from "../model/writtenJson.ts";
import type { UptimeFigures } from "../report/instantUptime.ts";
import { inReadTransaction } from "../store/database/context.ts";
import type { Database } from "../store/database/open.ts";
import { makeTagged, type TaggedAnswer, type TaggedAsk } from "./makeTagged.ts";
import { makeUptime, type UptimeAsk } from "./makeUptime.ts";

export type ReadAsk = UptimeAsk | TaggedAsk;
export type AnswerTo<A extends ReadAsk> = A extends TaggedAsk ? TaggedAnswer<A> : UptimeFigures;

/** Answers within one state of the database. `onWork` is told what it costs in units of report/work.ts, in parts. */
export function makeAnswer<A extends ReadAsk>(
  db: Database,
  ask: A,
  onWork: (units: number) => void,
): JsonBytes<AnswerTo<A>> {
  const answer = inReadTransaction(db, () =>
    ask.kind === "uptime" ? makeUptime(db, ask, onWork) : makeTagged({ db }, ask, onWork),
  );
  return jsonBytes(answer as AnswerTo<A>);
}
