// Signed links: a path to one file of one report that works without a token until it expires or is revoked.
import { createHmac, timingSafeEqual } from "node:crypto";
import { NinesError } from "../../model/errors.ts";
import type { Artefact } from "../../model/report.ts";

type LinkTarget = {
  reportId: string;
  artefact: Artefact;
  /** Null: a link of before links were kept. None is made any more. */
  linkId: string | null;
  expiresAtS: number;
};

/** The key that signs links, derived from the token secret, so that neither can stand in for the other. */
export function linkKeyOf(secret: Uint8Array): Uint8Array {
  return createHmac("sha256", secret).update("nines signed links").digest();
}

/** The path with its signature; `expiresAtS` is epoch seconds. */
export function signedPath(key: Uint8Array, target: LinkTarget): string {
  const { reportId, artefact, linkId, expiresAtS } = target;
  const link = linkId === null ? "" : `link=${linkId}&`;
  const signature = signatureOf(key, target);
  return `/reports/sla/reports/${reportId}/${artefact}?${link}expires=${expiresAtS}&signature=${signature}`;
}

/** Refuses a link that was altered or has expired; compared in constant time. Whether it was revoked is the store's to say. */
export function checkLink(
  key: Uint8Array,
  target: Omit<LinkTarget, "expiresAtS">,
  query: { expires: string; signature: string },
  nowMs: number,
): void {
  const expiresAtS = /^\d{1,12}$/.test(query.expires) ? Number(query.expires) : 0;
  const expected = Buffer.from(signatureOf(key, { ...target, expiresAtS }));
  const given = Buffer.from(query.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new NinesError("link_invalid", {
      message: "The link was altered or is not whole; ask for a new one.",
    });
  }
  if (expiresAtS * 1000 <= nowMs) {
    throw new NinesError("link_invalid", { message: "The link has expired; ask for a new one." });
  }
}

function signatureOf(key: Uint8Array, { reportId, artefact, linkId, expiresAtS }: LinkTarget): string {
  const parts = [reportId, artefact, ...(linkId === null ? [] : [linkId]), expiresAtS];
  return createHmac("sha256", key).update(parts.join("/")).digest("base64url");
}
