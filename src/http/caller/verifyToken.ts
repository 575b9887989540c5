// Verifies one token: its form, the family of its algorithm, its signature, its claims. Which algorithms there
// are is the configuration's to say, never the token's.
import { errors, jwtVerify } from "jose";
import { NinesError } from "../../model/errors.ts";
import { repeatedName } from "../../model/repeatedName.ts";
import { WORKSPACE_PATTERN } from "../../model/workspaceSettings.ts";
import { type Principal, SCOPES } from "./principal.ts";
import type { TokenKeys } from "./tokenKeys.ts";

/** How far clocks may differ, in seconds. */
export const LEEWAY_S = 60;
/** Longer ones are not looked at. */
export const LONGEST_TOKEN = 8192;
/** A later `exp`, in seconds, was meant in milliseconds. */
const LATEST_EXPIRY_S = 1e12;

/** Public keys verify these; the local secret verifies HS256 and nothing else. */
const KEY_ALGORITHMS = ["RS256", "ES256", "EdDSA"];
/** Logout tokens, and whatever else a provider signs, are not for us. */
const TYPES = new Set([undefined, "jwt", "at+jwt", "application/jwt", "application/at+jwt"]);

export type Trust = { secret: Uint8Array; keys: TokenKeys | null };

export type Verified = {
  principal: Principal;
  expiresAtS: number;
  /** Which keys it was verified with; null: the local secret. */
  keysVersion: number | null;
};

/** Who a token speaks for. Throws 401 for what cannot be trusted, 503 when that cannot be found out. */
export async function verifyToken(token: string, trust: Trust, nowMs: number): Promise<Verified> {
  const [head, body, signature] = token.split(".");
  const { alg, typ, ...header } = jsonOf(head);
  jsonOf(body);
  bytesOf(signature);
  if ("crit" in header || "b64" in header)
    throw invalid("The token needs an extension of JWT ('crit' or 'b64'); none is supported.");
  if (!TYPES.has(typeof typ === "string" ? typ.toLowerCase() : (typ as undefined)))
    throw invalid("The token's 'typ' must be JWT or at+jwt.");
  const keys = KEY_ALGORITHMS.includes(alg as string) ? trust.keys : null;
  if (alg !== "HS256" && !keys) throw invalid(`The token must be signed with ${algorithmsOf(trust)}.`);
  const keysVersion = keys ? await keys.version() : null;
  try {
    const options = {
      requiredClaims: ["sub", "exp", "workspace", "scope"],
      clockTolerance: LEEWAY_S,
      currentDate: new Date(nowMs),
    };
    const { payload } = keys
      ? await jwtVerify(token, keys.keyFor, {
          ...options,
          algorithms: KEY_ALGORITHMS,
          ...(keys.issuer === null ? {} : { issuer: keys.issuer }),
          ...(keys.audience === null ? {} : { audience: keys.audience }),
        })
      : await jwtVerify(token, trust.secret, { ...options, algorithms: ["HS256"] });
    checkTimes(payload, nowMs);
    return { principal: principalOf(payload), expiresAtS: payload.exp as number, keysVersion };
  } catch (error) {
    throw refusalOf(error, trust);
  }
}

function algorithmsOf({ keys }: Trust): string {
  return keys ? `HS256, ${KEY_ALGORITHMS.slice(0, -1).join(", ")} or ${KEY_ALGORITHMS.at(-1)}` : "HS256";
}

function refusalOf(error: unknown, trust: Trust): NinesError {
  if (error instanceof NinesError) return error;
  if (error instanceof errors.JWTExpired)
    return new NinesError("token_expired", { message: "The token has expired; make a new one." });
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalid(`The token's claim '${error.claim}' is missing or is not what this server expects.`);
  return invalid(
    `The token is malformed, or its signature with ${algorithmsOf(trust)} is not one of a key that this server trusts.`,
  );
}

/** A part of a token, which has one spelling only. */
function bytesOf(part = ""): Uint8Array {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") === part) return bytes;
  throw malformed();
}

/** A part of a token that is a JSON object, without a name that stands twice: no two readers differ about it. */
function jsonOf(part: string | undefined): Record<string, unknown> {
  const bytes = bytesOf(part);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value) && repeatedName(text) === null)
      return value as Record<string, unknown>;
  } catch {
    throw malformed();
  }
  throw malformed();
}

function malformed(): NinesError {
  return invalid("The token is malformed: it must be three parts in base64url, the first two JSON objects.");
}

function checkTimes({ exp, iat }: { exp?: unknown; iat?: unknown }, nowMs: number): void {
  if (typeof exp !== "number" || !(exp < LATEST_EXPIRY_S))
    throw invalid("The token's claim 'exp' must be a number of seconds.");
  if (typeof iat === "number" && iat > nowMs / 1000 + LEEWAY_S)
    throw invalid("The token's claim 'iat' lies in the future.");
}

function principalOf(claims: Record<string, unknown>): Principal {
  const { sub, workspace, scope } = claims;
  if (typeof sub !== "string" || !/^\P{Cc}{1,200}$/u.test(sub) || !sub.isWellFormed())
    throw invalid("The token's claim 'sub' must be text of 1 to 200 characters.");
  if (typeof workspace !== "string" || !WORKSPACE_PATTERN.test(workspace)) {
    throw invalid("The token's claim 'workspace' must be 1 to 64 letters, digits, '.', '_' or '-'.");
  }
  if (typeof scope !== "string")
    throw invalid("The token's claim 'scope' must be text: scopes with spaces between.");
  return {
    subject: sub,
    workspace,
    scopes: new Set(scope.split(" ").filter((word) => (SCOPES as readonly string[]).includes(word))),
    charge: () => {},
  };
}

/** 401 for a token that cannot be trusted. */
export function invalid(message: string): NinesError {
  return new NinesError("token_invalid", { message });
}
