// Where a fault of an import belongs: the site and the WAN link that its row names.
import type { Reading } from "./database/context.ts";
import type { Place } from "./faultPlace.ts";
import { isRefusal, type Refusal, refusal } from "./importOutcome.ts";
import { findSiteByExternalId, findSiteById, findSitesByName } from "./sites.ts";
import { findLink } from "./wanLinks.ts";

/** The fields of a row that name its place; `undefined` is what the row does not say. */
export type NamedPlace = {
  /** A site's external id or name. */
  site: string | undefined;
  siteId: string | undefined;
  resourceId: string | null | undefined;
};

/** How each field is looked up. */
const FINDERS = { site: siteCalled, siteId: siteWithId, resourceId: linkWithId };
type Field = keyof typeof FINDERS;

/** A workspace, and what was found in it within one transaction; the number of its rows bounds that. */
export type PlaceSearch = {
  context: Reading;
  workspace: string;
  found: Record<Field, Map<string, Place | Refusal>>;
};

/** A search that has found nothing yet. Throw it away when the transaction ends. */
export function placeSearch(context: Reading, workspace: string): PlaceSearch {
  return { context, workspace, found: { site: new Map(), siteId: new Map(), resourceId: new Map() } };
}

/** The place that a row names by one or several of its fields, which must agree on the site. */
export function importedPlace(search: PlaceSearch, row: NamedPlace): Place | Refusal {
  const { site, siteId, resourceId } = row;
  let place = site === undefined ? null : placeBy(search, "site", site);
  if (siteId !== undefined) {
    place = agreed(place, placeBy(search, "siteId", siteId), { param: "site_id", id: siteId });
  }
  if (resourceId != null) {
    const ofLink = placeBy(search, "resourceId", resourceId);
    place = agreed(place, ofLink, { param: "resource_id", id: resourceId });
  }
  return place ?? refusal("site", "is missing");
}

function placeBy({ context, workspace, found }: PlaceSearch, field: Field, key: string): Place | Refusal {
  const remembered = found[field].get(key);
  if (remembered !== undefined) return remembered;
  const place = FINDERS[field](context, workspace, key);
  found[field].set(key, place);
  return place;
}

function siteCalled(context: Reading, workspace: string, key: string): Place | Refusal {
  const known = findSiteByExternalId(context, workspace, key);
  const [first, ...others] = known ? [known] : findSitesByName(context, workspace, key);
  if (!first) return refusal("site", `'${key}' is neither the external_id nor the name of a site`);
  if (others.length === 0) return { siteSeq: first.seq, linkSeq: null };
  return refusal("site", `'${key}' names several sites; use site_id or external_id`);
}

function siteWithId(context: Reading, workspace: string, id: string): Place | Refusal {
  const known = findSiteById(context, workspace, id);
  return known
    ? { siteSeq: known.seq, linkSeq: null }
    : refusal("site_id", `'${id}' is not a site of this workspace`);
}

function linkWithId(context: Reading, workspace: string, id: string): Place | Refusal {
  const link = findLink(context, workspace, id);
  return link
    ? { siteSeq: link.site_seq, linkSeq: link.seq }
    : refusal("resource_id", `'${id}' is not a WAN link of this workspace`);
}

/** The later of two places that a row names, if both are of one site. */
function agreed(
  before: Place | Refusal | null,
  place: Place | Refusal,
  { param, id }: { param: string; id: string },
): Place | Refusal {
  if (before === null || isRefusal(place)) return place;
  if (isRefusal(before)) return before;
  if (before.siteSeq === place.siteSeq) return place;
  return refusal(param, `'${id}' belongs to another site than the one that the row names besides`);
}
