// A render thread for tests: a report called "endless" never ends, "greedy" takes memory for ever, others are done.
import type { RenderAnswer, RenderOrder } from "../../src/render/messages.ts";

declare const self: Worker;

const FACTS = { bytes: 1, sha256: "0".repeat(64) };
const DONE: RenderAnswer = {
  kind: "done",
  result: {
    uptimePercentage: 100,
    siteCount: 1,
    breachedCount: 0,
    artefacts: { pdf: FACTS, json: FACTS, csv: FACTS },
  },
};

self.onmessage = ({ data: { reportId } }: MessageEvent<RenderOrder>) => {
  const taken: Uint8Array[] = [];
  while (reportId === "endless");
  while (reportId === "greedy" && taken.length < 2000) taken.push(new Uint8Array(1_000_000).fill(1));
  self.postMessage(DONE);
};
