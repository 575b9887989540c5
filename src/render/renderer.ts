// Runs the render thread: starts it when there is a report to make, ends it when it has been idle, so that
// its memory (fonts, PDF) is held only while it is used. One report at a time; one that takes too much time or
// memory is ended with its thread.
import { LimitExceeded } from "../model/limitExceeded.ts";
import { databasePath } from "../store/database/open.ts";
import type { ReportResult } from "../store/reports.ts";
import { thrownIn } from "./failure.ts";
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

type RendererOptions = Omit<RenderOrder, "reportId" | "databasePath">;
type State = {
  options: RendererOptions;
  limits: RenderLimits;
  script: URL;
  current: RenderThread | null;
  idleTimer: Timer | undefined;
};

/** A renderer over a data folder. `make` fits the report job; `stop` ends the thread at once. */
export function startRenderer(
  options: RendererOptions,
  { limits, script = THREAD }: { limits: RenderLimits; script?: URL },
): { make: MakeReport; stop: () => void } {
  const state: State = { options, limits, script, current: null, idleTimer: undefined };
  return {
    make: (reportId, onProgress) => make(state, reportId, onProgress),
    stop: () => stop(state),
  };
}

function make(state: State, reportId: string, onProgress: (fraction: number) => void): Promise<ReportResult> {
  clearTimeout(state.idleTimer);
  state.current ??= startThread(state);
  const thread = state.current;
  const endWatch = watch(state, thread);
  const made = new Promise<ReportResult>((resolve, reject) => {
    thread.pending = { onProgress, resolve, reject };
    thread.worker.postMessage({
      ...state.options,
      reportId,
      databasePath: databasePath(state.options.dataFolder),
    } satisfies RenderOrder);
  });
  return made.finally(endWatch);
}

function stop(state: State): void {
  clearTimeout(state.idleTimer);
  if (state.current) endThread(state, state.current, new Error("Nines is shutting down"));
}

function startThread(state: State): RenderThread {
  const bytesBefore = process.memoryUsage.rss();
  const worker = new Worker(state.script);
  const thread: RenderThread = { worker, pending: null, bytesBefore };
  worker.onmessage = (event: MessageEvent<RenderAnswer>) => hear(state, thread, event.data);
  worker.onerror = (event) =>
    endThread(state, thread, new Error(`the render thread failed: ${event.message}`));
  worker.addEventListener("close", () => endThread(state, thread, new Error("the render thread ended")));
  return thread;
}

function hear(state: State, thread: RenderThread, answer: RenderAnswer): void {
  if (answer.kind === "progress") {
    thread.pending?.onProgress(answer.fraction);
    return;
  }
  settle(thread, (pending) => {
    if (answer.kind === "done") pending.resolve(answer.result);
    else pending.reject(thrownIn(answer));
  });
  state.idleTimer = setTimeout(() => endThread(state, thread, new Error("idle")), IDLE_MS);
}

function endThread(state: State, thread: RenderThread, reason: Error): void {
  if (state.current === thread) state.current = null;
  thread.worker.terminate();
  settle(thread, (pending) => pending.reject(reason));
}

function settle(thread: RenderThread, end: (pending: Pending) => void): void {
  const { pending } = thread;
  thread.pending = null;
  if (pending) end(pending);
}

/** Ends the thread when the report takes too long or too much. Gives a function that ends the watch. */
function watch(state: State, thread: RenderThread): () => void {
  const { timeMs, memoryBytes } = state.limits;
  const refuse = (reason: string) => endThread(state, thread, new LimitExceeded(reason));
  const late = setTimeout(() => refuse(`it took longer than ${timeMs / 1000} s`), timeMs);
  const look = setInterval(() => {
    if (process.memoryUsage.rss() - thread.bytesBefore <= memoryBytes) return;
    refuse(`it needed more than ${Math.round(memoryBytes / MIB)} MB of memory`);
  }, MEMORY_EVERY_MS);
  return () => {
    clearTimeout(late);
    clearInterval(look);
  };
}
