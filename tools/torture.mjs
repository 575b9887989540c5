// The long form of the tests that have one: those that hurt the program as a process, and those of every time zone,
// text or chance: `npm run torture`. Arguments are passed on to `bun test`. NINES_KILLS sets how often the server is
// killed (1,000 times, unless told), NINES_FUZZ_REQUESTS how many requests are made up (500,000), NINES_SEED the chance.
// What they counted is printed again at the end.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN, bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { fail, ROOT, run } from "./process.mjs";

await bootstrap();
const problem = await build();
if (problem !== null) fail("the program could not be built", problem);
const folder = mkdtempSync(join(tmpdir(), "nines-torture-"));
const figures = join(folder, "figures");
const env = { ...process.env, NODE_ENV: "production", NINES_TORTURE: "long", NINES_TORTURE_FIGURES: figures };
/** Of one test, in milliseconds: a thousand kills on a machine that does other work too. */
const LONGEST_MS = 6 * 3_600_000;
const { code } = await run(
  BUN,
  ["test", `--timeout=${LONGEST_MS}`, ...longTests(), ...process.argv.slice(2)],
  {
    env,
    show: true,
  },
);
if (existsSync(figures)) process.stdout.write(`\n${readFileSync(figures, "utf8")}`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = code;

/** A test that has a long form asks test/support/chance.ts whether that is wanted. */
function longTests() {
  const folder = join(ROOT, "test");
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  const tests = files.filter((file) => file.endsWith(".test.ts"));
  return tests.filter((file) => readFileSync(file, "utf8").includes('/support/chance.ts"'));
}
