// Runs the render thread: starts it when there is a report to make, ends it when it has been idle, so that
// its memory (fonts, PDF) is held only while it is used. One report at a time.
import type { MakeReport } from "./jobs/reportJob.ts";
import type { PdfOptions } from "./report/pdf/render.ts";
import { databasePath } from "./store/open.ts";
import type { ReportResult } from "./store/reports.ts";

export type RenderOrder = {
  reportId: string;
  databasePath: string;
  dataFolder: string;
  version: string;
  pdf: Omit<PdfOptions, "onProgress" | "fonts">;
};
export type RenderAnswer =
  | { kind: "progress"; fraction: number }
  | { kind: "done"; result: ReportResult }
  | { kind: "failed"; reason: string };

const IDLE_MS = 5000;

/** A renderer over a data folder. `make` fits the report job; `stop` ends the thread at once. */
export function startRenderer(options: Omit<RenderOrder, "reportId" | "databasePath">) {
  let thread: Worker | null = null;
  let idleTimer: Timer | undefined;

  const endThread = () => {
    thread?.terminate();
    thread = null;
  };

  const make: MakeReport = (reportId, onProgress) => {
    clearTimeout(idleTimer);
    thread ??= new Worker(new URL("./render-worker.ts", import.meta.url));
    const current = thread;
    return new Promise<ReportResult>((resolve, reject) => {
      const broken = (reason: string) => {
        endThread();
        reject(new Error(reason));
      };
      current.onmessage = (event: MessageEvent<RenderAnswer>) => {
        const answer = event.data;
        if (answer.kind === "progress") return onProgress(answer.fraction);
        idleTimer = setTimeout(endThread, IDLE_MS);
        if (answer.kind === "done") resolve(answer.result);
        else reject(new Error(answer.reason));
      };
      current.onerror = (event) => broken(`the render thread failed: ${event.message}`);
      current.addEventListener("close", () => broken("the render thread ended"));
      current.postMessage({ ...options, reportId, databasePath: databasePath(options.dataFolder) } satisfies RenderOrder);
    });
  };

  return {
    make,
    stop: () => {
      clearTimeout(idleTimer);
      endThread();
    },
  };
}
