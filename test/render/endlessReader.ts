// A reader thread for tests: who asks with the zone "endless" waits for ever; others get their workspace as the answer.
import type { ReadAnswer, ReadOrder } from "../../src/render/messages.ts";

declare const self: Worker;

self.onmessage = ({ data: { ask } }: MessageEvent<ReadOrder>) => {
  self.postMessage({ kind: "judged", units: 7 } satisfies ReadAnswer);
  while (ask.kind === "uptime" && ask.timezone === "endless");
  self.postMessage({ kind: "done", bytes: new TextEncoder().encode(ask.workspace) } satisfies ReadAnswer);
};
