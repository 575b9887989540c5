// The JSON of a report in parts: put together they are, to the byte, JSON.stringify(document, null, 1) and a line feed.
import type { DocumentHead, DocumentSite } from "./document.ts";

/** What stands around a site in a list within a list: the site of a document is as deep. */
const BEFORE = "[\n [\n";
const AFTER = "\n ]\n]";

/** A site as it stands in the document, without the comma behind it. */
export function siteJson(site: DocumentSite): string {
  return JSON.stringify([[site]], null, 1).slice(BEFORE.length, -AFTER.length);
}

/** Between two sites. */
export const SITE_SEPARATOR = ",\n";

/** What stands before the sites and behind them. */
export function jsonAround(
  { digest, ...head }: DocumentHead,
  siteCount: number,
): { before: string; after: string } {
  const [open, close] = siteCount === 0 ? ["[", "]"] : ["[\n", "\n ]"];
  const upToSites = JSON.stringify(head, null, 1).slice(0, -"\n}".length);
  return {
    before: `${upToSites},\n "sites": ${open}`,
    after: `${close},\n "digest": ${JSON.stringify(digest)}\n}\n`,
  };
}
