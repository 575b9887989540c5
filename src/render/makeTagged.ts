// What takes the tags of all sites of a workspace to answer: read in a reader thread, but for workspaces with few.
import type { Rule } from "../sla/selection.ts";
import { type PageRequest, pageMeta, type Reading } from "../store/database/context.ts";
import { type Selection, selectSites } from "../store/selectedSites.ts";
import { listSites, type SiteFilter } from "../store/sites.ts";
import { summariseTags, weightOfTags } from "../store/tags.ts";

/** What is asked, as plain data. */
export type TaggedAsk = { workspace: string } & (
  | { kind: "tags" }
  | { kind: "sites"; filter: SiteFilter & { tags: Rule[] }; page: PageRequest }
  /** The sites of a selection; `beside` is answered with them. */
  | { kind: "selection"; selection: Selection; beside: object }
);

/** In units of report/work.ts, as measured: to read a site, and a byte of its tags; to count such a byte's values. */
const COSTS = { site: 4, byte: 0.03, counted: 0.02 };

/** What reading the tags of all sites costs. */
export function workOfTags(context: Reading, workspace: string, isCounted = false): number {
  const { sites, bytes } = weightOfTags(context, workspace);
  return sites * COSTS.site + bytes * (COSTS.byte + (isCounted ? COSTS.counted : 0));
}

/** With no more than this, a thread would cost more than it spares. */
const FEW = { sites: 200, bytes: 64 * 1024 };

/** Whether a workspace has so few tags that they are read where they are asked for. */
export function hasFewTags(context: Reading, workspace: string): boolean {
  const { sites, bytes } = weightOfTags(context, workspace, FEW.sites + 1);
  return sites <= FEW.sites && bytes <= FEW.bytes;
}

/** The answer; `onWork` is told what it costs before it is made. */
export function makeTagged(context: Reading, ask: TaggedAsk, onWork: (units: number) => void): object {
  const { workspace } = ask;
  onWork(workOfTags(context, workspace, ask.kind === "tags"));
  switch (ask.kind) {
    case "tags": {
      const { keyCount, tags } = summariseTags(context, workspace);
      return {
        data: tags.map(({ valueCount, ...rest }) => ({ ...rest, value_count: valueCount })),
        key_count: keyCount,
      };
    }
    case "sites": {
      const { data, total } = listSites(context, workspace, ask.filter, ask.page);
      return { data, meta: pageMeta(total, ask.page) };
    }
    case "selection": {
      const sites = selectSites(context, workspace, ask.selection).map(({ id, name }) => ({ id, name }));
      return { sites, site_count: sites.length, ...ask.beside };
    }
  }
}
