// Many faults at once: stores checked rows of an import, so that the same rows again change nothing.
import type { Database } from "bun:sqlite";
import type { Fault } from "../model/fault.ts";
import { formatInstant } from "../model/formats.ts";
import { rememberedCauseSeqOf } from "./causes.ts";
import { inTransaction, type StoreContext } from "./database/context.ts";
import { naturalIdentity } from "./faultIdentity.ts";
import type { Place } from "./faultPlace.ts";
import { importedPlace, type NamedPlace, type PlaceSearch, placeSearch } from "./importedPlace.ts";
import { type ImportOutcome, isRefusal, refusal } from "./importOutcome.ts";
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

/**
 * Stores faults of a workspace in one transaction, and gives the outcome of each. A fault with an external id is
 * recognised by it, and takes the fields that the row gives. Any other is recognised by its natural identity, and
 * only its end can change: to a later one.
 */
export function storeFaults(
  context: StoreContext,
  workspace: string,
  faults: readonly ImportedFault[],
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
    };
    return faults.map((fault) => storeFault(batch, fault));
  });
}

function storeFault(batch: Batch, fault: ImportedFault): ImportOutcome {
  const place = importedPlace(batch.search, fault);
  if (isRefusal(place)) return place;
  const causeSeq = rememberedCauseSeqOf(batch.context, batch.causeSeqs, fault.cause ?? null);
  const type = fault.type ?? (place.linkSeq === null ? "site" : "wantunnel");
  const identity =
    fault.externalId === null
      ? naturalIdentity({ ...place, type, causeSeq, startedAtMs: fault.startedAtMs })
      : `e:${fault.externalId}`;
  const placed: PlacedFault = { fault, place, type, causeSeq, identity };
  if (insertFault(batch, placed)) return "created";
  if (batch.isAnyLeaving && freeOfLeaving(batch.context, batch.workspace, identity))
    return insertFault(batch, placed) ? "created" : "unchanged";
  return fault.externalId === null
    ? changeEnd(batch, identity, fault.resolvedAtMs)
    : changeByExternalId(batch, placed);
}

/** Stores a fault whose identity is new; false when it is taken. Served by faults_identity. */
function insertFault(
  { context, workspace, at }: Batch,
  { fault, place, type, causeSeq, identity }: PlacedFault,
): boolean {
  const insert = context.db.query(
    `INSERT INTO faults (id, workspace, site_seq, link_seq, type, severity, cause_seq, message,
                         started_at_ms, resolved_at_ms, external_id, identity, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (workspace, identity) WHERE identity IS NOT NULL DO NOTHING`,
  );
  const { changes } = insert.run(
    context.newId("fault"),
    workspace,
    place.siteSeq,
    place.linkSeq,
    type,
    fault.severity ?? "CRITICAL",
    causeSeq,
    fault.message ?? null,
    fault.startedAtMs,
    fault.resolvedAtMs,
    fault.externalId,
    identity,
    at,
  );
  return changes > 0;
}

/** Gives a fault that is there its end, or a later one: whatever the order of the rows, the latest stays. */
function changeEnd(
  { context, workspace, at }: Batch,
  identity: string,
  resolvedAtMs: number | null,
): ImportOutcome {
  if (resolvedAtMs === null) return "unchanged";
  const update = context.db.query(
    `UPDATE faults SET resolved_at_ms = ?1, updated_at_ms = ?2
     WHERE workspace = ?3 AND identity = ?4 AND (resolved_at_ms IS NULL OR resolved_at_ms < ?1)`,
  );
  return update.run(resolvedAtMs, at, workspace, identity).changes > 0 ? "updated" : "unchanged";
}

/** Gives a fault that is there the fields of a row with the same external id. */
function changeByExternalId(batch: Batch, placed: PlacedFault): ImportOutcome {
  const { fault, place, identity } = placed;
  const stored = batch.context.db
    .query<StoredFault, [string, string]>(
      `SELECT seq, site_seq, link_seq, type, severity, cause_seq, message, started_at_ms, resolved_at_ms
       FROM faults WHERE workspace = ? AND identity = ?`,
    )
    .get(batch.workspace, identity) as StoredFault;
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
