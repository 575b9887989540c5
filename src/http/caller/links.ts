// Signed links: a path to one file of one report that works without a token until it expires.
import { createHmac, timingSafeEqual } from "node:crypto";
import { NinesError } from "../../model/errors.ts";
import type { Artefact } from "../../model/report.ts";

type LinkTarget = { reportId: string; artefact: Artefact; expiresAtS: number };

/** The key that signs links, derived from the token secret, so that neither can stand in for the other. */
export function linkKeyOf(secret: Uint8Array): Uint8Array {
  return createHmac("sha256", secret).update("nines signed links").digest();
}

/** The path with its signature; `expiresAtS` is epoch seconds. */
export function signedPath(key: Uint8Array, target: LinkTarget): string {
  const { reportId, artefact, expiresAtS } = target;
  return `/reports/sla/reports/${reportId}/${artefact}?expires=${expiresAtS}&signature=${signatureOf(key, target)}`;
}

/** Refuses a link that was altered or has expired; compared in constant time. */
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

function signatureOf(key: Uint8Array, { reportId, artefact, expiresAtS }: LinkTarget): string {
  return createHmac("sha256", key).update(`${reportId}/${artefact}/${expiresAtS}`).digest("base64url");
}
