// The README's own lines, run as they stand from a folder that holds only the binary.
import { expect, test } from "bun:test";
import { existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BINARY, binaryMissing, emptyFolder } from "../support/binary.ts";

const README = resolve(import.meta.dir, "../../README.md");

async function shellBlock(): Promise<string> {
  const block = /```sh\n([\s\S]*?)```/.exec(await Bun.file(README).text())?.[1];
  if (!block) throw new Error("the README has no ```sh block");
  return block;
}

function freePort(): number {
  const server = Bun.serve({ port: 0, fetch: () => new Response() });
  const { port } = server;
  server.stop(true);
  return port as number;
}

/** A folder with a `curl`, which is used where there is no other. */
function folderOfCurl(): ReturnType<typeof emptyFolder> {
  const folder = emptyFolder();
  const script = `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dir, "curl.ts")}" "$@"\n`;
  writeFileSync(join(folder.path, "curl"), script, { mode: 0o755 });
  return folder;
}

const NAME = "the README's lines make a report from an empty folder";

test.skipIf(binaryMissing !== null)(binaryMissing ? `${NAME} [needs dist/nines]` : NAME, async () => {
  const folder = emptyFolder();
  const programs = folderOfCurl();
  symlinkSync(BINARY, join(folder.path, "nines"));
  const port = freePort();
  const lines = (await shellBlock()).replaceAll("localhost:8080", `localhost:${port}`);
  const script = `set -eu\ntrap 'kill %1' EXIT\n${lines}`;
  const shell = Bun.spawn(["bash", "-m", "-c", script], {
    cwd: folder.path,
    env: {
      PATH: `${process.env["PATH"]}:${programs.path}`,
      HOME: folder.path,
      NINES_PORT: String(port),
      NINES_LOG: "error",
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(shell.stdout).text(),
    new Response(shell.stderr).text(),
    shell.exited,
  ]);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("event: completed");
  expect(out).toContain("report.json: verified");
  expect(readdirSync(folder.path).sort()).toEqual([
    "data",
    "nines",
    "nines.log",
    "outages.csv",
    "report.json",
    "report.pdf",
  ]);

  const pdf = await Bun.file(join(folder.path, "report.pdf")).text();
  expect(pdf.startsWith("%PDF-1.")).toBe(true);
  const document = await Bun.file(join(folder.path, "report.json")).json();
  // October in Zurich has 31 days and one hour; 1 h 45 min 30 s, and 55 min and 11 min 20 s, were lost.
  expect(document.summary.service_seconds).toBe(2 * (31 * 24 + 1) * 3600);
  expect(document.summary.downtime_seconds).toBe(6330 + 3300 + 680);
  expect(out).toContain('"downtime_seconds":10310');
  expect(existsSync(join(folder.path, "data", "server.lock"))).toBe(true);
  folder.remove();
  programs.remove();
});
