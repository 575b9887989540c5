// Who is calling: bearer tokens, remembered once they are verified (verifyToken.ts), and what they may do.
import { jwt } from "@elysiajs/jwt";
import { NinesError } from "../../model/errors.ts";
import type { Principal } from "../kernel/operation.ts";
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
  const known = new Map<string, Verified>();
  /** Until it expires, and until the provider changes its keys. */
  const isStillGood = async ({ expiresAtS, keysVersion }: Verified) =>
    now() / 1000 < expiresAtS + LEEWAY_S && (keysVersion === null || keysVersion === (await keys?.version()));
  return async (request) => {
    const token = bearerToken(request);
    const remembered = known.get(token);
    if (remembered) {
      if (await isStillGood(remembered)) return remembered.principal;
      known.delete(token);
    }
    const verified = await verifyToken(token, { secret, keys }, now());
    if (known.size >= REMEMBERED_TOKENS) known.clear();
    known.set(token, verified);
    return verified.principal;
  };
}

/** The token of a request, which always has the one same spelling. */
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
  const { decorator } = jwt({ name: "jwt", secret: secret as unknown as string });
  return decorator.jwt.sign({
    sub: claims.subject,
    workspace: claims.workspace,
    scope: claims.scopes.join(" "),
    exp: claims.expiresAtS,
    iat: false, // else the library reads the machine's clock, which need not be the server's
  });
}
