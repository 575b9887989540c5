// Runs the render thread: starts it when there is a report to make, ends it when it has been idle, so that
// its memory (fonts, PDF) is held only while it is used. One report at a time; one that takes too much time or
// memory is ended with its thread.

import { thrownIn } from "../model/failure.ts";
import { LimitExceeded } from "../model/limitExceeded.ts";
import { databasePath } from "../store/database/open.ts";
import type { ReportResult } from "../store/reports.ts";
import { type MemoryNotes, memoryNotes, notedMemory } from "./memory.ts";
import type { RenderAnswer, RenderOrder } from "./messages.ts";
import { threadFile } from "./threadFile.ts";

/** Makes the files of a report and gives its figures. `onProgress` is told of fractions from 0 to 1. */
export type MakeReport = (reportId: string, onProgress: (fraction: number) => void) => Promise<ReportResult>;

export type RenderLimits = {
  /** A report may take this long. */
  timeMs: number;
  /** The heap of its thread may be this large. */
  memoryBytes: number;
};

const IDLE_MS = 5000;
const MEMORY_EVERY_MS = 200;
/** A thread that notes nothing for so long is measured from outside, with all that the process holds beside it. */
const SILENT_MS = 2000;
const SILENT_FACTOR = 2;
/** An ended thread stops within this, unless the disk hangs. */
const CLOSING_MS = 5000;
const MIB = 1024 * 1024;

type Pending = {
  onProgress: (fraction: number) => void;
  resolve: (result: ReportResult) => void;
  reject: (error: Error) => void;
};
type RenderThread = { worker: Worker; pending: Pending | null; bytesBefore: number; closed: Promise<void> };

type RendererOptions = Omit<RenderOrder, "reportId" | "databasePath" | "notes">;
type State = {
  options: RendererOptions;
  limits: RenderLimits;
  script: URL;
  current: RenderThread | null;
  idleTimer: Timer | undefined;
};

/**
 * A renderer over a data folder. `make` fits the report job; when it throws, the thread that was ended writes nothing
 * any more. `stop` ends the thread at once.
 */
export function startRenderer(
  options: RendererOptions,
  { limits, script = threadFile("thread.ts") }: { limits: RenderLimits; script?: URL },
): { make: MakeReport; stop: () => Promise<void> } {
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
  const notes = memoryNotes();
  const endWatch = watch(state, thread, notes);
  const made = new Promise<ReportResult>((resolve, reject) => {
    thread.pending = { onProgress, resolve, reject };
    thread.worker.postMessage({
      ...state.options,
      reportId,
      notes,
      databasePath: databasePath(state.options.dataFolder),
    } satisfies RenderOrder);
  });
  return made.finally(endWatch);
}

async function stop(state: State): Promise<void> {
  clearTimeout(state.idleTimer);
  if (state.current) await endThread(state, state.current, new Error("Nines is shutting down"));
}

function startThread(state: State): RenderThread {
  const bytesBefore = process.memoryUsage.rss();
  const worker = new Worker(state.script);
  const closed = Promise.withResolvers<void>();
  const thread: RenderThread = { worker, pending: null, bytesBefore, closed: closed.promise };
  worker.onmessage = (event: MessageEvent<RenderAnswer>) => hear(state, thread, event.data);
  worker.onerror = (event) =>
    void endThread(state, thread, new Error(`the render thread failed: ${event.message}`));
  worker.addEventListener("close", () => {
    closed.resolve();
    void endThread(state, thread, new Error("the render thread ended"));
  });
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
  state.idleTimer = setTimeout(() => void endThread(state, thread, new Error("idle")), IDLE_MS);
}

/** Ends a thread; its report fails once it writes nothing any more. */
async function endThread(state: State, thread: RenderThread, reason: Error): Promise<void> {
  if (state.current === thread) state.current = null;
  const { pending } = thread;
  thread.pending = null;
  thread.worker.terminate();
  await Promise.race([thread.closed, Bun.sleep(CLOSING_MS)]);
  pending?.reject(reason);
}

function settle(thread: RenderThread, end: (pending: Pending) => void): void {
  const { pending } = thread;
  thread.pending = null;
  if (pending) end(pending);
}

/** Ends the thread when the report takes too long or too much. Gives a function that ends the watch. */
function watch(state: State, thread: RenderThread, notes: MemoryNotes): () => void {
  const { timeMs, memoryBytes } = state.limits;
  const refuse = (reason: string) => void endThread(state, thread, new LimitExceeded(reason));
  const late = setTimeout(() => refuse(`it took longer than ${timeMs / 1000} s`), timeMs);
  const isTooMuch = memoryWatch(thread, notes, memoryBytes);
  const look = setInterval(() => {
    if (isTooMuch()) refuse(`it needed more than ${Math.round(memoryBytes / MIB)} MB of memory`);
  }, MEMORY_EVERY_MS);
  return () => {
    clearTimeout(late);
    clearInterval(look);
  };
}

/** Tells, each time it is asked, whether the report has taken more than these bytes. */
function memoryWatch(thread: RenderThread, notes: MemoryNotes, memoryBytes: number): () => boolean {
  let last = { count: 0, atMs: performance.now() };
  return () => {
    const { bytes, count } = notedMemory(notes);
    const nowMs = performance.now();
    if (count !== last.count) last = { count, atMs: nowMs };
    if (bytes > memoryBytes) return true;
    const isSilent = nowMs - last.atMs > SILENT_MS;
    return isSilent && process.memoryUsage.rss() - thread.bytesBefore > SILENT_FACTOR * memoryBytes;
  };
}
