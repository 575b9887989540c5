// The WAN links of a site: each keeps its id and its faults as long as the site's list names it.
import { NinesError } from "../model/errors.ts";
import type { WanLink, WanLinkInput } from "../model/site.ts";
import type { Reading, StoreContext } from "./database/context.ts";

/** The links of a site in the order of its list. */
function linksOfSite({ db }: Reading, siteSeq: number): WanLink[] {
  return db
    .query<WanLink, [number]>("SELECT id, name, isp FROM wan_links WHERE site_seq = ? ORDER BY position")
    .all(siteSeq);
}

/** A link by its id, with its site; null when the workspace has none. */
export function findLink({ db }: Reading, workspace: string, id: string) {
  return db
    .query<{ seq: number; id: string; site_seq: number; site_id: string }, [string, string]>(
      `SELECT l.seq, l.id, l.site_seq, s.id AS site_id FROM wan_links l JOIN sites s ON s.seq = l.site_seq
       WHERE s.workspace = ? AND l.id = ?`,
    )
    .get(workspace, id);
}

/** Makes the links of a site those of the list: kept by id, added, or removed (not while faults name them). */
export function replaceLinks(context: StoreContext, siteSeq: number, links: readonly WanLinkInput[]): void {
  const present = new Set(linksOfSite(context, siteSeq).map((link) => link.id));
  links.forEach((link, position) => {
    if (link.id === undefined) {
      addLink(context, siteSeq, { ...link, position });
    } else if (present.delete(link.id)) {
      changeLink(context, link.id, { ...link, position });
    } else {
      throw new NinesError("reference_not_found", {
        param: `wan_links[${position}].id`,
        message: `'wan_links[${position}].id' names no WAN link of the site: '${link.id}'; leave id out to add a link.`,
      });
    }
  });
  for (const id of present) removeLink(context, id);
}

type PlacedLink = WanLinkInput & { position: number };

function addLink({ db, newId }: StoreContext, siteSeq: number, { position, name, isp }: PlacedLink): void {
  db.query("INSERT INTO wan_links (id, site_seq, position, name, isp) VALUES (?, ?, ?, ?, ?)").run(
    newId("wanLink"),
    siteSeq,
    position,
    name,
    isp ?? null,
  );
}

function changeLink({ db }: StoreContext, id: string, { position, name, isp }: PlacedLink): void {
  db.query("UPDATE wan_links SET position = ?, name = ?, isp = ? WHERE id = ?").run(
    position,
    name,
    isp ?? null,
    id,
  );
}

function removeLink({ db }: StoreContext, id: string): void {
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
}
