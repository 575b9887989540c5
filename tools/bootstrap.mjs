// Makes node_modules what package-lock.json says, with Node and npm alone: installs when it is not, and
// completes the `bun` package. No package's install script is run, so nothing calls home.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { withLock } from "./lock.mjs";
import { fail, isScript, ROOT, run, tell } from "./process.mjs";

const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".nines-stamp");
const BUN_PACKAGE = join(MODULES, "bun");
const OLDEST_NODE = 20;

/** The Bun of this checkout; there need be no other. */
export const BUN = join(BUN_PACKAGE, "bin/bun.exe");

/** Installs what is missing. Quick and silent when nothing is. */
export async function bootstrap() {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    fail(`needs Node ${OLDEST_NODE} or newer, this is ${process.versions.node}`);
  }
  if (isCurrent() && isBunComplete()) return;
  await withLock(async () => {
    if (!isCurrent() && !isInstalledByHand()) await install();
    if (!isBunComplete()) await completeBun();
    writeFileSync(STAMP, wantedStamp());
  });
}

function wantedStamp() {
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  return `${process.platform}-${process.arch} ${lock}\n`;
}

function isCurrent() {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === wantedStamp();
}

/** Whether somebody ran `npm ci` or `npm install` here: npm leaves a list of what it installed. */
function isInstalledByHand() {
  const list = join(MODULES, ".package-lock.json");
  if (!existsSync(list)) return false;
  const installed = JSON.parse(readFileSync(list, "utf8")).packages;
  const { "": _root, ...wanted } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
  const isSame = (path) => installed[path]?.integrity === wanted[path]?.integrity;
  const isThereIfNeeded = (path) => isSame(path) || (!(path in installed) && wanted[path].optional);
  return Object.keys(wanted).every(isThereIfNeeded) && Object.keys(installed).every(isSame);
}

async function install() {
  tell("installing dependencies …");
  const options = ["--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  const { command, args } = npm();
  const { code, output } = await run(command, [...args, "ci", ...options]);
  if (code !== 0) fail("npm ci failed", output);
}

/** The npm that runs this script, else the one on the PATH. */
function npm() {
  const path = process.env.npm_execpath ?? "";
  if (basename(path) === "npm-cli.js") return { command: process.execPath, args: [path] };
  return { command: "npm", args: [] };
}

/** Until its install script has run, the package holds a few lines of text in place of the program. */
function isBunComplete() {
  return (statSync(BUN, { throwIfNoEntry: false })?.size ?? 0) > 1_000_000;
}

async function completeBun() {
  const { code, output } = await run(process.execPath, ["install.js"], { cwd: BUN_PACKAGE });
  if (code !== 0 || !isBunComplete()) fail("the bun package could not be completed", output);
}

if (isScript(import.meta.url)) await bootstrap();
