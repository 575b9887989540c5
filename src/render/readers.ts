// The reader threads: a small pool that computes what requests ask for at once. Threads are started when they are
// needed and end when they are idle, which gives their memory back. Who asks waits for a turn; workspaces take turns.
import { NinesError } from "../model/errors.ts";
import { thrownIn } from "../model/failure.ts";
import type { JsonBytes } from "../model/writtenJson.ts";
import type { AnswerTo, ReadAsk } from "./makeAnswer.ts";
import type { ReadAnswer, ReadOrder } from "./messages.ts";
import { threadFile } from "./threadFile.ts";

export type ReaderLimits = {
  threads: number;
  /** A computation may take this long, waiting included. */
  timeMs: number;
  /** So many may wait, of one workspace and in all. */
  waitingOfOne: number;
  waiting: number;
};

export const READER_LIMITS: Omit<ReaderLimits, "threads"> = { timeMs: 30_000, waitingOfOne: 16, waiting: 64 };

const IDLE_MS = 5000;

export type ReadCall = {
  /** Ends the computing when it fires. */
  signal: AbortSignal;
  /** Told, before the computing begins, what it will cost in units of report/work.ts; what more it is, later. */
  onWork: (units: number) => void;
};

/** Gives the answer to what is asked as JSON. */
export type Read = <A extends ReadAsk>(ask: A, call: ReadCall) => Promise<JsonBytes<AnswerTo<A>>>;

type Pending = ReadCall & {
  ask: ReadAsk;
  resolve: (bytes: JsonBytes<never>) => void;
  reject: (error: Error) => void;
};
type Reader = { worker: Worker; pending: Pending | null; idleTimer: Timer | undefined };
type State = {
  databasePath: string;
  limits: ReaderLimits;
  script: URL;
  /** By workspace. */
  waiting: Map<string, Pending[]>;
  /** Workspaces in the order in which they were last served, as long as anything waits or runs. */
  served: Set<string>;
  readers: Set<Reader>;
  isStopped: boolean;
};

/** A pool over a database. `stop` ends all computing at once; what comes after is refused. */
export function startReaders(
  databasePath: string,
  { limits, script = threadFile("readerThread.ts") }: { limits: ReaderLimits; script?: URL },
): { read: Read; stop: () => void } {
  const state: State = {
    databasePath,
    limits,
    script,
    waiting: new Map(),
    served: new Set(),
    readers: new Set(),
    isStopped: false,
  };
  return { read: (ask, call) => read(state, ask, call), stop: () => stop(state) };
}

async function read(state: State, ask: ReadAsk, call: ReadCall): Promise<JsonBytes<never>> {
  refuseWhenFull(state, ask.workspace);
  const { promise, resolve, reject } = Promise.withResolvers<JsonBytes<never>>();
  const pending: Pending = { ...call, ask, resolve, reject };
  const abort = () => giveUp(state, pending, "the request was ended");
  call.signal.addEventListener("abort", abort);
  const { timeMs } = state.limits;
  const late = setTimeout(
    () => giveUp(state, pending, `it took longer than ${timeMs / 1000} s; ask for fewer days or sites`),
    timeMs,
  );
  const queue = state.waiting.get(ask.workspace);
  if (queue) queue.push(pending);
  else state.waiting.set(ask.workspace, [pending]);
  if (call.signal.aborted) abort();
  else giveTurns(state);
  return await promise.finally(() => {
    clearTimeout(late);
    call.signal.removeEventListener("abort", abort);
  });
}

function refuseWhenFull({ waiting, limits, isStopped }: State, workspace: string): void {
  if (isStopped) throw unavailable("Nines is shutting down");
  if ((waiting.get(workspace)?.length ?? 0) >= limits.waitingOfOne) {
    throw new NinesError("too_many_computations", {
      message: `${limits.waitingOfOne} computations of this workspace wait already. Try again in a second.`,
      headers: { "Retry-After": "1" },
    });
  }
  const all = waiting.values().reduce((sum, { length }) => sum + length, 0);
  if (all >= limits.waiting) throw unavailable(`${limits.waiting} computations wait already`);
}

function unavailable(reason: string): NinesError {
  return new NinesError("computation_unavailable", {
    message: `This cannot be computed now: ${reason}.`,
    headers: { "Retry-After": "5" },
  });
}

/** Gives waiting computations to threads that are free. */
function giveTurns(state: State): void {
  const { waiting, served, readers, limits } = state;
  for (;;) {
    const free = readers.values().find(({ pending }) => pending === null);
    const workspace = nextWorkspace(state);
    if (workspace === undefined || (!free && readers.size >= limits.threads)) break;
    const queue = waiting.get(workspace) as Pending[];
    const pending = queue.shift() as Pending;
    if (queue.length === 0) waiting.delete(workspace);
    served.delete(workspace); // whoever was served stands last
    served.add(workspace);
    give(state, free ?? startReader(state), pending);
  }
  if (waiting.size === 0 && readers.values().every(({ pending }) => pending === null)) served.clear();
}

/** Of those that wait and may have a thread more, the one that was served least recently. */
function nextWorkspace(state: State): string | undefined {
  const { waiting, served, limits } = state;
  const order = [...served];
  const mayRun = waiting.keys().filter((name) => runningOf(state, name) < mostOfOne(limits));
  return [...mayRun].sort((a, b) => order.indexOf(a) - order.indexOf(b))[0];
}

const runningOf = ({ readers }: State, workspace: string) =>
  readers.values().reduce((sum, { pending }) => sum + (pending?.ask.workspace === workspace ? 1 : 0), 0);

/** One workspace leaves a thread to the others, where there are several. */
const mostOfOne = ({ threads }: ReaderLimits) => Math.max(1, threads - 1);

function give({ databasePath }: State, reader: Reader, pending: Pending): void {
  clearTimeout(reader.idleTimer);
  reader.pending = pending;
  reader.worker.postMessage({ databasePath, ask: pending.ask } satisfies ReadOrder);
}

function startReader(state: State): Reader {
  const worker = new Worker(state.script);
  const reader: Reader = { worker, pending: null, idleTimer: undefined };
  worker.onmessage = ({ data }: MessageEvent<ReadAnswer>) => hear(state, reader, data);
  worker.onerror = ({ message }) => endReader(state, reader, new Error(`a reader thread failed: ${message}`));
  worker.addEventListener("close", () => endReader(state, reader, new Error("a reader thread ended")));
  state.readers.add(reader);
  return reader;
}

function hear(state: State, reader: Reader, answer: ReadAnswer): void {
  const { pending } = reader;
  if (answer.kind === "judged") {
    pending?.onWork(answer.units);
    return;
  }
  reader.pending = null;
  if (answer.kind === "done") pending?.resolve(answer.bytes);
  else pending?.reject(thrownIn(answer));
  reader.idleTimer = setTimeout(() => endReader(state, reader, new Error("idle")), IDLE_MS);
  giveTurns(state);
}

/** Ends a computation, whether it waits or runs: that one ends with its thread, for it hears nothing meanwhile. */
function giveUp(state: State, pending: Pending, reason: string): void {
  const { workspace } = pending.ask;
  const queue = state.waiting.get(workspace) ?? [];
  const position = queue.indexOf(pending);
  if (position >= 0) queue.splice(position, 1);
  if (queue.length === 0) state.waiting.delete(workspace);
  const reader = state.readers.values().find((one) => one.pending === pending);
  if (reader) endReader(state, reader, unavailable(reason));
  else pending.reject(unavailable(reason));
}

function endReader(state: State, reader: Reader, reason: Error): void {
  if (!state.readers.delete(reader)) return;
  clearTimeout(reader.idleTimer);
  reader.worker.terminate();
  reader.pending?.reject(reason);
  reader.pending = null;
  if (!state.isStopped) giveTurns(state);
}

function stop(state: State): void {
  state.isStopped = true;
  for (const pending of [...state.waiting.values()].flat()) giveUp(state, pending, "Nines is shutting down");
  for (const reader of [...state.readers]) endReader(state, reader, unavailable("Nines is shutting down"));
}
