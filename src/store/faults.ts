// Faults one at a time, with comments. Lists: faultList.ts; many at once: faultImport.ts; for arithmetic:
// faultSpans.ts; for reports: reportFaults.ts.
import { NinesError } from "../model/errors.ts";
import {
  type Comment,
  type Fault,
  type FaultInput,
  type FaultPatch,
  MAX_COMMENTS,
  MAX_COMMENTS_BYTES,
} from "../model/fault.ts";
import { formatInstant, parseInstant } from "../model/formats.ts";
import { causeSeqOf } from "./causes.ts";
import { bound, inTransaction, type Reading, type StoreContext } from "./database/context.ts";
import { formerIdentity, naturalIdentity } from "./faultIdentity.ts";
import { listFaults } from "./faultList.ts";
import { placeOf } from "./faultPlace.ts";
import { type FaultRow, SELECT_FAULT, toFault } from "./faultRows.ts";
import { lookForFaults } from "./faultWalk.ts";
import { freeOfLeaving } from "./leavingSites.ts";

export type FaultStore = ReturnType<typeof faultStore>;

/** Reads and changes faults of a workspace. Unknown ids give null; a taken external_id throws already_exists. */
export const faultStore = (context: StoreContext) =>
  bound(context, {
    create: createFault,
    update: updateFault,
    resolve: resolveFault,
    remove: removeFault,
    get: getFault,
    comment: commentFault,
    list: listFaults,
    lookFor: lookForFaults,
  });

/** A fault by its id; null when there is none. */
function getFault(context: Reading, workspace: string, id: string): Fault | null {
  const row = rowOf(context, workspace, id);
  return row && toFault(context, row);
}

const FAULT_BY_ID = `${SELECT_FAULT} WHERE f.id = ? AND f.workspace = ?`;

function rowOf({ db }: Reading, workspace: string, id: string): FaultRow | null {
  return db.query<FaultRow, [string, string]>(FAULT_BY_ID).get(id, workspace);
}

/** Stores a new fault at the site or link that it names; for what is refused of these see `placeOf`. */
function createFault(context: StoreContext, workspace: string, input: FaultInput): Fault {
  const { db, now, newId } = context;
  return inTransaction(db, () => {
    const { siteSeq, linkSeq } = placeOf(context, workspace, input);
    const at = now();
    const startedAtMs = instantOr(input.created_at, at);
    const resolvedAtMs = input.resolved_at == null ? null : parseInstant(input.resolved_at);
    refuseEndBeforeStart(startedAtMs, resolvedAtMs);
    const id = newId("fault");
    const type = input.type ?? (linkSeq === null ? "site" : "wantunnel");
    const causeSeq = causeSeqOf(context, input.cause ?? null);
    const externalId = input.external_id ?? null;
    const parts = { siteSeq, linkSeq, type, causeSeq, startedAtMs, externalId };
    db.query(
      `INSERT INTO faults (id, workspace, site_seq, link_seq, type, severity, cause_seq, message,
                           started_at_ms, resolved_at_ms, external_id, identity, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      id,
      workspace,
      siteSeq,
      linkSeq,
      type,
      input.severity ?? "CRITICAL",
      causeSeq,
      input.message ?? null,
      startedAtMs,
      resolvedAtMs,
      externalId,
      freeIdentity(context, workspace, parts, -1),
      at,
    );
    return getFault(context, workspace, id) as Fault;
  });
}

function updateFault(context: StoreContext, workspace: string, id: string, patch: FaultPatch): Fault | null {
  const { db, now } = context;
  return inTransaction(db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return null;
    const changed = patched(row, patch);
    const causeSeq = causeSeqOf(context, changed.cause);
    const parts = { siteSeq: row.site_seq, linkSeq: row.link_seq, causeSeq, ...changed };
    const identity = freeIdentity(context, workspace, parts, row.seq);
    db.query(
      `UPDATE faults SET type = ?, severity = ?, cause_seq = ?, message = ?, started_at_ms = ?, resolved_at_ms = ?,
                         external_id = ?, identity = ?, updated_at_ms = ? WHERE seq = ?`,
    ).run(
      changed.type,
      changed.severity,
      causeSeq,
      changed.message,
      changed.startedAtMs,
      changed.resolvedAtMs,
      changed.externalId,
      identity,
      now(),
      row.seq,
    );
    return getFault(context, workspace, id);
  });
}

/** Ends a fault at an instant, or now; null when there is none. Throws conflict when it has ended already. */
function resolveFault(
  context: StoreContext,
  workspace: string,
  id: string,
  resolvedAt: string = formatInstant(context.now()),
): Fault | null {
  return inTransaction(context.db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return null;
    if (row.resolved_at_ms !== null) {
      throw new NinesError("conflict", {
        message: `The fault was resolved at ${formatInstant(row.resolved_at_ms)} already; change resolved_at with PATCH.`,
      });
    }
    return updateFault(context, workspace, id, { resolved_at: resolvedAt });
  });
}

/** Deletes a fault with its comments; false when there is none. */
function removeFault(context: StoreContext, workspace: string, id: string): boolean {
  return inTransaction(context.db, () => {
    const row = rowOf(context, workspace, id);
    if (row) context.db.query("DELETE FROM faults WHERE seq = ?").run(row.seq);
    return row !== null;
  });
}

/** Adds a comment; null when there is no such fault. Throws parameter_invalid when it would have too many, or too long. */
function commentFault(
  context: StoreContext,
  workspace: string,
  id: string,
  { author, text }: Pick<Comment, "author" | "text">,
): Comment | null {
  const { db, now, newId } = context;
  return inTransaction(db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return null;
    refuseTooManyComments(context, row.seq, { author, text });
    const made = { id: newId("comment"), author, text };
    const at = now();
    db.query(
      "INSERT INTO fault_comments (id, fault_seq, author, text, created_at_ms) VALUES (?, ?, ?, ?, ?)",
    ).run(made.id, row.seq, author, text, at);
    return { ...made, created_at: formatInstant(at) };
  });
}

/** Served by fault_comments_fault. */
function refuseTooManyComments(
  { db }: Reading,
  faultSeq: number,
  { author, text }: Pick<Comment, "author" | "text">,
): void {
  const { count, bytes } = db
    .query<{ count: number; bytes: number }, [number]>(
      `SELECT count(*) AS count, coalesce(sum(octet_length(author) + octet_length(text)), 0) AS bytes
       FROM fault_comments WHERE fault_seq = ?`,
    )
    .get(faultSeq) as { count: number; bytes: number };
  const left = MAX_COMMENTS_BYTES - bytes;
  const fits = Buffer.byteLength(author) + Buffer.byteLength(text) <= left;
  if (count < MAX_COMMENTS && fits) return;
  const why =
    count >= MAX_COMMENTS
      ? `the fault has ${count} comments, the most it may have`
      : `the fault's comments and their authors may take ${MAX_COMMENTS_BYTES} bytes together, of which ${Math.max(0, left)} are left`;
  throw new NinesError("parameter_invalid", { param: "text", message: `'text' cannot be added: ${why}.` });
}

type IdentityParts = Parameters<typeof naturalIdentity>[0] & { externalId: string | null };

/** The identity to store: the external id must be free; a natural key that is taken gives null. */
function freeIdentity(
  context: Reading,
  workspace: string,
  fault: IdentityParts,
  ownSeq: number,
): string | null {
  const identity = fault.externalId === null ? naturalIdentity(fault) : `e:${fault.externalId}`;
  const former = fault.externalId === null ? formerIdentity(fault) : identity;
  const taken = context.db
    .query<{ seq: number; identity: string }, [string, string, string]>(
      "SELECT seq, identity FROM faults WHERE workspace = ? AND identity IN (?, ?)",
    )
    .get(workspace, identity, former);
  if (!taken || taken.seq === ownSeq || freeOfLeaving(context, workspace, taken.identity)) return identity;
  if (fault.externalId === null) return null;
  throw new NinesError("already_exists", {
    param: "external_id",
    message: `Another fault has the external_id '${fault.externalId}'; it must be unique within the workspace.`,
  });
}

/** The fields of a fault after a change; what the change leaves out stays. Refuses an end before the start. */
function patched(row: FaultRow, patch: FaultPatch) {
  const kept = <T>(given: T | undefined, before: T): T => (given === undefined ? before : given);
  const end = patch.resolved_at;
  const startedAtMs = instantOr(patch.created_at, row.started_at_ms);
  const resolvedAtMs = end == null ? kept(end, row.resolved_at_ms) : parseInstant(end);
  refuseEndBeforeStart(startedAtMs, resolvedAtMs, end === undefined ? "created_at" : "resolved_at");
  return {
    startedAtMs,
    resolvedAtMs,
    type: kept(patch.type, row.type),
    severity: kept(patch.severity, row.severity),
    cause: kept(patch.cause, row.cause),
    message: kept(patch.message, row.message),
    externalId: kept(patch.external_id, row.external_id),
  };
}

function instantOr(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : (parseInstant(text) as number);
}

function refuseEndBeforeStart(startedAtMs: number, resolvedAtMs: number | null, param = "resolved_at"): void {
  if (resolvedAtMs === null || resolvedAtMs >= startedAtMs) return;
  throw new NinesError("parameter_invalid", {
    param,
    message: `resolved_at (${formatInstant(resolvedAtMs)}) lies before the start of the outage, created_at (${formatInstant(startedAtMs)}).`,
  });
}
