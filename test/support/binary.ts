// The compiled binary as a process, started the way a user starts it: from a folder of its own.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { signToken } from "../../src/http/caller/auth.ts";
import { makeDataFolder, tokenSecret } from "../../src/store/files/dataFolder.ts";

export const BINARY = resolve(import.meta.dir, "../../dist/nines");

/** Why tests of the binary cannot run; null when they can. */
export const binaryMissing = existsSync(BINARY) ? null : "dist/nines is not built: npm run build";
if (binaryMissing) console.warn(`skipped: tests of the binary: ${binaryMissing}`);

export type Running = {
  url: string;
  process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Asks it to end, and waits. Gives the exit code. */
  stop: (signal?: NodeJS.Signals) => Promise<number>;
};

/** Nothing of the tester's own environment reaches the binary. */
const BARE_ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/nonexistent" };

/** Starts `nines serve` on any free port and waits for its address. */
export async function serve(folder: string, environment: Record<string, string> = {}): Promise<Running> {
  const child = Bun.spawn([BINARY, "serve", "--port", "0"], {
    cwd: folder,
    env: { ...BARE_ENVIRONMENT, NINES_LOG: "error", NINES_RATE_LIMIT: "0", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`nines serve ended: ${await new Response(child.stderr).text()}`);
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  const url = /http:\/\/\S+/.exec(text)?.[0];
  if (!url) throw new Error(`no address in: ${text}`);
  return {
    url,
    process: child,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return child.exited;
    },
  };
}

export type Outcome = { code: number; out: string; err: string };

/** Runs a command of the binary to its end. */
export async function nines(
  folder: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const child = Bun.spawn([BINARY, ...args], {
    cwd: folder,
    env: { ...BARE_ENVIRONMENT, ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

/** What `nines token` prints there, without a process for each: that it does is for security/secrets.test.ts. */
export function tokenOf(folder: string, { workspace = "default", days = 30 } = {}): Promise<string> {
  const expiresAtS = Math.floor(Date.now() / 1000) + days * 86_400;
  const data = join(folder, "data");
  makeDataFolder(data);
  const secret = tokenSecret(data, null);
  return signToken(secret, { subject: "cli", workspace, scopes: ["admin"], expiresAtS });
}

/** An empty folder, and its removal. */
export function emptyFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "nines-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
