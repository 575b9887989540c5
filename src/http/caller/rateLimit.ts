// How often one token may call, and how often one address may fail to show a good one: buckets that fill up
// again (model/allowance.ts). No library: Elysia's come before the token is known, and answer in a shape of their own.
import { type Allowance, allowanceOf } from "../../model/allowance.ts";
import { NinesError } from "../../model/errors.ts";
import { type Authenticator, bearerToken, signedPartOf } from "./auth.ts";

/** Wrong tokens that an address may send in a minute before it is only told to wait. */
const FAILURES_PER_MINUTE = 60;

export type RateLimit = {
  /** Requests of one token a minute, a sixth of them at once; dear ones count as several. 0: no limits at all. */
  perMinute: number;
  now: () => number;
  /** The address that a connection comes from. */
  addressOf: (request: Request) => string;
};

/** The authenticator, with an end to it: 429 for tokens that call too often and addresses that fail too often. */
export function rateLimited(authenticate: Authenticator, limit: RateLimit): Authenticator {
  const { perMinute, now, addressOf } = limit;
  if (perMinute === 0) return authenticate;
  const calls = { perMinute, burst: Math.ceil(perMinute / 6), now };
  const failures = { perMinute: FAILURES_PER_MINUTE, burst: FAILURES_PER_MINUTE, now };
  const ofTokens = allowanceOf(calls);
  const ofAddresses = allowanceOf(failures);
  return async (request) => {
    const principal = await authenticate(request).catch((error: unknown) => {
      // A good token is never held up by others that come from its address: they may share a proxy.
      const isWrongToken = error instanceof NinesError && error.reason !== "token_keys_unavailable";
      const wait = isWrongToken ? ofAddresses.take(networkOf(addressOf(request))) : 0;
      throw wait === 0 ? error : tooMany("Too many requests without a good token", "address", failures, wait);
    });
    const key = signedPartOf(bearerToken(request));
    const wait = ofTokens.take(key);
    if (wait > 0) throw tooMany("Too many requests with this token", "token", calls, wait);
    return { ...principal, charge: (cost) => ofTokens.charge(key, cost) };
  };
}

/** What one party can be expected to have: an IPv4 address, or the first half of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail = ""] = address.split("::");
  const [first, last] = [head, tail].map((part) => (part === "" ? [] : part.split(":"))) as [
    string[],
    string[],
  ];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return [...first, ...zeros, ...last].slice(0, 4).join(":");
}

function tooMany(what: string, policy: string, { perMinute, burst }: Allowance, waitS: number): NinesError {
  const windowS = Math.ceil((60 * burst) / perMinute);
  return new NinesError("rate_limited", {
    message: `${what}: ${burst} may come at once, and ${perMinute} a minute; dear ones count as several. Try again in ${waitS} s.`,
    headers: {
      "Retry-After": String(waitS),
      "RateLimit-Policy": `"${policy}";q=${burst};w=${windowS}`,
      RateLimit: `"${policy}";r=0;t=${waitS}`,
    },
  });
}
