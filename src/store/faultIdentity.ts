// What a fault without an external id is recognised by when it is imported again.

/** The natural key of a fault: site, link, type, start and cause. */
export function naturalIdentity(fault: {
  siteSeq: number;
  linkSeq: number | null;
  type: string;
  startedAtMs: number;
  causeSeq: number | null;
}): string {
  return `n:${fault.siteSeq}:${fault.linkSeq ?? ""}:${fault.startedAtMs}:${fault.causeSeq ?? ""}:${fault.type}`;
}
