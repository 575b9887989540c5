// What tells callers apart where something is counted for each of them.
import { bearerToken, signedPartOf } from "./auth.ts";

/** What a request's token says and was signed, without its signature, which can be spelt in more than one way. */
export function callerKey(request: Request): string {
  return signedPartOf(bearerToken(request));
}
