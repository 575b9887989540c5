// Signed links to files of reports: who made each, until when it works, and whether it was revoked. How they are
// signed is http/caller/links.ts.
import { NinesError } from "../model/errors.ts";
import { formatInstant } from "../model/formats.ts";
import type { Artefact, KeptLink } from "../model/report.ts";
import {
  bound,
  inTransaction,
  newestPage,
  type Page,
  type PageRequest,
  type Reading,
  type StoreContext,
} from "./database/context.ts";

/** So many links of a report that tokens made can work at a time. */
export const MOST_LINKS = 1000;
/** How many that are over a new link takes away. */
const SWEPT_AT_ONCE = 100;

type Row = {
  id: string;
  artefact: Artefact;
  made_by: string | null;
  delivery_id: string | null;
  created_at_ms: number;
  expires_at_ms: number;
};

/** Who asks for a link: a token's subject, or a message. */
export type LinkMaker = { subject: string } | { deliveryId: string; round: number };

export type LinkOrder = {
  reportId: string;
  artefact: Artefact;
  maker: LinkMaker;
  /** Epoch milliseconds. */
  expiresAtMs: number;
};

type LinkOf = { reportId: string; linkId: string };

/** Keeps the links of a workspace's reports. `longestMs`: no link works longer, whatever it was made for. */
export const linkStore = (context: StoreContext) =>
  bound(context, {
    create: createLink,
    get: getLink,
    list: listLinks,
    revoke: revokeLink,
    works: linkWorks,
    keepFromNow: keepLinksFromNow,
    keptSinceMs: linksKeptSinceMs,
  });

/**
 * Keeps a new link; null for an unknown report. A message that is sent again gets the link that it had. Throws
 * conflict when the report has too many.
 */
function createLink(context: StoreContext, workspace: string, order: LinkOrder): KeptLink | null {
  const { db, now, newId } = context;
  const { reportId, artefact, maker, expiresAtMs } = order;
  return inTransaction(db, () => {
    const report = reportSeqOf(context, workspace, reportId);
    if (report === null) return null;
    const at = now();
    if ("subject" in maker) refuseTooMany(context, report, at);
    const had = "subject" in maker ? null : linkOfMessage(context, { artefact, ...maker }, at);
    if (had) return toLink(had, Number.POSITIVE_INFINITY);
    sweepLinks(context, at);
    const row = db
      .query<Row, (string | number | null)[]>(
        `INSERT INTO links (id, report_seq, artefact, made_by, delivery_id, round, created_at_ms, expires_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
      )
      .get(
        newId("link"),
        report,
        artefact,
        "subject" in maker ? maker.subject : null,
        "subject" in maker ? null : maker.deliveryId,
        "subject" in maker ? null : maker.round,
        at,
        expiresAtMs,
      ) as Row;
    return toLink(row, Number.POSITIVE_INFINITY);
  });
}

/** Served by links_newest. */
function refuseTooMany({ db }: Reading, reportSeq: number, atMs: number): void {
  const { count } = db
    .query<{ count: number }, [number, number]>(
      `SELECT count(*) AS count FROM links
       WHERE report_seq = ? AND expires_at_ms > ? AND revoked_at_ms IS NULL AND delivery_id IS NULL`,
    )
    .get(reportSeq, atMs) as { count: number };
  if (count < MOST_LINKS) return;
  throw new NinesError("conflict", {
    message: `The report has ${MOST_LINKS} links that still work, which is the most; revoke some of them.`,
  });
}

/** Served by links_delivery. */
function linkOfMessage(
  { db }: Reading,
  { artefact, deliveryId, round }: { artefact: Artefact; deliveryId: string; round: number },
  atMs: number,
): Row | null {
  return db
    .query<Row, [string, number, string, number]>(
      `SELECT * FROM links WHERE delivery_id = ? AND round = ? AND artefact = ?
         AND expires_at_ms > ? AND revoked_at_ms IS NULL`,
    )
    .get(deliveryId, round, artefact, atMs);
}

/** Takes some away that are over. Served by links_expired. */
function sweepLinks({ db }: Reading, atMs: number): void {
  db.query(
    "DELETE FROM links WHERE seq IN (SELECT seq FROM links WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)",
  ).run(atMs, SWEPT_AT_ONCE);
}

/** A link as it was made; null when the report has none with this id, or it was revoked. */
function getLink({ db }: Reading, workspace: string, { reportId, linkId }: LinkOf): KeptLink | null {
  const row = db
    .query<Row, [string, string, string]>(
      `SELECT * FROM links WHERE id = ? AND revoked_at_ms IS NULL
         AND report_seq = (SELECT seq FROM reports WHERE id = ? AND workspace = ?)`,
    )
    .get(linkId, reportId, workspace);
  return row && toLink(row, Number.POSITIVE_INFINITY);
}

/** Those that still work, newest first; null for an unknown report. Served by links_newest. */
function listLinks(
  context: StoreContext,
  workspace: string,
  { reportId, longestMs }: { reportId: string; longestMs: number },
  page: PageRequest,
): Page<KeptLink> | null {
  const report = reportSeqOf(context, workspace, reportId);
  if (report === null) return null;
  const at = context.now();
  const where = {
    sql: "report_seq = ? AND revoked_at_ms IS NULL AND expires_at_ms > ? AND created_at_ms > ?",
    params: [report, at, at - longestMs],
  };
  const { rows, total } = newestPage<Row>(context.db, { columns: "*", from: "links", where }, page);
  return { data: rows.map((row) => toLink(row, longestMs)), total };
}

/** Ends a link; false when the report has none with this id, or it was revoked before. */
function revokeLink({ db, now }: StoreContext, workspace: string, { reportId, linkId }: LinkOf): boolean {
  const { changes } = db
    .query(
      `UPDATE links SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL
         AND report_seq = (SELECT seq FROM reports WHERE id = ? AND workspace = ?)`,
    )
    .run(now(), linkId, reportId, workspace);
  return changes > 0;
}

/** Whether a link still works. What it is of is in its signature. */
function linkWorks({ db, now }: StoreContext, id: string, longestMs: number): boolean {
  const row = db
    .query<{ id: string }, [string, number, number]>(
      "SELECT id FROM links WHERE id = ? AND revoked_at_ms IS NULL AND expires_at_ms > ? AND created_at_ms > ?",
    )
    .get(id, now(), now() - longestMs);
  return row !== null;
}

/** Notes, once for a database, that links are kept from now on. */
function keepLinksFromNow({ db, now }: StoreContext): void {
  db.query("INSERT INTO links_kept (one, since_ms) VALUES (1, ?) ON CONFLICT DO NOTHING").run(now());
}

/** Since when links are kept, epoch ms: what was signed before is in no table. */
function linksKeptSinceMs({ db, now }: StoreContext): number {
  const row = db.query<{ since_ms: number }, []>("SELECT since_ms FROM links_kept").get();
  return row?.since_ms ?? now();
}

function reportSeqOf({ db }: Reading, workspace: string, id: string): number | null {
  const row = db
    .query<{ seq: number }, [string, string]>("SELECT seq FROM reports WHERE id = ? AND workspace = ?")
    .get(id, workspace);
  return row?.seq ?? null;
}

function toLink(row: Row, longestMs: number): KeptLink {
  return {
    id: row.id,
    artefact: row.artefact,
    made_by: row.made_by,
    delivery_id: row.delivery_id,
    created_at: formatInstant(row.created_at_ms),
    expires_at: formatInstant(Math.min(row.expires_at_ms, row.created_at_ms + longestMs)),
  };
}
