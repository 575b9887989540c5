// Runs the render thread: starts it when there is a report to make, ends it when it has been idle, so that
// its memory (fonts, PDF) is held only while it is used. One report at a time; one that takes too much time or
// memory is ended with its thread.
import { LimitExceeded } from "../model/limitExceeded.ts";
import { databasePath } from "../store/database/open.ts";
import type { ReportResult } from "../store/reports.ts";
import type { RenderAnswer, RenderOrder } from "./messages.ts";

/** Makes the files of a report and gives its figures. `onProgress` is told of fractions from 0 to 1. */
export type MakeReport = (reportId: string, onProgress: (fraction: number) => void) => Promise<ReportResult>;

export type RenderLimits = {
  /** A report may take this long. */
  timeMs: number;
  /** By this much the process may grow while the thread lives. */
  memoryBytes: number;
};

const IDLE_MS = 5000;
const MEMORY_EVERY_MS = 200;
const MIB = 1024 * 1024;

type Pending = {
  onProgress: (fraction: number) => void;
  resolve: (result: ReportResult) => void;
  reject: (error: Error) => void;
};
type RenderThread = { worker: Worker; pending: Pending | null; bytesBefore: number };

/** In the program every module's address is that of the program itself; the thread lies below it as it does below src. */
const THREAD = new URL(
  import.meta.url.endsWith("/renderer.ts") ? "./thread.ts" : "./render/thread.ts",
  import.meta.url,
);

/** A renderer over a data folder. `make` fits the report job; `stop` ends the thread at once. */
export function startRenderer(
  options: Omit<RenderOrder, "reportId" | "databasePath">,
  { limits, script = THREAD }: { limits: RenderLimits; script?: URL },
) {
  let current: RenderThread | null = null;
  let idleTimer: Timer | undefined;

  const settle = (thread: RenderThread, end: (pending: Pending) => void) => {
    const { pending } = thread;
    thread.pending = null;
    if (pending) end(pending);
  };
  const endThread = (thread: RenderThread, reason: Error) => {
    if (current === thread) current = null;
    thread.worker.terminate();
    settle(thread, (pending) => pending.reject(reason));
  };
  /** Ends the thread when the report takes too long or too much. Gives a function that ends the watch. */
  const watch = (thread: RenderThread) => {
    const late = setTimeout(
      () => endThread(thread, new LimitExceeded(`it took longer than ${limits.timeMs / 1000} s`)),
      limits.timeMs,
    );
    const look = setInterval(() => {
      if (process.memoryUsage.rss() - thread.bytesBefore <= limits.memoryBytes) return;
      endThread(
        thread,
        new LimitExceeded(`it needed more than ${Math.round(limits.memoryBytes / MIB)} MB of memory`),
      );
    }, MEMORY_EVERY_MS);
    return () => {
      clearTimeout(late);
      clearInterval(look);
    };
  };

  const startThread = (): RenderThread => {
    const bytesBefore = process.memoryUsage.rss();
    const worker = new Worker(script);
    const thread: RenderThread = { worker, pending: null, bytesBefore };
    worker.onmessage = (event: MessageEvent<RenderAnswer>) => {
      const answer = event.data;
      if (answer.kind === "progress") thread.pending?.onProgress(answer.fraction);
      if (answer.kind === "done") settle(thread, (pending) => pending.resolve(answer.result));
      if (answer.kind === "failed") settle(thread, (pending) => pending.reject(thrownIn(answer)));
      if (answer.kind !== "progress")
        idleTimer = setTimeout(() => endThread(thread, new Error("idle")), IDLE_MS);
    };
    worker.onerror = (event) => endThread(thread, new Error(`the render thread failed: ${event.message}`));
    worker.addEventListener("close", () => endThread(thread, new Error("the render thread ended")));
    return thread;
  };

  const make: MakeReport = (reportId, onProgress) => {
    clearTimeout(idleTimer);
    current ??= startThread();
    const thread = current;
    const endWatch = watch(thread);
    const made = new Promise<ReportResult>((resolve, reject) => {
      thread.pending = { onProgress, resolve, reject };
      thread.worker.postMessage({
        ...options,
        reportId,
        databasePath: databasePath(options.dataFolder),
      } satisfies RenderOrder);
    });
    return made.finally(endWatch);
  };

  return {
    make,
    stop: () => {
      clearTimeout(idleTimer);
      if (current) endThread(current, new Error("Nines is shutting down"));
    },
  };
}

/** An error as the thread threw it: its code tells whether the disk was full. */
function thrownIn({ reason, code }: { reason: string; code: string | null }): Error {
  return code === null ? new Error(reason) : Object.assign(new Error(reason), { code });
}
