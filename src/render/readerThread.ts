// A reader thread: computes what is asked of the database at once, so that the API stays quick meanwhile.
import "../env.ts";
import { failureOf } from "../model/failure.ts";
import type { JsonBytes } from "../model/writtenJson.ts";
import { type Database, openForReading } from "../store/database/open.ts";
import { makeAnswer } from "./makeAnswer.ts";
import type { ReadAnswer, ReadOrder } from "./messages.ts";

declare const self: Worker;

let db: Database | null = null;

function answer(message: ReadAnswer, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, transfer);
}

self.onmessage = ({ data: { databasePath, ask } }: MessageEvent<ReadOrder>) => {
  try {
    db ??= openForReading(databasePath);
    const bytes = makeAnswer(db, ask, (units) => answer({ kind: "judged", units }));
    answer({ kind: "done", bytes: bytes as JsonBytes<never> }, [bytes.buffer]);
  } catch (error) {
    answer(failureOf(error));
  }
};
