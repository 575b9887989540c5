// What a site must obey beyond the types of its fields.
import { foldedKey } from "../sla/selection.ts";
import { NinesError } from "./errors.ts";
import type { SitePatch } from "./site.ts";

/** Refuses tag keys that are one key in two spellings, and links named twice by id. */
export function checkSite(site: SitePatch): void {
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
