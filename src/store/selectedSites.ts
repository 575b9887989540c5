// The sites a selection means right now, with what the arithmetic and the report need of them.
import type { Tags } from "../model/site.ts";
import { matches, type Rule } from "../sla/selection.ts";
import type { Reading } from "./database/context.ts";
import type { SiteRow } from "./sites.ts";
import { mayMatch } from "./tags.ts";

export type Selection =
  | { mode: "all" }
  | { mode: "manual"; siteIds: readonly string[] }
  | { mode: "tags"; rules: readonly Rule[]; logic: "and" | "or" };

export type SelectedSite = {
  seq: number;
  id: string;
  name: string;
  externalId: string | null;
  address: string | null;
  tags: Tags;
  monitoredSinceMs: number | null;
};
type Link = { seq: number; id: string; name: string; isp: string | null };

// Names with numbers in them sort as people count: "Site 2" before "Site 10".
const byName = new Intl.Collator("en", { numeric: true });

/** Resolves a selection; each site once, by name, then id. Sites that no longer exist are not in it. */
export function selectSites({ db }: Reading, workspace: string, selection: Selection): SelectedSite[] {
  const { sql, params } = conditionOf(selection);
  const rows = db
    .query<SiteRow, string[]>(`SELECT * FROM sites WHERE workspace = ? AND ${sql}`)
    .all(workspace, ...params);
  return rows
    .map((row) => ({ row, tags: JSON.parse(row.tags) as Tags }))
    .filter(({ tags }) => selection.mode !== "tags" || matches(tags, [...selection.rules], selection.logic))
    .map(({ row, tags }) => ({
      seq: row.seq,
      id: row.id,
      name: row.name,
      externalId: row.external_id,
      address: row.address,
      tags,
      monitoredSinceMs: row.monitored_since_ms,
    }))
    .sort((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
}

/** What all rows of a selection fulfil; for tags, others may too. */
function conditionOf(selection: Selection): { sql: string; params: string[] } {
  if (selection.mode === "all") return { sql: "1", params: [] };
  if (selection.mode === "tags") return mayMatch(selection.rules, selection.logic);
  return { sql: "id IN (SELECT value FROM json_each(?))", params: [JSON.stringify(selection.siteIds)] };
}

/** The same sites with their WAN links. */
export function withLinks<Site extends SelectedSite>(
  { db }: Reading,
  workspace: string,
  sites: readonly Site[],
): (Site & { links: Link[] })[] {
  const links = linksBySite(db, workspace);
  return sites.map((site) => ({ ...site, links: links.get(site.seq) ?? [] }));
}

function linksBySite(db: Reading["db"], workspace: string): Map<number, Link[]> {
  const rows = db
    .query<{ seq: number; id: string; name: string; isp: string | null; site_seq: number }, [string]>(
      `SELECT l.seq, l.id, l.name, l.isp, l.site_seq FROM wan_links l JOIN sites s ON s.seq = l.site_seq
       WHERE s.workspace = ? ORDER BY l.site_seq, l.position`,
    )
    .all(workspace);
  const links = new Map<number, Link[]>();
  for (const { site_seq, ...link } of rows) {
    const list = links.get(site_seq);
    if (list) list.push(link);
    else links.set(site_seq, [link]);
  }
  return links;
}
