// ETags of single objects: what one is made of, `If-None-Match` when an object is read, and `If-Match` when it is
// changed. Files have their own, of their bytes (artefacts.ts).
import { NinesError } from "../../model/errors.ts";
import type { Principal } from "../caller/principal.ts";
import type { Tagging } from "./operation.ts";
import type { Services } from "./services.ts";

type Call = { request: Request; services: Services; principal: Principal; params: object };

/** What handlers of operations on such an object have, too. */
export type EntityTag<T extends object, P extends object = object> = Tagging<T> & {
  /** The object that a call is about, as it is now; null when there is none. */
  current: (call: Pick<Call, "services" | "principal"> & { params: P }) => T | null;
};

/** Signs of a digest in base64 that make a tag: 132 bits. */
const DIGEST_SIGNS = 22;

/**
 * The strong ETag of an object. Where parts of it change by themselves, it is of two parts with a dot between, and
 * the first is of what people change.
 */
export function etagOf<T extends object>(object: T, { byItself = [], asRead }: Tagging<T>): string {
  const shown = asRead ? asRead(object) : object;
  if (byItself.length === 0) return `"${digest(shown)}"`;
  const entries = Object.entries(shown);
  const isOwn = ([name]: [string, unknown]) => !byItself.includes(name);
  return `"${digest(entries.filter(isOwn))}.${digest(entries.filter((entry) => !isOwn(entry)))}"`;
}

function digest(value: unknown): string {
  const whole = new Bun.CryptoHasher("sha256").update(JSON.stringify(value)).digest("base64url");
  return whole.slice(0, DIGEST_SIGNS);
}

/** Whether a header `If-None-Match` names this ETag; weak ones count. */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return tagsIn(header).some((tag) => tag.replace(/^W\//, "") === etag || tag === "*");
}

/**
 * Makes a change if the object is still what the request's `If-Match` says, in one transaction with looking.
 * Throws precondition_failed when it is not. An object that is not there is for the change to refuse.
 */
export function unlessChanged<T extends object, P extends object, R>(
  call: Call & { params: P },
  tag: EntityTag<T, P>,
  change: () => R,
): Promise<R> {
  const header = call.request.headers.get("if-match");
  return call.services.store.write(() => {
    const current = header === null ? null : tag.current(call);
    if (header !== null && current !== null) refuseOthers(header, etagOf(current, tag));
    return change();
  });
}

/** Strong comparison, as RFC 9110 asks: a weak tag never matches. */
function refuseOthers(header: string, etag: string): void {
  const own = ownPart(etag);
  if (tagsIn(header).some((tag) => tag === "*" || ownPart(tag) === own)) return;
  throw new NinesError("precondition_failed", {
    param: "If-Match",
    message:
      "The object is not the one that 'If-Match' names: it was changed since. Retrieve it again, and change what is there now.",
  });
}

/** What people change, of an ETag. */
function ownPart(etag: string): string {
  const dot = etag.indexOf(".");
  return dot > 0 && etag.endsWith('"') ? `${etag.slice(0, dot)}"` : etag;
}

function tagsIn(header: string): string[] {
  return header.split(",").map((tag) => tag.trim());
}
