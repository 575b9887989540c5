// Secrets are compared in constant time. Nothing is timed here: that the right functions do it is looked at.
// bench/secretTiming.ts measures it.
import { expect, spyOn, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { authenticator } from "../../src/http/caller/auth.ts";
import { checkLink, linkKeyOf, signedPath } from "../../src/http/caller/links.ts";
import { hmacToken } from "./tokenParts.ts";

const SRC = join(import.meta.dir, "../../src");
const SECRET = new TextEncoder().encode("a secret of comparisons, longer than 32 bytes");
const NOON = Date.parse("2026-02-18T12:00:00Z");

const NAME = "\\w*(?:signature|secret|digest|hmac|password)\\w*";
const PLAIN = new RegExp(
  `\\b${NAME} *[!=]==?|[!=]==? *${NAME}\\b(?![.(])|\\b${NAME}\\.(?:startsWith|includes|indexOf|localeCompare|equals)\\(`,
  "i",
);
/** Whether there is one says nothing about what it is. */
const PRESENCE = /\b[\w.]+ *[!=]==? *(?:null|undefined|"")/g;

/** Lines that compare something named like a secret with an operator, or by its beginning. */
function plainComparisons(source: string): string[] {
  return source.split("\n").filter((line) => PLAIN.test(line.replaceAll(PRESENCE, "")));
}

test("no source compares a secret with ===", () => {
  const found = [...new Bun.Glob("**/*.ts").scanSync(SRC)].flatMap((path) =>
    plainComparisons(readFileSync(join(SRC, path), "utf8")).map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

test.each([
  "if (signature === expected) return;",
  "if (expected == givenSecret) return;",
  "return secret.startsWith(given);",
  "if (linkSignature !== given) throw e;",
])("%s would be found", (line) => {
  expect(plainComparisons(line)).toEqual([line]);
});

test("the signature of a link is compared whole, by timingSafeEqual", () => {
  const key = linkKeyOf(SECRET);
  const target = {
    reportId: `rpt_${"0".repeat(27)}`,
    artefact: "pdf",
    linkId: `lnk_${"0".repeat(27)}`,
    expiresAtS: NOON / 1000 + 60,
  } as const;
  const { searchParams } = new URL(signedPath(key, target), "http://localhost");
  const [expires, signature] = [searchParams.get("expires") ?? "", searchParams.get("signature") ?? ""];
  const check = (given: string) => checkLink(key, target, { expires, signature: given }, NOON);
  check(signature);
  const other = (letter: string | undefined) => (letter === "A" ? "B" : "A");
  for (let index = 0; index < signature.length; index++)
    expect(() =>
      check(signature.slice(0, index) + other(signature[index]) + signature.slice(index + 1)),
    ).toThrow("was altered");
  for (const wrong of ["", signature.slice(0, -1), `${signature}A`, signature.toLowerCase(), `${signature}=`])
    expect(() => check(wrong)).toThrow("was altered");
  expect(readFileSync(join(SRC, "http/caller/links.ts"), "utf8")).toContain(
    "!timingSafeEqual(given, expected)",
  );
});

test("the HMAC of a token is verified by crypto.subtle, never by a comparison of ours", async () => {
  const verified = spyOn(crypto.subtle, "verify");
  try {
    const claims = { sub: "ada", workspace: "acme", scope: "admin", exp: NOON / 1000 + 60 };
    const secret = new TextDecoder().decode(SECRET);
    const authenticate = authenticator(SECRET, () => NOON);
    const ask = (token: string) =>
      authenticate(new Request("http://localhost/", { headers: { Authorization: `Bearer ${token}` } }));
    await ask(hmacToken({ alg: "HS256" }, claims, { secret }));
    expect(verified).toHaveBeenCalledTimes(1);
    await expect(ask(hmacToken({ alg: "HS256" }, claims, { secret: "another" }))).rejects.toThrow();
    expect(verified).toHaveBeenCalledTimes(2);
  } finally {
    verified.mockRestore();
  }
});
