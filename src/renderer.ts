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

type Pending = {
  onProgress: (fraction: number) => void;
  resolve: (result: ReportResult) => void;
  reject: (error: Error) => void;
};
type RenderThread = { worker: Worker; pending: Pending | null };

/** A renderer over a data folder. `make` fits the report job; `stop` ends the thread at once. */
export function startRenderer(options: Omit<RenderOrder, "reportId" | "databasePath">) {
  let current: RenderThread | null = null;
  let idleTimer: Timer | undefined;

  const settle = (thread: RenderThread, end: (pending: Pending) => void) => {
    const { pending } = thread;
    thread.pending = null;
    if (pending) end(pending);
  };
  const endThread = (thread: RenderThread, reason: string) => {
    if (current === thread) current = null;
    thread.worker.terminate();
    settle(thread, (pending) => pending.reject(new Error(reason)));
  };

  const startThread = (): RenderThread => {
    const worker = new Worker(new URL("./render-worker.ts", import.meta.url));
    const thread: RenderThread = { worker, pending: null };
    worker.onmessage = (event: MessageEvent<RenderAnswer>) => {
      const answer = event.data;
      if (answer.kind === "progress") thread.pending?.onProgress(answer.fraction);
      if (answer.kind === "done") settle(thread, (pending) => pending.resolve(answer.result));
      if (answer.kind === "failed") settle(thread, (pending) => pending.reject(new Error(answer.reason)));
      if (answer.kind !== "progress") idleTimer = setTimeout(() => endThread(thread, "idle"), IDLE_MS);
    };
    worker.onerror = (event) => endThread(thread, `the render thread failed: ${event.message}`);
    worker.addEventListener("close", () => endThread(thread, "the render thread ended"));
    return thread;
  };

  const make: MakeReport = (reportId, onProgress) => {
    clearTimeout(idleTimer);
    current ??= startThread();
    const thread = current;
    return new Promise<ReportResult>((resolve, reject) => {
      thread.pending = { onProgress, resolve, reject };
      thread.worker.postMessage({
        ...options,
        reportId,
        databasePath: databasePath(options.dataFolder),
      } satisfies RenderOrder);
    });
  };

  return {
    make,
    stop: () => {
      clearTimeout(idleTimer);
      if (current) endThread(current, "Nines is shutting down");
    },
  };
}
