// The thread that stores the rows of long imports, with a connection of its own: nobody waits for its disk but who
// writes, too. The main thread says when it may: it lends the write lock for each transaction.
import "../env.ts";
import { failureOf } from "../model/failure.ts";
import { idMaker } from "../model/ids.ts";
import { type Database, openForImport } from "../store/database/open.ts";
import { copyLog, type ImportedFault, storeFaults } from "../store/faultImport.ts";
import { reportNews } from "../store/reportNews.ts";
import type { StoreAnswer, StoreOrder } from "./messages.ts";
import { unpacked } from "./packedFaults.ts";
import { countOutcomes, emptyTally } from "./tally.ts";

declare const self: Worker;

/** A transaction takes no more rows after this time; after the shorter one, when somebody waits to write. */
const MOST_MS = 200;
const MOST_WHEN_WANTED_MS = 25;

/** The write-ahead log is copied into the database when it has about so many pages: 64 MB. */
const PAGES_OF_A_LOG = 16_000;
const MOST_ROWS_OF_A_LOG = 200_000;

let db: Database;
let wanted: Int32Array;
const rowsOf = new Map<number, ImportedFault[]>();
const newId = idMaker(Date.now, (array) => crypto.getRandomValues(array));
let rowsInLog = 0;
let rowsOfALog = 20_000;

const answer = (message: StoreAnswer) => self.postMessage(message);

function store({ importId, workspace, rows, at }: Extract<StoreOrder, { kind: "store" }>): void {
  const startMs = performance.now();
  const isEnough = () => {
    const ms = performance.now() - startMs;
    return ms > MOST_MS || (ms > MOST_WHEN_WANTED_MS && Atomics.load(wanted, 0) === 1);
  };
  try {
    const context = { db, now: () => at, newId, news: reportNews() };
    const added = addedTo(importId);
    const outcomes = storeFaults(context, workspace, added.slice(0, rows), isEnough);
    added.splice(0, outcomes.length);
    rowsInLog += outcomes.length;
    answer({ kind: "stored", rows: outcomes.length, tally: countOutcomes(emptyTally(), outcomes) });
    // Whoever waited can write meanwhile.
    if (rowsInLog >= rowsOfALog) shortenLog();
  } catch (error) {
    answer(failureOf(error));
  }
  answer({ kind: "ready" });
}

function addedTo(importId: number): ImportedFault[] {
  const known = rowsOf.get(importId);
  if (known) return known;
  const added: ImportedFault[] = [];
  rowsOf.set(importId, added);
  return added;
}

/** Copies the log into the database, as far as no reader needs it, and learns how long rows make it. */
function shortenLog(): void {
  const pages = Math.max(1, copyLog({ db }));
  rowsOfALog = Math.min(MOST_ROWS_OF_A_LOG, Math.ceil((rowsInLog * PAGES_OF_A_LOG) / pages));
  rowsInLog = 0;
}

function obey(order: StoreOrder): void {
  switch (order.kind) {
    case "open":
      wanted = order.wanted;
      db = openForImport(order.databasePath);
      return;
    case "add":
      addedTo(order.importId).push(...unpacked(order.rows));
      return;
    case "store":
      store(order);
      return;
    case "forget":
      rowsOf.delete(order.importId);
      return;
    case "close":
      try {
        shortenLog();
      } finally {
        db.close();
        answer({ kind: "closed" });
      }
  }
}

self.onmessage = ({ data }: MessageEvent<StoreOrder>) => obey(data);
