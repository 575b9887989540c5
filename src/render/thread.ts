// The render thread: computes reports and writes their files, so that the API stays quick meanwhile.
import "../env.ts";
import { failureOf } from "../model/failure.ts";
import { type Database, openForReading } from "../store/database/open.ts";
import { loadFonts } from "./fonts.ts";
import { makeReport } from "./makeReport.ts";
import { noteMemory } from "./memory.ts";
import type { RenderAnswer, RenderOrder } from "./messages.ts";

declare const self: Worker;

/** Beside every step of a report: while it waits for something. */
const NOTE_EVERY_MS = 100;
/** To measure the memory takes a quarter of a millisecond: steps that come sooner are passed over. */
const TELL_EVERY_MS = 20;

let db: Database | null = null;
let fonts: ReturnType<typeof loadFonts> | null = null;

async function make(order: RenderOrder): Promise<RenderAnswer> {
  db ??= openForReading(order.databasePath);
  fonts ??= loadFonts();
  const note = () => noteMemory(order.notes);
  let toldAtMs = 0;
  const result = await makeReport(
    {
      db,
      dataFolder: order.dataFolder,
      version: order.version,
      now: Date.now,
      pdf: { ...order.pdf, fonts: await fonts },
    },
    order.reportId,
    (fraction) => {
      const nowMs = performance.now();
      if (nowMs - toldAtMs < TELL_EVERY_MS) return;
      toldAtMs = nowMs;
      note();
      answer({ kind: "progress", fraction });
    },
  );
  note();
  return { kind: "done", result };
}

function answer(message: RenderAnswer): void {
  self.postMessage(message);
}

// Set before anything is awaited: messages that arrive earlier would be lost.
self.onmessage = (event: MessageEvent<RenderOrder>) => {
  const timer = setInterval(() => noteMemory(event.data.notes), NOTE_EVERY_MS);
  void make(event.data)
    .catch(failureOf)
    .then((end) => {
      clearInterval(timer);
      answer(end);
    });
};
