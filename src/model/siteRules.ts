// What a site must obey beyond the types of its fields.
import { foldedKey } from "../sla/selection.ts";
import { NinesError } from "./errors.ts";
import type { SitePatch, WanLinkInput } from "./site.ts";

/** The most that the tags of a site, written as JSON, and the texts of its links may each take: lists hold a hundred sites. */
export const MAX_TAGS_BYTES = 16 * 1024;
export const MAX_LINKS_BYTES = 16 * 1024;

/** Refuses more text than a site may hold, tag keys that are one key in two spellings, and links named twice by id. */
export function checkSite(site: SitePatch): void {
  refuseTooMuch(
    "tags",
    site.tags === undefined ? 0 : Buffer.byteLength(JSON.stringify(site.tags)),
    MAX_TAGS_BYTES,
  );
  refuseTooMuch("wan_links", bytesOfLinks(site.wan_links ?? []), MAX_LINKS_BYTES);
  const keys = new Map<string, string>();
  for (const key of Object.keys(site.tags ?? {})) {
    const folded = foldedKey(key);
    const other = keys.get(folded);
    if (other !== undefined) {
      throw new NinesError("parameter_invalid", {
        param: `tags.${key}`,
        message: `'tags.${key}' and 'tags.${other}' differ only in case or in how accents are encoded, and are one key; give its values as a list.`,
      });
    }
    keys.set(folded, key);
  }
  const ids = (site.wan_links ?? []).flatMap(({ id }) => id ?? []);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated) {
    throw new NinesError("parameter_invalid", {
      param: "wan_links",
      message: `'wan_links' lists the WAN link '${repeated}' twice.`,
    });
  }
}

/** How much the names and providers of links take, in UTF-8. */
export function bytesOfLinks(links: readonly WanLinkInput[]): number {
  return links.reduce(
    (sum, { name, isp }) => sum + Buffer.byteLength(name) + Buffer.byteLength(isp ?? ""),
    0,
  );
}

function refuseTooMuch(param: "tags" | "wan_links", bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new NinesError("parameter_invalid", {
    param,
    message: `'${param}' must take at most ${most} bytes together, but takes ${bytes}.`,
  });
}
