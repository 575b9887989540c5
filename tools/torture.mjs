// The long form of the tests that have one: those that hurt the program as a process, and those of every time zone,
// text or chance: `npm run torture`. Arguments are passed on to
// `bun test`. NINES_KILLS sets how often the server is killed, NINES_FUZZ_REQUESTS how many requests are made up,
// NINES_SEED the chance.
import { BUN, bootstrap } from "./bootstrap.mjs";
import { build } from "./build.mjs";
import { fail, run } from "./process.mjs";

await bootstrap();
const problem = await build();
if (problem !== null) fail("the program could not be built", problem);
const env = { ...process.env, NODE_ENV: "production", NINES_TORTURE: "long" };
const long = [
  ...["test/faults", "test/jobs/scheduler", "test/sla", "test/report/report.property", "test/ingest"],
  ...["fuzz", "hostile.test", "rawRequests", "regularExpressions"].map((name) => `test/security/${name}`),
];
const { code } = await run(BUN, ["test", "--timeout=3600000", ...long, ...process.argv.slice(2)], {
  env,
  show: true,
});
process.exitCode = code;
