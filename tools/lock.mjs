// One script at a time installs or builds in a checkout; the others wait for it.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "./process.mjs";

const LOCK = join(ROOT, "dist/.lock");
const FORGOTTEN_AFTER_MS = 10 * 60_000;

/** Runs `work` while no other process is inside withLock in this checkout. Not reentrant. */
export async function withLock(work) {
  mkdirSync(dirname(LOCK), { recursive: true });
  while (!take()) await sleep(100);
  const release = () => rmSync(LOCK, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (isForgotten()) rmSync(LOCK, { force: true });
    return false;
  }
}

/** Whether the holder has died, or is so old that it must be of another machine or container. */
function isForgotten() {
  try {
    if (Date.now() - statSync(LOCK).mtimeMs > FORGOTTEN_AFTER_MS) return true;
    const pid = Number(readFileSync(LOCK, "utf8"));
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
