// Faults that are recorded one by one, by sixteen callers at once and by one: Nines, against a bare Bun.serve that
// inserts the same row and commits each by itself. Needs wrk.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { signToken } from "../src/http/caller/auth.ts";
import { databasePath } from "../src/store/database/open.ts";
import { printFigures } from "./figures.ts";
import { compareLoads, ROUNDS, requireWrk } from "./load.ts";
import { buildNines, compileServer, SECRET, start, startNines } from "./programs.ts";
import { idOf, makeDatabase, temporaryFolder, WORKSPACE } from "./sampleData.ts";

const SITES = 100;

function fill(folder: string): string {
  mkdirSync(folder);
  makeDatabase(databasePath(folder), { sites: SITES, faultsAMonth: 0, months: [] }).close();
  return folder;
}

requireWrk();
const folder = await temporaryFolder();
await buildNines();
const nines = await startNines(fill(join(folder, "ours")));
const theirs = fill(join(folder, "theirs"));
const bare = await start([await compileServer("bareServer.ts", folder)], {
  BARE_DATABASE: databasePath(theirs),
});
const token = await signToken(new TextEncoder().encode(SECRET), {
  subject: "bench",
  workspace: WORKSPACE,
  scopes: ["admin"],
  expiresAtS: Math.floor(Date.now() / 1000) + 86_400,
});
const script = join(folder, "fault.lua");
const body = JSON.stringify({ site_id: idOf("site", 1), created_at: "2026-03-01T00:00:00Z" });
const header = (name: string, value: string) => `wrk.headers["${name}"] = "${value}"`;
await Bun.write(
  script,
  [
    `wrk.method = "POST"`,
    `wrk.path = "/fault"`,
    `wrk.body = '${body}'`,
    header("Content-Type", "application/json"),
    header("X-Workspace", WORKSPACE),
    header("Authorization", `Bearer ${token}`),
  ].join("\n"),
);
const compare = (connections: number, atLeast: number) =>
  compareLoads({
    what: `POST /fault, ${connections === 1 ? "one caller" : `${connections} callers`}`,
    ours: { program: nines, script },
    baseline: { name: "bare Bun.serve, a commit each", program: bare, script },
    connections,
    aim: { atLeast },
  });
const figures = [await compare(16, 1), await compare(1, 0.5)];
await Promise.all([nines.stop(), bare.stop()]);
printFigures(`Faults recorded a second, ${ROUNDS} rounds`, figures);
