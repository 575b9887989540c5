// Secrets of a running server: who can read its files, its command line, what it prints, and its backups.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { binaryMissing, emptyFolder, nines, serve } from "../support/binary.ts";
import { clientOf } from "../support/server.ts";
import { tenantOf } from "./tenant.ts";

const SECRET = "pa55word of at least thirty-two bytes";
const SMTP = "smtp://ada:pa55word-of-mail@127.0.0.1:9";

let folder: ReturnType<typeof emptyFolder>;
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => folder.remove());

/** Everything below a folder, with its mode. */
function modesOf(path: string): Record<string, string> {
  const entries = readdirSync(path, { recursive: true }) as string[];
  return Object.fromEntries(
    ["", ...entries].map((name) => [name, (statSync(join(path, name)).mode & 0o777).toString(8)]),
  );
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "the binary [needs dist/nines]" : "the binary",
  () => {
    test("tells no secret: not in its log, its output, its command line, its backup; and keeps its files to itself", async () => {
      const environment = { NINES_JWT_SECRET: SECRET, NINES_SMTP_URL: SMTP, NINES_LOG: "info" };
      const server = await serve(folder.path, environment);
      const printed = await nines(folder.path, ["token", "--workspace", "acme"], environment);
      const token = printed.out.trim();
      const { mark } = await tenantOf(clientOf(server.url, token), "Quetzal");
      const commandLine = readFileSync(`/proc/${server.process.pid}/cmdline`, "utf8");
      const backup = await nines(folder.path, ["backup", "copy.tar.gz"], environment);
      const check = await nines(folder.path, ["check"], environment);
      const modes = modesOf(join(folder.path, "data"));
      await server.stop();
      const log = await new Response(server.process.stderr).text();

      expect(log).toContain('"msg":"started"');
      expect(log).toContain('"msg":"job.retry"');
      for (const text of [log, commandLine, printed.err, backup.out, backup.err, check.out, check.err]) {
        expect(text).not.toMatch(/pa55word/);
        expect(text).not.toContain(token.split(".")[2] as string);
        expect(text).not.toContain(mark);
      }
      const open = Object.entries(modes).filter(([, mode]) => !/^[467]00$/.test(mode));
      expect(Object.fromEntries(open)).toEqual({});
      expect(Object.keys(modes).length).toBeGreaterThan(9);
      expect([modes[""], modes["reports"], modes["nines.sqlite"]]).toEqual(["700", "700", "600"]);

      expect((statSync(join(folder.path, "copy.tar.gz")).mode & 0o777).toString(8)).toBe("600");
      const listing = Bun.spawnSync(["tar", "-tzf", join(folder.path, "copy.tar.gz")]).stdout.toString();
      expect(listing).toContain("nines.sqlite\n");
      expect(listing).not.toMatch(/secret|lock|-wal|-shm/);
    });

    test("closes a data folder and a secret that others could read, and says so", async () => {
      const data = join(folder.path, "data");
      mkdirSync(data, { mode: 0o755 });
      const first = await nines(folder.path, ["token"]);
      expect(first.err).toBe(`nines: ${data} was open to others (mode 0755); now it is not\n`);
      chmodSync(join(data, "token-secret"), 0o644);
      const server = await serve(folder.path, { NINES_LOG: "warn" });
      expect((await clientOf(server.url, first.out.trim()).get("/sites")).status).toBe(200);
      await server.stop();
      const [line = ""] = (await new Response(server.process.stderr).text()).split("\n");
      expect(JSON.parse(line)).toMatchObject({
        msg: "data.closed_to_others",
        path: join(data, "token-secret"),
        was: "0644",
      });
      expect(modesOf(data)["token-secret"]).toBe("600");
    });

    test("is not started in a folder that everybody may write to", async () => {
      const shared = join(folder.path, "shared");
      mkdirSync(join(shared, "other"), { recursive: true });
      chmodSync(shared, 0o1777);
      const { code, err } = await nines(folder.path, ["serve", "--port", "0", "--data", "shared"]);
      expect(code).toBe(1);
      expect(err).toStartWith(`nines: everybody may write to the data folder ${shared} (mode 0777); `);
      expect(readdirSync(shared)).toEqual(["other"]);
    });
  },
);

test("no command takes a secret as a flag", async () => {
  const folder = join(import.meta.dir, "../../src/cli");
  const modules = await Promise.all(
    readdirSync(folder).map((file) => import(join(folder, file)) as Promise<Record<string, unknown>>),
  );
  const making = modules.flatMap(Object.entries).filter(([name]) => name.endsWith("Command"));
  expect(making.length).toBeGreaterThan(8);
  const helps = making.map(([, make]) => helpOf((make as () => Command)()));
  const flags = helps.flatMap((help) => [...help.matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
  expect(flags.length).toBeGreaterThan(20);
  expect(flags.filter((flag) => /secret|password|key|token|smtp|jwks/.test(flag))).toEqual([]);
});

/** What a command says of itself, and of the commands within it. */
function helpOf(command: Command): string {
  return [command.helpInformation(), ...command.commands.map(helpOf)].join("\n");
}
