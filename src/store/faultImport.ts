// Many faults at once: stores checked rows of an import, so that the same rows again change nothing.
import type { Database } from "bun:sqlite";
import type { Fault } from "../model/fault.ts";
import { formatInstant } from "../model/formats.ts";
import { rememberedCauseSeqOf } from "./causes.ts";
import { inTransaction, type Reading, type StoreContext } from "./database/context.ts";
import { hasFormerIdentities, naturalIdentity, renewIdentity } from "./faultIdentity.ts";
import type { Place } from "./faultPlace.ts";
import { importedPlace, type NamedPlace, type PlaceSearch, placeSearch } from "./importedPlace.ts";
import { type ImportOutcome, isRefusal, type Refusal, refusal } from "./importOutcome.ts";
import { freeOfLeaving, isAnyLeaving } from "./leavingSites.ts";

/** A fault as a row gives it, every field checked by itself. `undefined` is what the row does not say. */
export type ImportedFault = NamedPlace & {
  type: string | undefined;
  severity: Fault["severity"] | undefined;
  cause: string | null | undefined;
  message: string | null | undefined;
  externalId: string | null;
  startedAtMs: number;
  /** Null also when the row does not say: an import never reopens a fault. */
  resolvedAtMs: number | null;
};

/** What the rows of one transaction share. */
type Batch = {
  context: StoreContext;
  workspace: string;
  at: number;
  search: PlaceSearch;
  causeSeqs: Map<string, number>;
  /** Sites are being deleted: their faults stand in nobody's way. */
  isAnyLeaving: boolean;
  /** Whether natural identities may be written in the former way. */
  hasFormer: boolean;
  /** No fault has a greater `seq`. */
  lastSeq: number | bigint;
};

/** A row whose references are found. */
type PlacedFault = {
  fault: ImportedFault;
  place: Place;
  type: string;
  causeSeq: number | null;
  identity: string;
};

type StoredFault = {
  seq: number;
  site_seq: number;
  link_seq: number | null;
  type: string;
  severity: string;
  cause_seq: number | null;
  message: string | null;
  started_at_ms: number;
  resolved_at_ms: number | null;
};

/** Faults that one statement inserts: a call of SQLite costs as much as the half of a row. */
const ROWS_OF_A_STATEMENT = 20;

/**
 * Stores faults of a workspace in one transaction, and gives the outcome of each. A fault with an external id is
 * recognised by it, and takes the fields that the row gives. Any other is recognised by its natural identity, and
 * only its end can change: to a later one. `isEnough` is asked now and then: when it says so, what was stored by then
 * is committed, and only that has outcomes.
 */
export function storeFaults(
  context: StoreContext,
  workspace: string,
  faults: readonly ImportedFault[],
  isEnough: () => boolean = () => false,
): ImportOutcome[] {
  return inTransaction(context.db, () => {
    // Other requests change sites between batches, and a rollback unmakes causes: nothing is remembered longer.
    const batch: Batch = {
      context,
      workspace,
      at: context.now(),
      search: placeSearch(context, workspace),
      causeSeqs: new Map(),
      isAnyLeaving: isAnyLeaving(context),
      hasFormer: hasFormerIdentities(context, workspace),
      lastSeq: newestSeq(context),
    };
    const outcomes: ImportOutcome[] = [];
    for (let at = 0; at < faults.length && !(at > 0 && isEnough()); at += ROWS_OF_A_STATEMENT)
      outcomes.push(...storeSome(batch, faults.slice(at, at + ROWS_OF_A_STATEMENT)));
    return outcomes;
  });
}

function newestSeq({ db }: Reading): number {
  return db.query<{ seq: number }, []>("SELECT ifnull(max(seq), 0) AS seq FROM faults").get()?.seq as number;
}

/** Stores what one statement takes: first all that are new, then, in their order, those that were there. */
function storeSome(batch: Batch, faults: readonly ImportedFault[]): ImportOutcome[] {
  const rows = faults.map((fault) => placed(batch, fault));
  const isNew = insertFaults(
    batch,
    rows.filter((row): row is PlacedFault => !isRefusal(row)),
  );
  return rows.map((row) => {
    if (isRefusal(row)) return row;
    if (isNew(row)) return "created";
    if (batch.isAnyLeaving && freeOfLeaving(batch.context, batch.workspace, row.identity))
      return insertFaults(batch, [row])(row) ? "created" : "unchanged";
    return row.fault.externalId === null
      ? changeEnd(batch, row.identity, row.fault.resolvedAtMs)
      : changeByExternalId(batch, row);
  });
}

function placed(batch: Batch, fault: ImportedFault): PlacedFault | Refusal {
  const { context, workspace } = batch;
  const place = importedPlace(batch.search, fault);
  if (isRefusal(place)) return place;
  const causeSeq = rememberedCauseSeqOf(context, batch.causeSeqs, fault.cause ?? null);
  const type = fault.type ?? (place.linkSeq === null ? "site" : "wantunnel");
  if (fault.externalId !== null) return { fault, place, type, causeSeq, identity: `e:${fault.externalId}` };
  const key = { ...place, type, causeSeq, startedAtMs: fault.startedAtMs };
  if (batch.hasFormer) renewIdentity(context, workspace, key);
  return { fault, place, type, causeSeq, identity: naturalIdentity(key) };
}

const COLUMNS_OF_A_ROW = 11;

/**
 * Inserts so many rows. OR IGNORE passes over those whose identity is taken, and needs no journal of the statement,
 * as a refusal half way would; it would pass over other conflicts, too, but who was passed over is looked for.
 */
const INSERTS = Array.from({ length: ROWS_OF_A_STATEMENT + 1 }, (_, rows) => {
  const row = (_: unknown, n: number) => {
    const [id, ...rest] = Array.from(
      { length: COLUMNS_OF_A_ROW },
      (_, i) => `?${n * COLUMNS_OF_A_ROW + i + 3}`,
    );
    return `(${id}, ?1, ${rest.join(", ")}, ?2)`;
  };
  return `INSERT OR IGNORE INTO faults
            (id, workspace, site_seq, link_seq, type, severity, cause_seq, message,
             started_at_ms, resolved_at_ms, external_id, identity, updated_at_ms)
          VALUES ${Array.from({ length: rows }, row).join(", ")}`;
});

/** Stores the faults whose identity is new; gives which of them were. Served by faults_identity. */
function insertFaults(batch: Batch, rows: readonly PlacedFault[]): (row: PlacedFault) => boolean {
  if (rows.length === 0) return () => false;
  const { context, workspace, at } = batch;
  const ids = rows.map(() => context.newId("fault"));
  const values: (string | number | null)[] = [workspace, at];
  rows.forEach(({ fault, place, type, causeSeq, identity }, n) => {
    values.push(ids[n] as string, place.siteSeq, place.linkSeq, type, fault.severity ?? "CRITICAL", causeSeq);
    values.push(fault.message ?? null, fault.startedAtMs, fault.resolvedAtMs, fault.externalId, identity);
  });
  const { changes, lastInsertRowid } = context.db.query(INSERTS[rows.length] as string).run(...values);
  const before = batch.lastSeq;
  if (changes > 0) batch.lastSeq = lastInsertRowid;
  if (changes === rows.length) return () => true;
  if (changes === 0) return () => false;
  const made = context.db.query<{ id: string }, [number | bigint]>("SELECT id FROM faults WHERE seq > ?");
  const madeIds = new Set(made.all(before).map(({ id }) => id));
  const news = new Set(rows.filter((_, n) => madeIds.has(ids[n] as string)));
  return (row) => news.has(row);
}

/** Gives a fault that is there its end, or a later one: whatever the order of the rows, the latest stays. */
function changeEnd(
  { context, workspace, at }: Batch,
  identity: string,
  resolvedAtMs: number | null,
): ImportOutcome {
  const stored = thereBy<Pick<StoredFault, "seq" | "resolved_at_ms">>(
    context,
    "SELECT seq, resolved_at_ms FROM faults WHERE workspace = ? AND identity = ?",
    [workspace, identity],
  );
  const isLater = resolvedAtMs !== null && (stored.resolved_at_ms ?? Number.NEGATIVE_INFINITY) < resolvedAtMs;
  if (!isLater) return "unchanged";
  const update = context.db.query("UPDATE faults SET resolved_at_ms = ?, updated_at_ms = ? WHERE seq = ?");
  update.run(resolvedAtMs, at, stored.seq);
  return "updated";
}

/** A fault that was not inserted because it is there. Throws when it is not. */
function thereBy<T>({ db }: Reading, sql: string, key: [workspace: string, identity: string]): T {
  const stored = db.query<T, [string, string]>(sql).get(...key);
  if (stored === null) throw new Error(`a fault was not stored: ${key[1]}`);
  return stored;
}

/** Gives a fault that is there the fields of a row with the same external id. */
function changeByExternalId(batch: Batch, placed: PlacedFault): ImportOutcome {
  const { fault, place, identity } = placed;
  const stored = thereBy<StoredFault>(
    batch.context,
    `SELECT seq, site_seq, link_seq, type, severity, cause_seq, message, started_at_ms, resolved_at_ms
     FROM faults WHERE workspace = ? AND identity = ?`,
    [batch.workspace, identity],
  );
  if (stored.site_seq !== place.siteSeq) {
    return refusal(
      siteParam(fault),
      `is not the site of the fault '${fault.externalId}'; a fault cannot move to another site`,
    );
  }
  const next = withFieldsOf(placed, stored);
  if (isSame(stored, next)) return "unchanged";
  if (next.resolved_at_ms !== null && next.resolved_at_ms < next.started_at_ms) {
    const end = formatInstant(next.resolved_at_ms);
    return refusal(
      "started_at",
      `lies after the end that the fault '${fault.externalId}' has (${end}); give resolved_at, too`,
    );
  }
  replaceFault(batch, next);
  return "updated";
}

/** A stored fault with the fields that a row gives; what the row does not say stays. */
function withFieldsOf({ fault, place, causeSeq }: PlacedFault, stored: StoredFault): StoredFault {
  return {
    ...stored,
    link_seq: fault.resourceId === undefined ? stored.link_seq : place.linkSeq,
    type: fault.type ?? stored.type,
    severity: fault.severity ?? stored.severity,
    cause_seq: fault.cause === undefined ? stored.cause_seq : causeSeq,
    message: fault.message === undefined ? stored.message : fault.message,
    started_at_ms: fault.startedAtMs,
    resolved_at_ms: fault.resolvedAtMs ?? stored.resolved_at_ms,
  };
}

function isSame(a: StoredFault, b: StoredFault): boolean {
  return (Object.keys(a) as (keyof StoredFault)[]).every((column) => a[column] === b[column]);
}

function replaceFault({ context, at }: Batch, next: StoredFault): void {
  const update = context.db.query(
    `UPDATE faults SET link_seq = ?, type = ?, severity = ?, cause_seq = ?, message = ?,
                       started_at_ms = ?, resolved_at_ms = ?, updated_at_ms = ? WHERE seq = ?`,
  );
  update.run(
    next.link_seq,
    next.type,
    next.severity,
    next.cause_seq,
    next.message,
    next.started_at_ms,
    next.resolved_at_ms,
    at,
    next.seq,
  );
}

function siteParam({ site, siteId }: ImportedFault): string {
  return site !== undefined ? "site" : siteId !== undefined ? "site_id" : "resource_id";
}

const CHECKPOINT_PAGES = 1_000; // SQLite's default
const CHECKPOINT_PAGES_OF_AN_IMPORT = 16_000;

/** How many imports are under way on a connection, whose setting it is. */
const importsUnderWay = new WeakMap<Database, number>();

/**
 * Runs an import while the write-ahead log is copied into the database more rarely: batch after batch
 * changes the same pages of the indexes, and half the time would go into copying them. What is committed
 * is as durable; the log grows to 64 MB meanwhile. The last of imports at the same time sets it back.
 */
export async function withRareCheckpoints<T>({ db }: StoreContext, body: () => Promise<T>): Promise<T> {
  importsUnderWay.set(db, (importsUnderWay.get(db) ?? 0) + 1);
  db.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES_OF_AN_IMPORT}`);
  try {
    return await body();
  } finally {
    const others = (importsUnderWay.get(db) ?? 1) - 1;
    importsUnderWay.set(db, others);
    if (others === 0) db.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.run("PRAGMA wal_checkpoint(PASSIVE)");
  }
}

/** Copies the write-ahead log into the database as far as no reader needs it; gives how many pages the log had. */
export function copyLog({ db }: Reading): number {
  return (db.query("PRAGMA wal_checkpoint(PASSIVE)").get() as { log: number }).log;
}
