// The long form of the tests that have one: those that hurt the program as a process, and those of every time zone,
// text or chance: `npm run torture`. Arguments are passed on to `bun test`. NINES_KILLS sets how often the server is
// killed, NINES_FUZZ_REQUESTS how many requests are made up, NINES_SEED the chance.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUN, bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { fail, ROOT, run } from "./process.mjs";

await bootstrap();
const problem = await build();
if (problem !== null) fail("the program could not be built", problem);
const env = { ...process.env, NODE_ENV: "production", NINES_TORTURE: "long" };
const { code } = await run(BUN, ["test", "--timeout=3600000", ...longTests(), ...process.argv.slice(2)], {
  env,
  show: true,
});
process.exitCode = code;

/** A test that has a long form asks test/support/chance.ts whether that is wanted. */
function longTests() {
  const folder = join(ROOT, "test");
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  const tests = files.filter((file) => file.endsWith(".test.ts"));
  return tests.filter((file) => readFileSync(file, "utf8").includes('/support/chance.ts"'));
}
