// The public keys of an identity provider (its JWKS): fetched, kept, asked for again. What a token may do is
// decided in verifyToken.ts.
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { NinesError } from "../../model/errors.ts";
import type { Log } from "../../model/log.ts";
import { messageOf } from "../../model/thrown.ts";

/** Where tokens of an identity provider come from, and what they must say. */
export type TokenIssuer = {
  /** Address of the JWKS. */
  url: string;
  /** Required `iss`; null: any. */
  issuer: string | null;
  /** Required in `aud`; null: any, or none. */
  audience: string | null;
};

export type TokenKeys = {
  issuer: string | null;
  audience: string | null;
  /**
   * A number that changes with the keys, after asking for them again when that is due. Throws 503 when there are
   * none. What was verified under another number must be verified again.
   */
  version: () => Promise<number>;
  /** The key that a token's header names. */
  keyFor: JWTVerifyGetKey;
};

/** Keys are asked for again when they are older: how long a key that was taken back can still be used. */
export const KEYS_FRESH_MS = 5 * 60_000;
/** Keys that cannot be asked for again go on working for so long. */
export const KEYS_KEPT_MS = 24 * 3_600_000;
/** Tokens that name unknown keys, and an address that does not answer, lead to no more than one request in this time. */
export const KEYS_COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024 * 1024;

/** What is known of the keys at an address, and of asking for them. */
type KeyRing = {
  url: string;
  now: () => number;
  log: Log;
  keySet: ReturnType<typeof createRemoteJWKSet>;
  /** The keys as they were fetched last, as text; `version` counts how often they changed. */
  keys: string;
  version: number;
  fetchedAtMs: number;
  askedAtMs: number;
  isFailing: boolean;
  pending: Promise<void> | null;
};

/** The keys at an address. They are asked for at once, so that a wrong address shows in the log at the start. */
export function tokenKeysOf(
  { url, issuer, audience }: TokenIssuer,
  { now, log }: { now: () => number; log: Log },
): TokenKeys {
  // When to ask is decided here, by the server's clock; jose itself would stop using keys that it cannot renew.
  const keySet = createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: boundedFetch,
  });
  const never = Number.NEGATIVE_INFINITY;
  const known = { keys: "", version: 0, fetchedAtMs: never, askedAtMs: never };
  const ring: KeyRing = { url, now, log, keySet, ...known, isFailing: false, pending: null };
  asked(ring).catch(() => {});
  return {
    issuer,
    audience,
    version: async () => {
      await renewed(ring);
      return ring.version;
    },
    keyFor: (header, token) => keyFor(ring, header, token),
  };
}

/** Asks for the keys; whoever wants them meanwhile waits for the same answer. */
function asked(ring: KeyRing): Promise<void> {
  ring.pending ??= ask(ring).finally(() => {
    ring.pending = null;
  });
  return ring.pending;
}

async function ask(ring: KeyRing): Promise<void> {
  const askedAt = ring.now();
  ring.askedAtMs = askedAt;
  try {
    await ring.keySet.reload();
  } catch (error) {
    ring.isFailing = true;
    ring.log("warn", "token_keys.unavailable", { url: ring.url, reason: messageOf(error) });
    throw unavailable();
  }
  ring.isFailing = false;
  ring.fetchedAtMs = askedAt;
  const fetched = JSON.stringify(ring.keySet.jwks());
  if (fetched === ring.keys) return;
  ring.keys = fetched;
  ring.version++;
  ring.log("info", "token_keys.changed", { url: ring.url, keys: ring.keySet.jwks()?.keys.length ?? 0 });
}

/** Asks again when the keys are no longer fresh, and not more often than the cooldown allows. */
async function renewed(ring: KeyRing): Promise<void> {
  if (!isOlder(ring, ring.fetchedAtMs, KEYS_FRESH_MS)) return;
  const isUsable = !isOlder(ring, ring.fetchedAtMs, KEYS_KEPT_MS);
  if (ring.pending === null && !hasCooledDown(ring)) {
    if (isUsable) return;
    throw unavailable();
  }
  const answer = asked(ring);
  // Nobody waits a second time for an address that did not answer the first time.
  if (isUsable && ring.isFailing) return void answer.catch(() => {});
  await answer.catch((error) => {
    if (!isUsable) throw error;
  });
}

async function keyFor(ring: KeyRing, ...named: Parameters<JWTVerifyGetKey>) {
  await renewed(ring);
  try {
    return await ring.keySet(...named);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    if (hasCooledDown(ring)) await asked(ring);
    else if (ring.isFailing) throw unavailable();
    return ring.keySet(...named);
  }
}

function hasCooledDown(ring: KeyRing): boolean {
  return isOlder(ring, ring.askedAtMs, KEYS_COOLDOWN_MS);
}

/** Also true of times that lie ahead: the clock was set back. */
function isOlder({ now }: KeyRing, sinceMs: number, ms: number): boolean {
  return !(now() >= sinceMs && now() - sinceMs < ms);
}

function unavailable(): NinesError {
  return new NinesError("token_keys_unavailable", {
    message: "The keys that tokens are verified with cannot be fetched from the identity provider now.",
    headers: { "Retry-After": String(KEYS_COOLDOWN_MS / 1000) },
  });
}

/** Fetches with an end to what is read. */
async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the answer has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: response.status === 200 ? 200 : 502 });
}
