// The public keys of an identity provider (its JWKS): fetched, kept, asked for again. What a token may do is
// decided in verifyToken.ts.
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { NinesError } from "../../model/errors.ts";
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

type Log = (level: "info" | "warn", event: string, facts: Record<string, unknown>) => void;

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
  let keys = "";
  let version = 0;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let pending: Promise<void> | null = null;

  const ask = async () => {
    askedAtMs = now();
    const askedAt = askedAtMs;
    try {
      await keySet.reload();
    } catch (error) {
      isFailing = true;
      log("warn", "token_keys.unavailable", { url, reason: messageOf(error) });
      throw unavailable();
    }
    isFailing = false;
    fetchedAtMs = askedAt;
    const fetched = JSON.stringify(keySet.jwks());
    if (fetched === keys) return;
    keys = fetched;
    version++;
    log("info", "token_keys.changed", { url, keys: keySet.jwks()?.keys.length ?? 0 });
  };
  const asked = () => {
    pending ??= ask().finally(() => {
      pending = null;
    });
    return pending;
  };
  const hasCooledDown = () => isOlder(askedAtMs, KEYS_COOLDOWN_MS);
  const isOlder = (sinceMs: number, ms: number) => !(now() >= sinceMs && now() - sinceMs < ms);

  const renewed = async () => {
    if (!isOlder(fetchedAtMs, KEYS_FRESH_MS)) return;
    const isUsable = !isOlder(fetchedAtMs, KEYS_KEPT_MS);
    if (pending === null && !hasCooledDown()) {
      if (isUsable) return;
      throw unavailable();
    }
    const answer = asked();
    // Nobody waits a second time for an address that did not answer the first time.
    if (isUsable && isFailing) return void answer.catch(() => {});
    await answer.catch((error) => {
      if (!isUsable) throw error;
    });
  };

  asked().catch(() => {});
  return {
    issuer,
    audience,
    version: async () => {
      await renewed();
      return version;
    },
    keyFor: async (header, token) => {
      await renewed();
      try {
        return await keySet(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (hasCooledDown()) await asked();
        else if (isFailing) throw unavailable();
        return keySet(header, token);
      }
    },
  };
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
