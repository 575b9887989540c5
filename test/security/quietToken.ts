// Tokens for quiet servers (test/openapi/quietServer.ts): of any workspace, with any scopes.
import { signToken } from "../../src/http/caller/auth.ts";

const SECRET = new TextEncoder().encode("a secret of quiet servers, longer than 32 bytes");

/** A token of a quiet server that is good for an hour. */
export function tokenOf(workspace: string, scopes: readonly string[] = ["admin"]): Promise<string> {
  const expiresAtS = Math.floor(Date.now() / 1000) + 3600;
  return signToken(SECRET, { subject: "tester", workspace, scopes, expiresAtS });
}
