// What reader threads are asked for, and the answer as bytes of JSON.
import type { Database } from "../store/database/open.ts";
import { makeTagged, type TaggedAsk } from "./makeTagged.ts";
import { makeUptime, type UptimeAsk } from "./makeUptime.ts";

export type ReadAsk = UptimeAsk | TaggedAsk;

const encoder = new TextEncoder();

/** Answers within one state of the database. `onWork` is told what it costs in units of report/work.ts, in parts. */
export function makeAnswer(db: Database, ask: ReadAsk, onWork: (units: number) => void): Uint8Array {
  const answer = db.transaction(() =>
    ask.kind === "uptime" ? makeUptime(db, ask, onWork) : makeTagged({ db }, ask, onWork),
  )();
  return encoder.encode(JSON.stringify(answer));
}
