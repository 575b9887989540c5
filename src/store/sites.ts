// Sites one at a time, and lists of them. Their WAN links: wanLinks.ts; many at once: siteImport.ts.
import { NinesError } from "../model/errors.ts";
import { formatInstant, parseInstant } from "../model/formats.ts";
import type { Site, SiteInput, SitePatch, Tags, WanLink } from "../model/site.ts";
import { matches, type Rule } from "../sla/selection.ts";
import {
  allOf,
  bound,
  type Condition,
  inTransaction,
  newestPage,
  type Page,
  type PageRequest,
  type Reading,
  type StoreContext,
} from "./database/context.ts";
import { isAnyLeaving, removeLeft, removeSite } from "./leavingSites.ts";
import { mayMatch } from "./tags.ts";
import { replaceLinks } from "./wanLinks.ts";

export type SiteFilter = {
  name?: string | undefined;
  externalId?: string | undefined;
  /** Sites must match every one of these. */
  tags?: Rule[] | undefined;
};

/** The columns of a site by which the import recognises it. */
export type SiteKey = { seq: number; id: string };

export type SiteRow = {
  seq: number;
  id: string;
  name: string;
  external_id: string | null;
  address: string | null;
  tags: string;
  monitored_since_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
};

/** A site as it is shown: with its links, in one statement, for a page would need as many more. */
type ShownRow = SiteRow & { wan_links: string };
const SHOWN = `*, (
  SELECT json_group_array(json_object('id', id, 'name', name, 'isp', isp) ORDER BY position)
  FROM wan_links WHERE site_seq = sites.seq
) AS wan_links`;

/** Reads and changes sites of a workspace. Unknown ids give null; a taken external_id throws already_exists. */
export const siteStore = (context: StoreContext) =>
  bound(context, {
    create: createSite,
    update: updateSite,
    remove: removeSite,
    isAnyLeaving,
    removeLeft,
    get: getSite,
    list: listSites,
  });

/** A site by its id; null when there is none. */
export function getSite(context: Reading, workspace: string, id: string): Site | null {
  const row = rowOf(context, workspace, id);
  return row && toSite(row);
}

function rowOf({ db }: Reading, workspace: string, id: string): ShownRow | null {
  return db
    .query<ShownRow, [string, string]>(`SELECT ${SHOWN} FROM sites WHERE id = ? AND workspace = ?`)
    .get(id, workspace);
}

function toSite(row: ShownRow): Site {
  return {
    id: row.id,
    name: row.name,
    external_id: row.external_id,
    address: row.address,
    tags: JSON.parse(row.tags) as Tags,
    monitored_since: row.monitored_since_ms === null ? null : formatInstant(row.monitored_since_ms),
    wan_links: JSON.parse(row.wan_links) as WanLink[],
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  };
}

/** Stores a new site with its links. */
export function createSite(context: StoreContext, workspace: string, input: SiteInput): Site {
  const { db, now, newId } = context;
  return inTransaction(db, () => {
    refuseTakenExternalId(context, workspace, { externalId: input.external_id, exceptSeq: -1 });
    const id = newId("site");
    const at = now();
    const { seq } = db
      .query<{ seq: number }, (string | number | null)[]>(
        `INSERT INTO sites (id, workspace, name, external_id, address, tags, monitored_since_ms, created_at_ms, updated_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
      )
      .get(
        id,
        workspace,
        input.name,
        input.external_id ?? null,
        input.address ?? null,
        JSON.stringify(input.tags ?? {}),
        instantOrNull(input.monitored_since),
        at,
        at,
      ) as { seq: number };
    if (input.wan_links) replaceLinks(context, seq, input.wan_links);
    return getSite(context, workspace, id) as Site;
  });
}

/** Changes the fields that the patch gives; null when there is no such site. */
export function updateSite(
  context: StoreContext,
  workspace: string,
  id: string,
  patch: SitePatch,
): Site | null {
  const { db, now } = context;
  return inTransaction(db, () => {
    const row = rowOf(context, workspace, id);
    if (!row) return null;
    refuseTakenExternalId(context, workspace, { externalId: patch.external_id, exceptSeq: row.seq });
    db.query(
      `UPDATE sites SET name = ?, external_id = ?, address = ?, tags = ?, monitored_since_ms = ?, updated_at_ms = ?
       WHERE seq = ?`,
    ).run(
      patch.name ?? row.name,
      patch.external_id === undefined ? row.external_id : patch.external_id,
      patch.address === undefined ? row.address : patch.address,
      patch.tags === undefined ? row.tags : JSON.stringify(patch.tags),
      patch.monitored_since === undefined ? row.monitored_since_ms : instantOrNull(patch.monitored_since),
      now(),
      row.seq,
    );
    if (patch.wan_links) replaceLinks(context, row.seq, patch.wan_links);
    return getSite(context, workspace, id);
  });
}

function refuseTakenExternalId(
  context: Reading,
  workspace: string,
  { externalId, exceptSeq }: { externalId: string | null | undefined; exceptSeq: number },
): void {
  if (externalId == null) return;
  const taken = findSiteByExternalId(context, workspace, externalId);
  if (!taken || taken.seq === exceptSeq) return;
  throw new NinesError("already_exists", {
    param: "external_id",
    message: `Another site has the external_id '${externalId}'; it must be unique within the workspace.`,
  });
}

/** Newest first. Served by sites_newest; a tag filter reads the tags of all sites of the workspace. */
export function listSites(
  context: Reading,
  workspace: string,
  filter: SiteFilter,
  page: PageRequest,
): Page<Site> {
  const where = allOf([
    { sql: "workspace = ?", params: [workspace] },
    equals("name", filter.name),
    equals("external_id", filter.externalId),
    filter.tags?.length ? tagCondition(context, workspace, filter.tags) : null,
  ]);
  const { rows, total } = newestPage<ShownRow>(context.db, { columns: SHOWN, from: "sites", where }, page);
  return { data: rows.map(toSite), total };
}

function tagCondition({ db }: Reading, workspace: string, rules: Rule[]): Condition {
  const likely = mayMatch(rules, "and");
  const rows = db
    .query<{ seq: number; tags: string }, string[]>(
      `SELECT seq, tags FROM sites WHERE workspace = ? AND ${likely.sql}`,
    )
    .iterate(workspace, ...likely.params);
  const seqs: number[] = [];
  for (const { seq, tags } of rows) if (matches(JSON.parse(tags) as Tags, rules, "and")) seqs.push(seq);
  return { sql: "seq IN (SELECT value FROM json_each(?))", params: [JSON.stringify(seqs)] };
}

/** The key of the site with this id; null when the workspace has none. */
export function findSiteById({ db }: Reading, workspace: string, id: string): SiteKey | null {
  return db
    .query<SiteKey, [string, string]>("SELECT seq, id FROM sites WHERE workspace = ? AND id = ?")
    .get(workspace, id);
}

/** The key of the site with this external id; null when the workspace has none. */
export function findSiteByExternalId({ db }: Reading, workspace: string, externalId: string): SiteKey | null {
  return db
    .query<SiteKey, [string, string]>("SELECT seq, id FROM sites WHERE workspace = ? AND external_id = ?")
    .get(workspace, externalId);
}

/** The keys of sites with this name, which need not be unique: two at most, which says that it is ambiguous. */
export function findSitesByName({ db }: Reading, workspace: string, name: string): SiteKey[] {
  return db
    .query<SiteKey, [string, string]>("SELECT seq, id FROM sites WHERE workspace = ? AND name = ? LIMIT 2")
    .all(workspace, name);
}

function instantOrNull(text: string | null | undefined): number | null {
  return text == null ? null : parseInstant(text);
}

function equals(column: string, value: string | undefined): Condition {
  return value === undefined ? null : { sql: `${column} = ?`, params: [value] };
}
