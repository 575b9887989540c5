// Sites and their WAN links.

import { NinesError } from "../model/errors.ts";
import { formatInstant, parseInstant } from "../model/formats.ts";
import type { Site, SiteInput, SitePatch, Tags, WanLink, WanLinkInput } from "../model/site.ts";
import { matches, type Rule } from "../sla/selection.ts";
import {
  allOf,
  type Condition,
  inTransaction,
  newestPage,
  type Page,
  type PageRequest,
  type StoreContext,
} from "./database/context.ts";

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

export type SiteStore = ReturnType<typeof siteStore>;

/** Reads and changes sites of a workspace. Unknown ids give null; a taken external_id throws already_exists. */
export function siteStore({ db, now, newId }: StoreContext) {
  const bySeq = db.query<SiteRow, [number]>("SELECT * FROM sites WHERE seq = ?");
  const byId = db.query<SiteRow, [string, string]>("SELECT * FROM sites WHERE id = ? AND workspace = ?");
  const linksOf = db.query<WanLink, [number]>(
    "SELECT id, name, isp FROM wan_links WHERE site_seq = ? ORDER BY position",
  );
  const insert = db.query<{ seq: number }, (string | number | null)[]>(
    `INSERT INTO sites (id, workspace, name, external_id, address, tags, monitored_since_ms, created_at_ms, updated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
  );

  const toSite = (row: SiteRow): Site => ({
    id: row.id,
    name: row.name,
    external_id: row.external_id,
    address: row.address,
    tags: JSON.parse(row.tags) as Tags,
    monitored_since: row.monitored_since_ms === null ? null : formatInstant(row.monitored_since_ms),
    wan_links: linksOf.all(row.seq),
    created_at: formatInstant(row.created_at_ms),
    updated_at: formatInstant(row.updated_at_ms),
  });

  const refuseTakenExternalId = (
    workspace: string,
    externalId: string | null | undefined,
    exceptSeq: number,
  ) => {
    if (externalId == null) return;
    const taken = db
      .query<{ seq: number }, [string, string, number]>(
        "SELECT seq FROM sites WHERE workspace = ? AND external_id = ? AND seq <> ?",
      )
      .get(workspace, externalId, exceptSeq);
    if (taken) {
      throw new NinesError("already_exists", {
        param: "external_id",
        message: `Another site has the external_id '${externalId}'; it must be unique within the workspace.`,
      });
    }
  };

  /** Makes the links of a site those of the list: kept by id, added, or removed (not while faults name them). */
  const replaceLinks = (siteSeq: number, links: readonly WanLinkInput[]) => {
    const present = new Set(linksOf.all(siteSeq).map((link) => link.id));
    links.forEach((link, position) => {
      const isp = link.isp ?? null;
      if (link.id === undefined) {
        db.query("INSERT INTO wan_links (id, site_seq, position, name, isp) VALUES (?, ?, ?, ?, ?)").run(
          newId("wanLink"),
          siteSeq,
          position,
          link.name,
          isp,
        );
      } else if (present.delete(link.id)) {
        db.query("UPDATE wan_links SET position = ?, name = ?, isp = ? WHERE id = ?").run(
          position,
          link.name,
          isp,
          link.id,
        );
      } else {
        throw new NinesError("reference_not_found", {
          param: `wan_links[${position}].id`,
          message: `'wan_links[${position}].id' names no WAN link of the site: '${link.id}'; leave id out to add a link.`,
        });
      }
    });
    for (const id of present) removeLink(id);
  };

  const removeLink = (id: string) => {
    const { count } = db
      .query<{ count: number }, [string]>(
        "SELECT count(*) AS count FROM faults WHERE link_seq = (SELECT seq FROM wan_links WHERE id = ?)",
      )
      .get(id) as { count: number };
    if (count > 0) {
      throw new NinesError("in_use", {
        param: "wan_links",
        message: `'wan_links' leaves out the WAN link '${id}', which has ${count} recorded faults; delete them before the link, or keep it in the list.`,
      });
    }
    db.query("DELETE FROM wan_links WHERE id = ?").run(id);
  };

  const create = (workspace: string, input: SiteInput): Site =>
    inTransaction(db, () => {
      refuseTakenExternalId(workspace, input.external_id, -1);
      const at = now();
      const { seq } = insert.get(
        newId("site"),
        workspace,
        input.name,
        input.external_id ?? null,
        input.address ?? null,
        JSON.stringify(input.tags ?? {}),
        instantOrNull(input.monitored_since),
        at,
        at,
      ) as { seq: number };
      if (input.wan_links) replaceLinks(seq, input.wan_links);
      return toSite(bySeq.get(seq) as SiteRow);
    });

  const update = (workspace: string, id: string, patch: SitePatch): Site | null =>
    inTransaction(db, () => {
      const row = byId.get(id, workspace);
      if (!row) return null;
      refuseTakenExternalId(workspace, patch.external_id, row.seq);
      db.query(
        "UPDATE sites SET name = ?, external_id = ?, address = ?, tags = ?, monitored_since_ms = ?, updated_at_ms = ? WHERE seq = ?",
      ).run(
        patch.name ?? row.name,
        patch.external_id === undefined ? row.external_id : patch.external_id,
        patch.address === undefined ? row.address : patch.address,
        patch.tags === undefined ? row.tags : JSON.stringify(patch.tags),
        patch.monitored_since === undefined ? row.monitored_since_ms : instantOrNull(patch.monitored_since),
        now(),
        row.seq,
      );
      if (patch.wan_links) replaceLinks(row.seq, patch.wan_links);
      return toSite(bySeq.get(row.seq) as SiteRow);
    });

  /** Deletes a site with its links and faults, and takes it out of schedules and maintenance windows. */
  const remove = (workspace: string, id: string): boolean =>
    db.query("DELETE FROM sites WHERE id = ? AND workspace = ?").run(id, workspace).changes > 0;

  /** How many faults go with a site when it is deleted; null when there is no such site. */
  const faultCount = (workspace: string, id: string): number | null => {
    const row = byId.get(id, workspace);
    if (!row) return null;
    const { count } = db
      .query<{ count: number }, [number]>("SELECT count(*) AS count FROM faults WHERE site_seq = ?")
      .get(row.seq) as { count: number };
    return count;
  };

  const get = (workspace: string, id: string): Site | null => {
    const row = byId.get(id, workspace);
    return row && toSite(row);
  };

  /** Newest first. Served by sites_newest; a tag filter reads the tags of all sites of the workspace. */
  const list = (workspace: string, filter: SiteFilter, page: PageRequest): Page<Site> => {
    const where = allOf([
      { sql: "workspace = ?", params: [workspace] },
      equals("name", filter.name),
      equals("external_id", filter.externalId),
      filter.tags?.length ? tagCondition(workspace, filter.tags) : null,
    ]);
    const { rows, total } = newestPage<SiteRow>(db, { columns: "*", from: "sites", where }, page);
    return { data: rows.map(toSite), total };
  };

  const tagCondition = (workspace: string, rules: Rule[]): Condition => {
    const seqs = tagsOfAll(workspace)
      .filter(({ tags }) => matches(tags, rules, "and"))
      .map(({ seq }) => seq);
    return { sql: "seq IN (SELECT value FROM json_each(?))", params: [JSON.stringify(seqs)] };
  };

  const tagsOfAll = (workspace: string): { seq: number; tags: Tags }[] =>
    db
      .query<{ seq: number; tags: string }, [string]>("SELECT seq, tags FROM sites WHERE workspace = ?")
      .all(workspace)
      .map(({ seq, tags }) => ({ seq, tags: JSON.parse(tags) as Tags }));

  /** Sites that an import row can mean: by id, by external id, or by name (several when it is ambiguous). */
  const findById = db.query<SiteKey, [string, string]>(
    "SELECT seq, id FROM sites WHERE workspace = ? AND id = ?",
  );
  const findByExternalId = db.query<SiteKey, [string, string]>(
    "SELECT seq, id FROM sites WHERE workspace = ? AND external_id = ?",
  );
  const findByName = db.query<SiteKey, [string, string]>(
    "SELECT seq, id FROM sites WHERE workspace = ? AND name = ? LIMIT 2",
  );
  const findLink = db.query<{ seq: number; id: string; site_seq: number; site_id: string }, [string, string]>(
    `SELECT l.seq, l.id, l.site_seq, s.id AS site_id FROM wan_links l JOIN sites s ON s.seq = l.site_seq
     WHERE s.workspace = ? AND l.id = ?`,
  );

  return {
    create,
    update,
    remove,
    faultCount,
    get,
    list,
    tagsOfAll,
    findById: (workspace: string, id: string) => findById.get(workspace, id),
    findByExternalId: (workspace: string, externalId: string) => findByExternalId.get(workspace, externalId),
    findByName: (workspace: string, name: string) => findByName.all(workspace, name),
    findLink: (workspace: string, id: string) => findLink.get(workspace, id),
  };
}

function instantOrNull(text: string | null | undefined): number | null {
  return text == null ? null : parseInstant(text);
}

function equals(column: string, value: string | undefined): Condition {
  return value === undefined ? null : { sql: `${column} = ?`, params: [value] };
}
