// What the main thread and the other threads say to each other.

import type { Failure } from "../model/failure.ts";
import type { JsonBytes } from "../model/writtenJson.ts";
import type { PdfOptions } from "../report/pdf/render.ts";
import type { ReportResult } from "../store/reports.ts";
import type { ReadAsk } from "./makeAnswer.ts";
import type { MemoryNotes } from "./memory.ts";

export type RenderOrder = {
  reportId: string;
  databasePath: string;
  dataFolder: string;
  version: string;
  /** Where the thread notes its memory. */
  notes: MemoryNotes;
  pdf: Omit<PdfOptions, "onProgress" | "fonts">;
};
export type RenderAnswer =
  | { kind: "progress"; fraction: number }
  | { kind: "done"; result: ReportResult }
  | Failure;

export type ReadOrder = { databasePath: string; ask: ReadAsk };
export type ReadAnswer =
  | { kind: "judged"; units: number }
  | { kind: "done"; bytes: JsonBytes<never> }
  | Failure;
