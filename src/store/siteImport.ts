// Many sites at once: stores checked rows of an import, so that the same rows again change nothing.
import { parseInstant } from "../model/formats.ts";
import {
  MAX_LINKS,
  type Site,
  type SiteInput,
  type SitePatch,
  type Tags,
  type WanLink,
  type WanLinkInput,
} from "../model/site.ts";
import { bytesOfLinks, MAX_LINKS_BYTES } from "../model/siteRules.ts";
import { inTransaction, type Reading, type StoreContext } from "./database/context.ts";
import { type ImportOutcome, isRefusal, type Refusal, refusal } from "./importOutcome.ts";
import { createSite, findSiteByExternalId, findSitesByName, getSite, updateSite } from "./sites.ts";

/**
 * Stores sites of a workspace in one transaction, and gives the outcome of each. A site is recognised by its
 * external id, or by its name when the row gives none; it takes the fields that the row gives. WAN links are added
 * and changed, never removed.
 */
export function storeSites(
  context: StoreContext,
  workspace: string,
  sites: readonly SiteInput[],
): ImportOutcome[] {
  return inTransaction(context.db, () => sites.map((site) => storeSite(context, workspace, site)));
}

function storeSite(context: StoreContext, workspace: string, input: SiteInput): ImportOutcome {
  const present = presentSite(context, workspace, input);
  if (present !== null && isRefusal(present)) return present;
  const links = input.wan_links && mergedLinks(present?.wan_links ?? [], input.wan_links);
  if (links && isRefusal(links)) return links;
  const given: SiteInput = links ? { ...input, wan_links: links } : input;
  if (present === null) {
    createSite(context, workspace, given);
    return "created";
  }
  const patch = differences(present, given);
  if (Object.keys(patch).length === 0) return "unchanged";
  updateSite(context, workspace, present.id, patch);
  return "updated";
}

/** The site that a row means; null when it is new. */
function presentSite(
  context: Reading,
  workspace: string,
  { external_id: externalId, name }: SiteInput,
): Site | null | Refusal {
  if (externalId != null) {
    const known = findSiteByExternalId(context, workspace, externalId);
    return known && getSite(context, workspace, known.id);
  }
  const [known, ...others] = findSitesByName(context, workspace, name);
  if (others.length > 0)
    return refusal("name", `'${name}' names several sites; tell them apart by external_id`);
  return known ? getSite(context, workspace, known.id) : null;
}

/** The fields that the row gives and that differ from what is there. */
function differences(present: Site, given: SiteInput): SitePatch {
  const patch: SitePatch = {};
  if (given.name !== present.name) patch.name = given.name;
  if (given.address !== undefined && given.address !== present.address) patch.address = given.address;
  if (given.tags && canonicalTags(given.tags) !== canonicalTags(present.tags)) patch.tags = given.tags;
  if (
    given.monitored_since !== undefined &&
    instantOf(given.monitored_since) !== instantOf(present.monitored_since)
  ) {
    patch.monitored_since = given.monitored_since;
  }
  if (given.wan_links && !areSameLinks(present.wan_links, given.wan_links)) patch.wan_links = given.wan_links;
  return patch;
}

/** The links that are there, with those of the row added or changed: by id, or by name when it gives none. */
function mergedLinks(present: readonly WanLink[], given: readonly WanLinkInput[]): WanLinkInput[] | Refusal {
  const merged: WanLinkInput[] = present.map((link) => ({ ...link }));
  for (const link of given) {
    const matching = merged.filter(({ id, name }) =>
      link.id === undefined ? name === link.name : id === link.id,
    );
    const [match] = matching;
    if (matching.length > 1) {
      return refusal(
        "wan_links",
        `has '${link.name}', which names ${matching.length} links of the site; give the link's id`,
      );
    }
    if (match) {
      match.name = link.name;
      if (link.isp !== undefined) match.isp = link.isp;
    } else if (link.id === undefined) {
      merged.push({ name: link.name, isp: link.isp ?? null });
    } else {
      return refusal(
        "wan_links",
        `has the id '${link.id}', which is no link of the site; leave id out to add a link`,
      );
    }
  }
  const bytes = bytesOfLinks(merged);
  if (bytes > Math.max(MAX_LINKS_BYTES, bytesOfLinks(present))) {
    return refusal("wan_links", `would take ${bytes} bytes together; at most ${MAX_LINKS_BYTES} are allowed`);
  }
  if (merged.length <= Math.max(MAX_LINKS, present.length)) return merged;
  return refusal("wan_links", `would give the site ${merged.length} links; at most ${MAX_LINKS} are allowed`);
}

function areSameLinks(present: readonly WanLink[], merged: readonly WanLinkInput[]): boolean {
  return (
    merged.length === present.length &&
    merged.every(({ name, isp }, index) => name === present[index]?.name && isp === present[index]?.isp)
  );
}

/** Tags as a text that is the same for the same keys and values, in whatever order they are written. */
function canonicalTags(tags: Tags): string {
  const entries = Object.entries(tags).map(([key, values]): [string, string[]] => [
    key,
    [values].flat().sort(),
  ]);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function instantOf(text: string | null): number | null {
  return text === null ? null : parseInstant(text);
}
