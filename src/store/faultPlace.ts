// Where a fault belongs: the site and the WAN link that a request names.
import { NinesError } from "../model/errors.ts";
import type { FaultInput } from "../model/fault.ts";
import type { Reading } from "./database/context.ts";
import { findSiteById } from "./sites.ts";
import { findLink } from "./wanLinks.ts";

/** The keys of a site and, for a fault of a link, of a link of that site. */
export type Place = { siteSeq: number; linkSeq: number | null };

/**
 * The place that a new fault names by `site_id`, `resource_id` or both. Throws reference_not_found for what the
 * workspace does not have, parameter_missing when it names neither, parameter_invalid for a link of another site.
 */
export function placeOf(
  context: Reading,
  workspace: string,
  input: Pick<FaultInput, "site_id" | "resource_id">,
): Place {
  const link = input.resource_id == null ? null : findLink(context, workspace, input.resource_id);
  if (input.resource_id != null && !link) {
    throw new NinesError("reference_not_found", {
      param: "resource_id",
      message: `'resource_id' names no WAN link of this workspace: '${input.resource_id}'.`,
    });
  }
  if (input.site_id === undefined) {
    if (link) return { siteSeq: link.site_seq, linkSeq: link.seq };
    throw new NinesError("parameter_missing", {
      param: "site_id",
      message: "The 'site_id' parameter is required for this request (or 'resource_id').",
    });
  }
  const site = findSiteById(context, workspace, input.site_id);
  if (!site) {
    throw new NinesError("reference_not_found", {
      param: "site_id",
      message: `'site_id' names no site of this workspace: '${input.site_id}'.`,
    });
  }
  if (link && link.site_seq !== site.seq) {
    throw new NinesError("parameter_invalid", {
      param: "resource_id",
      message: `'resource_id' is a WAN link of the site '${link.site_id}', not of '${site.id}'.`,
    });
  }
  return { siteSeq: site.seq, linkSeq: link?.seq ?? null };
}
