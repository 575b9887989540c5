// Who is calling: bearer tokens, remembered once they are verified (verifyToken.ts), and what they may do.
import { timingSafeEqual } from "node:crypto";
import { jwt } from "@elysiajs/jwt";
import { NinesError } from "../../model/errors.ts";
import type { Principal } from "./principal.ts";
import type { TokenKeys } from "./tokenKeys.ts";
import { invalid, LEEWAY_S, LONGEST_TOKEN, type Verified, verifyToken } from "./verifyToken.ts";

/** Verified tokens are remembered, so that a busy client costs one signature check. */
const REMEMBERED_TOKENS = 1000;

export type Authenticator = (request: Request) => Promise<Principal>;

/**
 * Verifies bearer tokens: HS256 with `secret`, and those of an identity provider with its `keys`, if there are
 * any. `now` gives epoch milliseconds.
 */
export function authenticator(
  secret: Uint8Array,
  now: () => number,
  keys: TokenKeys | null = null,
): Authenticator {
  const known = new Map<string, Verified & { signature: Buffer }>();
  /** Until it expires, and until the provider changes its keys. */
  const isStillGood = async ({ expiresAtS, keysVersion }: Verified) =>
    now() / 1000 < expiresAtS + LEEWAY_S && (keysVersion === null || keysVersion === (await keys?.version()));
  return async (request) => {
    const token = bearerToken(request);
    const signed = signedPartOf(token);
    const signature = Buffer.from(token.slice(signed.length + 1));
    // A place for what was signed, good for the one signature that was verified: any other is verified by itself.
    const remembered = known.get(signed);
    if (remembered && isSame(remembered.signature, signature)) {
      if (await isStillGood(remembered)) return remembered.principal;
      known.delete(signed);
    }
    const verified = await verifyToken(token, { secret, keys }, now());
    if (known.size >= REMEMBERED_TOKENS) known.clear();
    known.set(signed, { ...verified, signature });
    return verified.principal;
  };
}

/**
 * What was signed of a token: header and payload. It names the token, however its signature is spelt: with ES256
 * anybody can make a second signature that is good out of the first.
 */
export function signedPartOf(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

function isSame(remembered: Buffer, given: Buffer): boolean {
  return remembered.length === given.length && timingSafeEqual(remembered, given);
}

/** The token of a request, in base64url only. */
export function bearerToken(request: Request): string {
  const header = request.headers.get("authorization");
  if (header === null) {
    throw new NinesError("token_missing", {
      message: "The request has no token; send 'Authorization: Bearer <token>'.",
    });
  }
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(header)?.[1];
  if (token && token.length <= LONGEST_TOKEN) return token;
  throw invalid("The Authorization header must be 'Bearer ' and a token of three parts, at most 8 KiB long.");
}

/** Refuses a principal that has none of the scopes; admin has all. */
export function requireScope(principal: Principal, scopes: readonly string[]): void {
  if (principal.scopes.has("admin") || scopes.some((scope) => principal.scopes.has(scope))) return;
  throw new NinesError("scope_missing", {
    message: `The token needs the scope ${scopes.map((scope) => `'${scope}'`).join(" or ")} for this; it has ${[...principal.scopes].map((scope) => `'${scope}'`).join(", ") || "none"}.`,
  });
}

/** Signs a token for a workspace; `expiresAtS` is epoch seconds. */
export async function signToken(
  secret: Uint8Array,
  claims: { subject: string; workspace: string; scopes: readonly string[]; expiresAtS: number },
): Promise<string> {
  // Not as a plugin of the server, which makes no tokens: the command line does, where no server runs.
  const { decorator } = jwt({ name: "jwt", secret: secret as unknown as string });
  return decorator.jwt.sign({
    sub: claims.subject,
    workspace: claims.workspace,
    scope: claims.scopes.join(" "),
    exp: claims.expiresAtS,
    iat: false, // else the library reads the machine's clock, which need not be the server's
  });
}
