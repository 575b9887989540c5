// Who is calling: bearer tokens, HS256 with the local secret. The algorithm is ours, never the token's.
import { jwt } from "@elysiajs/jwt";
import { errors, jwtVerify } from "jose";
import { NinesError } from "../model/errors.ts";
import { type Principal, SCOPES } from "./route.ts";

/** How far clocks may differ, in seconds. */
const LEEWAY_S = 60;
/** Verified tokens are remembered, so that a busy client costs one signature check. */
const REMEMBERED_TOKENS = 1000;

export const WORKSPACE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export type Authenticator = (request: Request) => Promise<Principal>;

/** Verifies bearer tokens signed with `secret`. `now` gives epoch milliseconds. */
export function authenticator(secret: Uint8Array, now: () => number): Authenticator {
  const known = new Map<string, { principal: Principal; expiresAtS: number }>();
  return async (request) => {
    const token = bearerToken(request);
    const remembered = known.get(token);
    if (remembered) {
      if (now() / 1000 < remembered.expiresAtS + LEEWAY_S) return remembered.principal;
      known.delete(token);
    }
    const verified = await verify(token, secret, now());
    if (known.size >= REMEMBERED_TOKENS) known.clear();
    known.set(token, verified);
    return verified.principal;
  };
}

function bearerToken(request: Request): string {
  const header = request.headers.get("authorization");
  if (header === null) {
    throw new NinesError("token_missing", {
      message: "The request has no token; send 'Authorization: Bearer <token>'.",
    });
  }
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1];
  if (token && token.length <= 8192) return token;
  throw new NinesError("token_invalid", {
    message: "The Authorization header must be 'Bearer ' and a token.",
  });
}

async function verify(token: string, secret: Uint8Array, nowMs: number) {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      requiredClaims: ["sub", "exp", "workspace", "scope"],
      clockTolerance: LEEWAY_S,
      currentDate: new Date(nowMs),
    });
    return { principal: principalOf(payload), expiresAtS: payload.exp as number };
  } catch (error) {
    if (error instanceof NinesError) throw error;
    if (error instanceof errors.JWTExpired) {
      throw new NinesError("token_expired", { message: "The token has expired; make a new one." });
    }
    throw invalid("The token is malformed, is not signed by this server with HS256, or lacks a claim.");
  }
}

function principalOf(claims: Record<string, unknown>): Principal {
  const { sub, workspace, scope } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > 200)
    throw invalid("The token's claim 'sub' must be text.");
  if (typeof workspace !== "string" || !WORKSPACE_PATTERN.test(workspace)) {
    throw invalid("The token's claim 'workspace' must be 1 to 64 letters, digits, '.', '_' or '-'.");
  }
  if (typeof scope !== "string")
    throw invalid("The token's claim 'scope' must be text: scopes with spaces between.");
  return {
    subject: sub,
    workspace,
    scopes: new Set(scope.split(" ").filter((word) => (SCOPES as readonly string[]).includes(word))),
  };
}

function invalid(message: string): NinesError {
  return new NinesError("token_invalid", { message });
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
  });
}
