// A render thread for tests: a report called "endless" never ends, "greedy" takes memory for ever and says so,
// "silent" without a word, "patient" takes its time and little memory; others are done. In the version "writes" each
// writes a file and a half, says so, and goes on for ever. None hears anything meanwhile, as one that computes; but it
// sleeps in between, so that the machine has time for other tests.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noteMemory } from "../../src/render/memory.ts";
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

self.onmessage = async ({ data }: MessageEvent<RenderOrder>) => {
  const { reportId, notes } = data;
  const taken: Uint8Array[] = [];
  if (data.version === "writes") {
    const folder = join(data.dataFolder, "reports", "2026", "02"); // of the day that stores of tests begin with
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${reportId}.pdf`), "whole");
    writeFileSync(join(folder, `${reportId}.csv.part`), "half");
    noteMemory(notes);
  }
  while (reportId === "endless" || data.version === "writes") Bun.sleepSync(1);
  while (reportId === "greedy" && taken.length < 2000) {
    taken.push(new Uint8Array(1_000_000).fill(1));
    noteMemory(notes);
    Bun.sleepSync(1);
  }
  while (reportId === "silent") {
    if (taken.length < 400) taken.push(new Uint8Array(1_000_000).fill(1));
    Bun.sleepSync(1);
  }
  for (let step = 0; reportId === "patient" && step < 60; step++) {
    noteMemory(notes);
    await Bun.sleep(10);
  }
  self.postMessage(DONE);
};
