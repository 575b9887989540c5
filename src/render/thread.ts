// The render thread: computes reports and writes their files, so that the API stays quick meanwhile.
import "../env.ts";
import { type Database, openForReading } from "../store/database/open.ts";
import { failureOf } from "./failure.ts";
import { loadFonts } from "./fonts.ts";
import { makeReport } from "./makeReport.ts";
import type { RenderAnswer, RenderOrder } from "./messages.ts";

declare const self: Worker;

let db: Database | null = null;
let fonts: ReturnType<typeof loadFonts> | null = null;

async function make(order: RenderOrder): Promise<RenderAnswer> {
  db ??= openForReading(order.databasePath);
  fonts ??= loadFonts();
  const result = await makeReport(
    {
      db,
      dataFolder: order.dataFolder,
      version: order.version,
      now: Date.now,
      pdf: { ...order.pdf, fonts: await fonts },
    },
    order.reportId,
    (fraction) => answer({ kind: "progress", fraction }),
  );
  return { kind: "done", result };
}

function answer(message: RenderAnswer): void {
  self.postMessage(message);
}

// Set before anything is awaited: messages that arrive earlier would be lost.
self.onmessage = (event: MessageEvent<RenderOrder>) => {
  make(event.data).then(answer, (error: unknown) => answer(failureOf(error)));
};
