// Faults one at a time, with comments. Many at once: faultImport.ts; for arithmetic: faultSpans.ts.
import { NinesError } from "../model/errors.ts";
import type { Comment, Fault, FaultInput, FaultPatch } from "../model/fault.ts";
import { formatInstant, parseInstant } from "../model/formats.ts";
import { causeStore } from "./causes.ts";
import { allOf, type Condition, inTransaction, type StoreContext } from "./database/context.ts";
import { naturalIdentity } from "./faultIdentity.ts";

export type FaultFilter = {
  type?: string | undefined;
  severity?: string | undefined;
  status?: "unresolved" | "resolved" | undefined;
  siteIds?: string[] | undefined;
  /** Faults that touch [from, to): those that lasted past `from` and began before `to`. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
};

/** Where a list goes on: after the fault with this start and key, newest first. */
export type FaultCursor = { startedAtMs: number; seq: number };

export type FaultRow = {
  seq: number;
  id: string;
  site_seq: number;
  site_id: string;
  link_seq: number | null;
  link_id: string | null;
  type: string;
  severity: Fault["severity"];
  cause: string | null;
  message: string | null;
  started_at_ms: number;
  resolved_at_ms: number | null;
  external_id: string | null;
  updated_at_ms: number;
};

/** A new fault with its references resolved; the site and the link are known to fit together. */
export type NewFault = FaultInput & { siteSeq: number; linkSeq: number | null };

export const SELECT_FAULT = `
  SELECT f.seq, f.id, f.site_seq, s.id AS site_id, f.link_seq, l.id AS link_id, f.type, f.severity, c.text AS cause,
         f.message, f.started_at_ms, f.resolved_at_ms, f.external_id, f.updated_at_ms
  FROM faults f
  JOIN sites s ON s.seq = f.site_seq
  LEFT JOIN wan_links l ON l.seq = f.link_seq
  LEFT JOIN causes c ON c.seq = f.cause_seq`;

export type FaultStore = ReturnType<typeof faultStore>;

/** Reads and changes faults of a workspace. Unknown ids give null; a taken external_id throws already_exists. */
export function faultStore({ db, now, newId }: StoreContext) {
  const causes = causeStore(db);
  const byId = db.query<FaultRow, [string, string]>(`${SELECT_FAULT} WHERE f.id = ? AND f.workspace = ?`);
  const commentsOf = db.query<{ id: string; author: string; text: string; created_at_ms: number }, [number]>(
    "SELECT id, author, text, created_at_ms FROM fault_comments WHERE fault_seq = ? ORDER BY seq",
  );
  const identityTaken = db.query<{ seq: number }, [string, string]>(
    "SELECT seq FROM faults WHERE workspace = ? AND identity = ?",
  );

  const commentList = (faultSeq: number): Comment[] =>
    commentsOf
      .all(faultSeq)
      .map(({ created_at_ms, ...comment }) => ({ ...comment, created_at: formatInstant(created_at_ms) }));

  const toFault = (row: FaultRow): Fault => ({
    id: row.id,
    site_id: row.site_id,
    resource_id: row.link_id,
    type: row.type,
    severity: row.severity,
    status: row.resolved_at_ms === null ? "unresolved" : "resolved",
    cause: row.cause,
    message: row.message,
    created_at: formatInstant(row.started_at_ms),
    resolved_at: row.resolved_at_ms === null ? null : formatInstant(row.resolved_at_ms),
    external_id: row.external_id,
    comments: commentList(row.seq),
    updated_at: formatInstant(row.updated_at_ms),
  });

  /** The identity to store: the external id must be free; a natural key that is taken gives null. */
  const freeIdentity = (workspace: string, fault: IdentityParts, ownSeq: number): string | null => {
    const identity = fault.externalId === null ? naturalIdentity(fault) : `e:${fault.externalId}`;
    const taken = identityTaken.get(workspace, identity);
    if (!taken || taken.seq === ownSeq) return identity;
    if (fault.externalId === null) return null;
    throw new NinesError("already_exists", {
      param: "external_id",
      message: `Another fault has the external_id '${fault.externalId}'; it must be unique within the workspace.`,
    });
  };

  const create = (workspace: string, input: NewFault): Fault =>
    inTransaction(db, () => {
      const at = now();
      const startedAtMs = instantOr(input.created_at, at);
      const resolvedAtMs = input.resolved_at == null ? null : parseInstant(input.resolved_at);
      refuseEndBeforeStart(startedAtMs, resolvedAtMs);
      const id = newId("fault");
      const fields = {
        siteSeq: input.siteSeq,
        linkSeq: input.linkSeq,
        type: input.type ?? (input.linkSeq === null ? "site" : "wantunnel"),
        causeSeq: causes.seqOf(input.cause ?? null),
        startedAtMs,
        externalId: input.external_id ?? null,
      };
      db.query(
        `INSERT INTO faults (id, workspace, site_seq, link_seq, type, severity, cause_seq, message,
                             started_at_ms, resolved_at_ms, external_id, identity, updated_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        id,
        workspace,
        fields.siteSeq,
        fields.linkSeq,
        fields.type,
        input.severity ?? "CRITICAL",
        fields.causeSeq,
        input.message ?? null,
        startedAtMs,
        resolvedAtMs,
        fields.externalId,
        freeIdentity(workspace, fields, -1),
        at,
      );
      return toFault(byId.get(id, workspace) as FaultRow);
    });

  const update = (workspace: string, id: string, patch: FaultPatch): Fault | null =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return null;
      const changed = patched(row, patch);
      const causeSeq = causes.seqOf(changed.cause);
      const identity = freeIdentity(
        workspace,
        { siteSeq: row.site_seq, linkSeq: row.link_seq, causeSeq, ...changed },
        row.seq,
      );
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
      return toFault(byId.get(id, workspace) as FaultRow);
    });

  const remove = (workspace: string, id: string): boolean =>
    db.query("DELETE FROM faults WHERE id = ? AND workspace = ?").run(id, workspace).changes > 0;

  const get = (workspace: string, id: string): Fault | null => {
    const row = byId.get(id, workspace);
    return row && toFault(row);
  };

  /** Adds a comment; null when there is no such fault. */
  const comment = (workspace: string, id: string, author: string, text: string): Comment | null =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return null;
      const made = { id: newId("comment"), author, text };
      const at = now();
      db.query(
        "INSERT INTO fault_comments (id, fault_seq, author, text, created_at_ms) VALUES (?, ?, ?, ?, ?)",
      ).run(made.id, row.seq, author, text, at);
      return { ...made, created_at: formatInstant(at) };
    });

  const rowsAfter = (
    workspace: string,
    filter: FaultFilter,
    after: FaultCursor | null,
    limit: number,
  ): FaultRow[] => {
    const where = faultCondition(workspace, filter, after);
    return db
      .query<FaultRow, (string | number)[]>(
        `${SELECT_FAULT} WHERE ${where.sql} ORDER BY f.started_at_ms DESC, f.seq DESC LIMIT ?`,
      )
      .all(...where.params, limit);
  };

  /** Newest start first, after the cursor. Served by faults_newest, with one site by faults_site. */
  const list = (workspace: string, filter: FaultFilter, after: FaultCursor | null, limit: number) => {
    const rows = rowsAfter(workspace, filter, after, limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      data: rows.slice(0, limit).map(toFault),
      next: last ? { startedAtMs: last.started_at_ms, seq: last.seq } : null,
    };
  };

  return { create, update, remove, get, comment, list, rowsAfter };
}

type IdentityParts = Parameters<typeof naturalIdentity>[0] & { externalId: string | null };

function faultCondition(workspace: string, filter: FaultFilter, after: FaultCursor | null) {
  const one = (sql: string, value: string | number | undefined): Condition =>
    value === undefined ? null : { sql, params: [value] };
  return allOf([
    { sql: "f.workspace = ?", params: [workspace] },
    one("f.type = ?", filter.type),
    one("f.severity = ?", filter.severity),
    filter.status
      ? { sql: `f.resolved_at_ms IS ${filter.status === "resolved" ? "NOT NULL" : "NULL"}`, params: [] }
      : null,
    filter.siteIds
      ? {
          sql: "f.site_seq IN (SELECT seq FROM sites WHERE workspace = ? AND id IN (SELECT value FROM json_each(?)))",
          params: [workspace, JSON.stringify(filter.siteIds)],
        }
      : null,
    one("f.resolved_at_ms IS NULL OR f.resolved_at_ms > ?", filter.fromMs),
    one("f.started_at_ms < ?", filter.toMs),
    after ? { sql: "(f.started_at_ms, f.seq) < (?, ?)", params: [after.startedAtMs, after.seq] } : null,
  ]);
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
