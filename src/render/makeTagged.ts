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

export type TaggedAnswer<A extends TaggedAsk> = A extends { kind: "tags" }
  ? ReturnType<typeof tagsAnswer>
  : A extends { kind: "sites" }
    ? ReturnType<typeof sitesAnswer>
    : A extends { kind: "selection"; beside: infer B }
      ? ReturnType<typeof selectionAnswer> & B
      : never;

/** The answer; `onWork` is told what it costs before it is made. */
export function makeTagged(context: Reading, ask: TaggedAsk, onWork: (units: number) => void): object {
  onWork(workOfTags(context, ask.workspace, ask.kind === "tags"));
  if (ask.kind === "tags") return tagsAnswer(context, ask);
  if (ask.kind === "sites") return sitesAnswer(context, ask);
  return { ...selectionAnswer(context, ask), ...ask.beside };
}

type Asked<K extends TaggedAsk["kind"]> = TaggedAsk & { kind: K };

function tagsAnswer(context: Reading, { workspace }: Asked<"tags">) {
  const { keyCount, tags } = summariseTags(context, workspace);
  const data = tags.map(({ valueCount, ...rest }) => ({ ...rest, value_count: valueCount }));
  return { data, key_count: keyCount };
}

function sitesAnswer(context: Reading, { workspace, filter, page }: Asked<"sites">) {
  const { data, total } = listSites(context, workspace, filter, page);
  return { data, meta: pageMeta(total, page) };
}

function selectionAnswer(context: Reading, { workspace, selection }: Asked<"selection">) {
  const sites = selectSites(context, workspace, selection).map(({ id, name }) => ({ id, name }));
  return { sites, site_count: sites.length };
}
