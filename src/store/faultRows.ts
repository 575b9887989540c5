// A fault as it is stored, and the object that it is outside the store.
import type { Comment, Fault } from "../model/fault.ts";
import { formatInstant } from "../model/formats.ts";
import type { Reading } from "./database/context.ts";

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

export type CommentRow = { id: string; author: string; text: string; created_at_ms: number };

const FAULT_COLUMNS = `
  SELECT f.seq, f.id, f.site_seq, s.id AS site_id, f.link_seq, l.id AS link_id, f.type, f.severity, c.text AS cause,
         f.message, f.started_at_ms, f.resolved_at_ms, f.external_id, f.updated_at_ms`;

/** Faults of some source of their rows. Those of a site that is being deleted (leavingSites.ts) are gone already. */
export const selectFaultOf = (source: string): string => `${FAULT_COLUMNS}
  FROM ${source} f
  JOIN sites s ON s.seq = f.site_seq AND s.workspace = f.workspace
  LEFT JOIN wan_links l ON l.seq = f.link_seq
  LEFT JOIN causes c ON c.seq = f.cause_seq`;

export const SELECT_FAULT = selectFaultOf("faults");

/** The fault of a row, with its comments. */
export function toFault(context: Reading, row: FaultRow): Fault {
  return {
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
    comments: commentRowsOf(context, row.seq).map(toComment),
    updated_at: formatInstant(row.updated_at_ms),
  };
}

/** The comments of a fault, oldest first. */
export function commentRowsOf({ db }: Reading, faultSeq: number): CommentRow[] {
  return db
    .query<CommentRow, [number]>(
      "SELECT id, author, text, created_at_ms FROM fault_comments WHERE fault_seq = ? ORDER BY seq",
    )
    .all(faultSeq);
}

function toComment({ created_at_ms, ...comment }: CommentRow): Comment {
  return { ...comment, created_at: formatInstant(created_at_ms) };
}
