// What a fault without an external id is recognised by when it is imported again.
import type { Reading } from "./database/context.ts";

/** What a fault's natural key is made of. */
export type NaturalKey = {
  siteSeq: number;
  linkSeq: number | null;
  type: string;
  startedAtMs: number;
  causeSeq: number | null;
};

/**
 * The natural key of a fault: start, site, link, cause and type. The start comes first: files are mostly in order of
 * time, so a batch of an import touches few pages of the index, however many faults are stored.
 */
export function naturalIdentity({ siteSeq, linkSeq, type, startedAtMs, causeSeq }: NaturalKey): string {
  return `t:${startedAtMs}:${siteSeq}:${linkSeq ?? ""}:${causeSeq ?? ""}:${type}`;
}

/** The same as it was written before: of two faults with the same key, one at most has either. */
export function formerIdentity({ siteSeq, linkSeq, type, startedAtMs, causeSeq }: NaturalKey): string {
  return `n:${siteSeq}:${linkSeq ?? ""}:${startedAtMs}:${causeSeq ?? ""}:${type}`;
}

/** Whether a workspace has faults that are recognised by a former identity. Served by faults_identity. */
export function hasFormerIdentities({ db }: Reading, workspace: string): boolean {
  const any = db.query<unknown, [string]>(
    "SELECT 1 FROM faults WHERE workspace = ? AND identity >= 'n:' AND identity < 'n;' LIMIT 1",
  );
  return any.get(workspace) !== null;
}

/** Writes the identity of a fault anew, if it has the former one: nothing has to be rewritten before it is met. */
export function renewIdentity({ db }: Reading, workspace: string, key: NaturalKey): void {
  const update = db.query("UPDATE faults SET identity = ?1 WHERE workspace = ?2 AND identity = ?3");
  update.run(naturalIdentity(key), workspace, formerIdentity(key));
}
