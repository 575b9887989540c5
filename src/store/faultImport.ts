// Many faults at once: stores checked rows of an import, so that the same rows again change nothing.
import type { Static } from "@sinclair/typebox";
import type { Fault, RefusedRow } from "../model/fault.ts";
import { formatInstant } from "../model/formats.ts";
import { causeStore } from "./causes.ts";
import { inTransaction, type StoreContext } from "./database/context.ts";
import { naturalIdentity } from "./faultIdentity.ts";
import { siteStore } from "./sites.ts";

/** Why a row is refused: the field at fault, if it is one, and what would be right. */
export type Refusal = Omit<Static<typeof RefusedRow>, "line">;
export type Outcome = "created" | "updated" | "unchanged" | Refusal;

/** A fault as a row gives it, every field checked by itself. `undefined` is what the row does not say. */
export type ImportedFault = {
  /** A site's external id or name. */
  site: string | undefined;
  siteId: string | undefined;
  resourceId: string | null | undefined;
  type: string | undefined;
  severity: Fault["severity"] | undefined;
  cause: string | null | undefined;
  message: string | null | undefined;
  externalId: string | null;
  startedAtMs: number;
  /** Null also when the row does not say: an import never reopens a fault. */
  resolvedAtMs: number | null;
};

type Place = { siteSeq: number; linkSeq: number | null };

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

/** What is looked up again and again within one transaction. */
type Memory = {
  placeOf: (fault: ImportedFault) => Place | Refusal;
  causeSeqOf: (text: string | null) => number | null;
  at: number;
};

export function isRefusal(value: object | string): value is Refusal {
  return typeof value === "object" && "reason" in value;
}

/**
 * Stores faults of a workspace: the function takes a batch, stores it in one transaction, and gives the
 * outcome of each row. A fault with an external id is recognised by it, and takes the fields that the row
 * gives. Any other is recognised by its natural identity, and only its end can change: to a later one.
 */
export function faultImport(
  context: StoreContext,
  workspace: string,
): (faults: readonly ImportedFault[]) => Outcome[] {
  const { db, now } = context;
  const causes = causeStore(db);
  const places = placeFinder(context, workspace);
  const insert = faultInsert(context, workspace);
  const changeByExternalId = externalIdChange(context, workspace);
  const changeEnd = endChange(context, workspace);

  const store = (fault: ImportedFault, memory: Memory): Outcome => {
    const place = memory.placeOf(fault);
    if (isRefusal(place)) return place;
    const causeSeq = memory.causeSeqOf(fault.cause ?? null);
    const type = fault.type ?? (place.linkSeq === null ? "site" : "wantunnel");
    const identity =
      fault.externalId === null
        ? naturalIdentity({ ...place, type, causeSeq, startedAtMs: fault.startedAtMs })
        : `e:${fault.externalId}`;
    if (insert({ fault, place, type, causeSeq, identity, at: memory.at })) return "created";
    return fault.externalId === null
      ? changeEnd(fault.resolvedAtMs, identity, memory.at)
      : changeByExternalId({ fault, place, causeSeq, identity, at: memory.at });
  };

  return (faults) =>
    inTransaction(db, () => {
      // Other requests change sites between batches, and a rollback unmakes causes: nothing is remembered longer.
      const memory: Memory = { placeOf: places(), causeSeqOf: causes.remembering(), at: now() };
      return faults.map((fault) => store(fault, memory));
    });
}

const CHECKPOINT_PAGES = 1_000; // SQLite's default
const CHECKPOINT_PAGES_OF_AN_IMPORT = 16_000;

/**
 * Runs an import while the write-ahead log is copied into the database more rarely: batch after batch
 * changes the same pages of the indexes, and half the time would go into copying them. What is committed
 * is as durable; the log grows to 64 MB meanwhile.
 */
export async function withRareCheckpoints<T>({ db }: StoreContext, body: () => Promise<T>): Promise<T> {
  db.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES_OF_AN_IMPORT}`);
  try {
    return await body();
  } finally {
    db.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.run("PRAGMA wal_checkpoint(PASSIVE)");
  }
}

type PlacedFault = {
  fault: ImportedFault;
  place: Place;
  causeSeq: number | null;
  identity: string;
  at: number;
};

/** Stores a fault whose identity is new; false when it is taken. Served by faults_identity. */
function faultInsert({ db, newId }: StoreContext, workspace: string) {
  const insert = db.query(
    `INSERT INTO faults (id, workspace, site_seq, link_seq, type, severity, cause_seq, message,
                         started_at_ms, resolved_at_ms, external_id, identity, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (workspace, identity) WHERE identity IS NOT NULL DO NOTHING`,
  );
  return ({ fault, place, type, causeSeq, identity, at }: PlacedFault & { type: string }): boolean =>
    insert.run(
      newId("fault"),
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
    ).changes > 0;
}

/** Gives a fault that is there its end, or a later one: whatever the order of the rows, the latest stays. */
function endChange({ db }: StoreContext, workspace: string) {
  const update = db.query(
    `UPDATE faults SET resolved_at_ms = ?1, updated_at_ms = ?2
     WHERE workspace = ?3 AND identity = ?4 AND (resolved_at_ms IS NULL OR resolved_at_ms < ?1)`,
  );
  return (resolvedAtMs: number | null, identity: string, at: number): Outcome => {
    if (resolvedAtMs === null) return "unchanged";
    return update.run(resolvedAtMs, at, workspace, identity).changes > 0 ? "updated" : "unchanged";
  };
}

/** Gives a fault that is there the fields of a row with the same external id. */
function externalIdChange({ db }: StoreContext, workspace: string) {
  const find = db.query<StoredFault, [string, string]>(
    `SELECT seq, site_seq, link_seq, type, severity, cause_seq, message, started_at_ms, resolved_at_ms
     FROM faults WHERE workspace = ? AND identity = ?`,
  );
  const update = db.query(
    `UPDATE faults SET link_seq = ?, type = ?, severity = ?, cause_seq = ?, message = ?,
                       started_at_ms = ?, resolved_at_ms = ?, updated_at_ms = ? WHERE seq = ?`,
  );
  return ({ fault, place, causeSeq, identity, at }: PlacedFault): Outcome => {
    const stored = find.get(workspace, identity) as StoredFault;
    if (stored.site_seq !== place.siteSeq) {
      return refusal(
        siteParam(fault),
        `is not the site of the fault '${fault.externalId}'; a fault cannot move to another site`,
      );
    }
    const next: StoredFault = {
      ...stored,
      link_seq: fault.resourceId === undefined ? stored.link_seq : place.linkSeq,
      type: fault.type ?? stored.type,
      severity: fault.severity ?? stored.severity,
      cause_seq: fault.cause === undefined ? stored.cause_seq : causeSeq,
      message: fault.message === undefined ? stored.message : fault.message,
      started_at_ms: fault.startedAtMs,
      resolved_at_ms: fault.resolvedAtMs ?? stored.resolved_at_ms,
    };
    if (isSame(stored, next)) return "unchanged";
    if (next.resolved_at_ms !== null && next.resolved_at_ms < next.started_at_ms) {
      const end = formatInstant(next.resolved_at_ms);
      return refusal(
        "started_at",
        `lies after the end that the fault '${fault.externalId}' has (${end}); give resolved_at, too`,
      );
    }
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
    return "updated";
  };
}

function isSame(a: StoredFault, b: StoredFault): boolean {
  return (Object.keys(a) as (keyof StoredFault)[]).every((column) => a[column] === b[column]);
}

/** Finds the site and the link that a row names; each call gives a finder with a memory of its own. */
function placeFinder(
  context: StoreContext,
  workspace: string,
): () => (fault: ImportedFault) => Place | Refusal {
  const sites = siteStore(context);
  const findNamed = context.db.query<{ seq: number }, [string, string]>(
    "SELECT seq FROM sites WHERE workspace = ? AND name = ?",
  );

  const siteCalled = (key: string): Place | Refusal => {
    const known = sites.findByExternalId(workspace, key);
    const [first, ...others] = known ? [known] : findNamed.all(workspace, key);
    if (!first) return refusal("site", `'${key}' is neither the external_id nor the name of a site`);
    if (others.length === 0) return { siteSeq: first.seq, linkSeq: null };
    return refusal("site", `'${key}' names ${others.length + 1} sites; use site_id or external_id`);
  };
  const siteWithId = (id: string): Place | Refusal => {
    const known = sites.findById(workspace, id);
    return known
      ? { siteSeq: known.seq, linkSeq: null }
      : refusal("site_id", `'${id}' is not a site of this workspace`);
  };
  const linkWithId = (id: string): Place | Refusal => {
    const link = sites.findLink(workspace, id);
    return link
      ? { siteSeq: link.site_seq, linkSeq: link.seq }
      : refusal("resource_id", `'${id}' is not a WAN link of this workspace`);
  };

  return () => {
    const bySite = remembered(siteCalled);
    const byId = remembered(siteWithId);
    const byLink = remembered(linkWithId);
    return ({ site, siteId, resourceId }) => {
      let place = site === undefined ? null : bySite(site);
      if (siteId !== undefined) place = agreed(place, byId(siteId), "site_id", siteId);
      if (resourceId != null) place = agreed(place, byLink(resourceId), "resource_id", resourceId);
      return place ?? refusal("site", "is missing");
    };
  };
}

/** The later of two places that a row names, if both are of one site. */
function agreed(
  before: Place | Refusal | null,
  place: Place | Refusal,
  param: string,
  id: string,
): Place | Refusal {
  if (before === null || isRefusal(place)) return place;
  if (isRefusal(before)) return before;
  if (before.siteSeq === place.siteSeq) return place;
  return refusal(param, `'${id}' belongs to another site than the one that the row names besides`);
}

/** The function with a memory, which the number of rows in a transaction bounds. */
function remembered<T>(find: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const found = find(key);
    known.set(key, found);
    return found;
  };
}

function siteParam({ site, siteId }: ImportedFault): string {
  return site !== undefined ? "site" : siteId !== undefined ? "site_id" : "resource_id";
}

function refusal(param: string, reason: string): Refusal {
  return { param, reason };
}
