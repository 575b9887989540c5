// Storing in a thread of its own, for imports that take long: all of a database that run at the same time share one.
// It is there as long as they are.
import { thrownIn } from "../model/failure.ts";
import type { StoreContext } from "../store/database/context.ts";
import type { Database } from "../store/database/open.ts";
import type { ImportedFault } from "../store/faultImport.ts";
import type { Place } from "./importRows.ts";
import type { StoreAnswer, StoreOrder } from "./messages.ts";
import { packed } from "./packedFaults.ts";
import { emptyTally, LISTED_REFUSALS, type Tally } from "./tally.ts";

/** Gives the write lock away until the promise is settled; `onWanted` is called when somebody waits for it. */
export type Lend = <T>(body: () => Promise<T>, onWanted: () => void) => Promise<T>;

/** Rows of a batch: the more, the fewer pages are written for each; so many make some 150 ms. */
const BATCH_ROWS = 20_000;

type Stored = Extract<StoreAnswer, { kind: "stored" }>;
type Asked = { resolve: (answer: Stored | null) => void; reject: (error: Error) => void };
type Thread = {
  worker: Worker;
  imports: number;
  /** Set to 1, it ends the transaction under way soon. */
  wanted: Int32Array<SharedArrayBuffer>;
  asked: Asked | null;
  /** What is asked next waits for this. */
  turn: Promise<void>;
  becomeReady: () => void;
  failure: Error | null;
};

/** In the program every module's address is that of the program itself; the thread lies below it as it does below src. */
const SCRIPT = new URL(
  import.meta.url.endsWith("/aside.ts") ? "./storeThread.ts" : "./ingest/storeThread.ts",
  import.meta.url,
);

const threads = new WeakMap<Database, Thread>();
let imports = 0;

/** Whether a database is a file, which another connection can open. */
export const canStoreAside = ({ db }: StoreContext) => db.filename !== "" && db.filename !== ":memory:";

/** A place where a workspace's faults are stored aside. */
export function aside(context: StoreContext, workspace: string, lend: Lend): Place<ImportedFault> {
  const { db, now } = context;
  const thread = threads.get(db) ?? startThread(db);
  threads.set(db, thread);
  thread.imports++;
  const importId = ++imports;
  const tell = (order: StoreOrder) => thread.worker.postMessage(order);
  const part = (rows: number) =>
    inTurn(thread, () => {
      Atomics.store(thread.wanted, 0, 0);
      return lend(
        () => ask(thread, { kind: "store", importId, workspace, rows, at: now() }),
        () => Atomics.store(thread.wanted, 0, 1),
      );
    });
  let added = 0;
  let storing: Promise<unknown> = Promise.resolve();
  return {
    isAside: true,
    batchRows: () => BATCH_ROWS,
    add: (rows) => {
      added += rows.length;
      tell({ kind: "add", importId, rows: packed(rows) });
    },
    store: () => {
      const tally = allOf(added, part);
      added = 0;
      storing = tally.catch(() => {});
      return tally;
    },
    end: async () => {
      await storing;
      tell({ kind: "forget", importId });
      thread.imports--;
      if (thread.imports === 0) await endThread(db, thread);
    },
  };
}

/** Has so many rows stored, in as many transactions as it takes. */
async function allOf(rows: number, part: (rows: number) => Promise<Stored | null>): Promise<Tally> {
  const whole = emptyTally();
  for (let done = 0; done < rows; ) {
    const { tally, rows: taken } = (await part(rows - done)) as Stored;
    for (const outcome of ["created", "updated", "unchanged", "refused"] as const)
      whole[outcome] += tally[outcome];
    const refusals = tally.refusals.slice(0, LISTED_REFUSALS - whole.refusals.length);
    whole.refusals.push(...refusals.map(({ index, refusal }) => ({ index: done + index, refusal })));
    done += taken;
  }
  return whole;
}

/** Runs a function when those before have run and the thread is ready; the next one runs when it is again. */
async function inTurn<T>(thread: Thread, body: () => Promise<T>): Promise<T> {
  const before = thread.turn;
  const { promise, resolve } = Promise.withResolvers<void>();
  thread.turn = promise;
  await before;
  thread.becomeReady = resolve;
  try {
    return await body();
  } catch (error) {
    // The thread may not have been asked at all.
    if (thread.asked === null) resolve();
    throw error;
  }
}

function ask(thread: Thread, order: StoreOrder): Promise<Stored | null> {
  return new Promise((resolve, reject) => {
    if (thread.failure !== null) return reject(thread.failure);
    thread.asked = { resolve, reject };
    thread.worker.postMessage(order);
  });
}

function startThread(db: Database): Thread {
  const worker = new Worker(SCRIPT);
  const thread: Thread = {
    worker,
    imports: 0,
    wanted: new Int32Array(new SharedArrayBuffer(4)),
    asked: null,
    turn: Promise.resolve(),
    becomeReady: () => {},
    failure: null,
  };
  const fail = (reason: string) => {
    thread.failure = new Error(`the thread that stores imports ${reason}`);
    threads.delete(db);
    hear(thread, { kind: "failed", reason: thread.failure.message, code: null, refusal: null });
    thread.becomeReady();
  };
  worker.onmessage = ({ data }: MessageEvent<StoreAnswer>) => hear(thread, data);
  worker.onerror = ({ message }) => fail(`failed: ${message}`);
  worker.addEventListener("close", () => fail("ended"));
  worker.postMessage({
    kind: "open",
    databasePath: db.filename,
    wanted: thread.wanted,
  } satisfies StoreOrder);
  return thread;
}

function hear(thread: Thread, answer: StoreAnswer): void {
  if (answer.kind === "ready") {
    thread.becomeReady();
    return;
  }
  const { asked } = thread;
  thread.asked = null;
  if (answer.kind === "failed") asked?.reject(thrownIn(answer));
  else asked?.resolve(answer.kind === "stored" ? answer : null);
}

/** Ends a thread that nobody uses. What it wrote is durable already; it copies the log into the database. */
async function endThread(db: Database, thread: Thread): Promise<void> {
  if (threads.get(db) === thread) threads.delete(db);
  await inTurn(thread, () => ask(thread, { kind: "close" })).catch(() => {});
  thread.worker.terminate();
}
