// Does the time of a refusal tell how much of a secret was guessed? Signatures that are wrong from their first
// byte, against some that are right up to their last: of signed links and of tokens. The same guess against itself
// says how much of a difference is noise. Nothing here decides a test: a machine's timing is no proof.
import { createHmac } from "node:crypto";
import { jwtVerify } from "jose";
import { checkLink, linkKeyOf, signedPath } from "../src/http/caller/links.ts";
import { median, tell } from "./figures.ts";

const ROUNDS = 200;
const CALLS = 400;
const NOON = Date.parse("2026-02-18T12:00:00Z");
const SECRET = new TextEncoder().encode("a secret of benchmarks, longer than 32 bytes");

type Guess = () => unknown;

/** Nanoseconds of a call, the median of many rounds that are taken in turns. */
async function nanoseconds(guesses: Record<string, Guess>): Promise<Record<string, number>> {
  const rounds = Object.fromEntries(Object.keys(guesses).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round++) {
    // Turned around every second time: who goes first gains nothing.
    const entries = Object.entries(guesses);
    for (const [name, guess] of round % 2 === 0 ? entries : entries.toReversed()) {
      const started = Bun.nanoseconds();
      for (let call = 0; call < CALLS; call++) await guess();
      if (round > 0) rounds[name]?.push((Bun.nanoseconds() - started) / CALLS);
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([name, values]) => [name, median(values)]));
}

/** A text with another first or last letter. */
const firstWrong = (text: string) => (text.startsWith("A") ? "B" : "A") + text.slice(1);
const lastWrong = (text: string) => text.slice(0, -1) + (text.endsWith("A") ? "E" : "A");

function linkGuess(change: (signature: string) => string): Guess {
  const key = linkKeyOf(SECRET);
  const target = {
    reportId: `rpt_${"0".repeat(27)}`,
    artefact: "pdf",
    linkId: `lnk_${"0".repeat(27)}`,
    expiresAtS: NOON / 1000 + 60,
  } as const;
  const { searchParams } = new URL(signedPath(key, target), "http://localhost");
  const expires = searchParams.get("expires") ?? "";
  const signature = change(searchParams.get("signature") ?? "");
  return () => {
    try {
      checkLink(key, target, { expires, signature }, NOON);
    } catch {
      return;
    }
    throw new Error("a wrong signature was taken");
  };
}

function tokenGuess(change: (signature: string) => string): Guess {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "HS256" })}.${part({ sub: "ada", exp: NOON })}`;
  const token = `${head}.${change(createHmac("sha256", SECRET).update(head).digest("base64url"))}`;
  return () =>
    jwtVerify(token, SECRET, { algorithms: ["HS256"] }).then(
      () => Promise.reject(new Error("a wrong signature was taken")),
      () => {},
    );
}

tell("| what | wrong first byte | again (noise) | wrong last byte | difference | noise |");
tell("| --- | --- | --- | --- | --- | --- |");
for (const [what, guessOf] of [
  ["signed link", linkGuess],
  ["HS256 token", tokenGuess],
] as const) {
  const {
    first = 0,
    again = 0,
    last = 0,
  } = await nanoseconds({
    first: guessOf(firstWrong),
    again: guessOf(firstWrong),
    last: guessOf(lastWrong),
  });
  const percent = (a: number, b: number) => `${((100 * (a - b)) / b).toFixed(2)} %`;
  const cells = [first, again, last].map((value) => `${value.toFixed(0)} ns`);
  tell(`| ${what} | ${cells.join(" | ")} | ${percent(last, first)} | ${percent(again, first)} |`);
}
