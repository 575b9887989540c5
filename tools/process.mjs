// Runs programs for the scripts of this folder: what they print is kept or shown, and a signal sent to
// the script reaches them.
import { spawn } from "node:child_process";
import { realpathSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program in ROOT and gives its exit code (128 + n when signal n ended it) and all it printed.
 * With `show`, what it prints appears on stdout at once. When this script is told to stop, the program
 * is told too, and the script ends after it.
 */
export function run(command, args, { env = process.env, cwd = ROOT, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let stoppedBy;
    const keep = (chunk) => {
      output += chunk;
      if (show) process.stdout.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const forward = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    const finish = (code) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
      resolve({ code, output });
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    child.on("error", (error) => {
      keep(`${command}: ${error.message}\n`);
      finish(127);
    });
    child.on("close", (code, signal) => finish(code ?? 128 + constants.signals[signal]));
  });
}

/** Tells on stderr what takes a while, so that stdout keeps to results. */
export function tell(line) {
  process.stderr.write(`nines: ${line}\n`);
}

/** Ends the script with a clear line, after what the failed program printed. */
export function fail(line, output = "") {
  process.stderr.write(`${output}nines: ${line}\n`);
  process.exit(1);
}

/** Removes what was made for a while, however the script ends, short of being killed. */
export function removeAtExit(path) {
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
}

/** Whether the module is the script that node was asked to run, and not an import of another. */
export function isScript(moduleUrl) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(moduleUrl);
}
