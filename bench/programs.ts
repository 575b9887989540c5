// Programs under test: built, started, looked at from outside, stopped.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tell } from "./figures.ts";

const ROOT = join(import.meta.dir, "..");
const BUN = join(ROOT, "node_modules/.bin/bun");
/** Jiffies of /proc/PID/stat. */
const TICKS_A_SECOND = 100;

export const NINES = process.env["BENCH_PROGRAM"] ?? join(ROOT, "dist/nines");
export const SECRET = "a secret of benchmarks, longer than 32 bytes";

export type Program = {
  url: string;
  /** Milliseconds from starting the process to its first answer. */
  startMs: number;
  rssMb: () => number;
  /** The most it has had. */
  peakMb: () => number;
  /** Of that, what is its own: not pages of the program's file, which the kernel can drop. */
  privateMb: () => number;
  /** Processor milliseconds used so far, of all its threads. */
  cpuMs: () => number;
  stop: () => Promise<void>;
};

/** Builds dist/nines when the sources have changed. */
export async function buildNines(): Promise<void> {
  await command(["node", join(ROOT, "tools/build.mjs"), "--quiet"]);
}

/** Compiles a server of this folder as tools/build.mjs compiles Nines; gives the path of the program. */
export async function compileServer(file: string, folder: string): Promise<string> {
  const outfile = join(folder, file.replace(/\.ts$/, ""));
  tell(`compiling ${file} …`);
  const flags = ["--compile", "--production", "--minify", "--bytecode", "--format=esm"];
  const closed = ["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
  await command([BUN, "build", ...flags, ...closed, join(import.meta.dir, file), "--outfile", outfile]);
  return outfile;
}

async function command(words: string[]): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production" };
  const child = Bun.spawn(words, { cwd: ROOT, env, stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`${words[0]} ${words[1]} ended with ${child.exitCode}`);
}

/** Starts Nines over a data folder. */
export const startNines = (dataFolder: string) =>
  start([NINES, "serve", "--data", dataFolder, "--port", "0"], {
    NINES_JWT_SECRET: SECRET,
    NINES_LOG: "error",
    NINES_RATE_LIMIT: "0",
  });

/** Starts a server that prints its address, and asks it for /healthz. */
export async function start(words: string[], environment: Record<string, string> = {}): Promise<Program> {
  const startedAt = performance.now();
  const env = { PATH: process.env["PATH"] ?? "", ...environment };
  const child = Bun.spawn(words, { env, stdout: "pipe", stderr: "inherit" });
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
  };
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += new TextDecoder().decode(chunk);
    const url = /http:\/\/[\d.]+:\d+/.exec(printed)?.[0];
    if (!url) continue;
    const answer = await fetch(`${url}/healthz`);
    await answer.arrayBuffer();
    return {
      url,
      startMs: performance.now() - startedAt,
      rssMb: () => Number(/VmRSS:\s+(\d+)/.exec(proc(child.pid, "status"))?.[1]) / 1024,
      peakMb: () => Number(/VmHWM:\s+(\d+)/.exec(proc(child.pid, "status"))?.[1]) / 1024,
      privateMb: () => Number(/RssAnon:\s+(\d+)/.exec(proc(child.pid, "status"))?.[1]) / 1024,
      cpuMs: () => {
        const fields = proc(child.pid, "stat")
          .replace(/^.*\) /, "")
          .split(" ");
        return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
      },
      stop,
    };
  }
  throw new Error(`${words[0]} ended without listening`);
}

function proc(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, "utf8");
}

/** Removes a database with its side files. */
export function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
}
