// Backups are whole, or say what they lack: with the folder of reports behind a link, with reports that are deleted
// meanwhile, with files that are not what was published.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { archive } from "../../src/cli/backup.ts";
import { copyDatabase } from "../../src/store/database/integrity.ts";
import { databasePath, openDatabase } from "../../src/store/database/open.ts";
import { binaryMissing, emptyFolder, nines, tokenOf } from "../support/binary.ts";
import { aSchedule, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

let folder: ReturnType<typeof emptyFolder>;
let data: string;
let reports: string[];
/** What a server that made two reports left: made once, every test works on a copy of its own. */
let made: ReturnType<typeof emptyFolder>;
beforeAll(async () => {
  made = emptyFolder();
  reports = [];
  if (binaryMissing) return;
  const server = await serve(made.path);
  const client = clientOf(server.url, await tokenOf(made.path));
  const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
  for (const month of ["08", "09"])
    reports.push((await client.run(schedule.id, `2026-${month}-01`, `2026-${month}-28`)).id);
  await server.stop();
});
afterAll(() => made.remove());
beforeEach(() => {
  folder = emptyFolder();
  data = join(folder.path, "data");
  cpSync(join(made.path, "data"), data, { recursive: true });
});
afterEach(() => folder.remove());

/** Unpacks an archive into a folder of its own; gives what `nines check` says of it. */
async function restored(archive: string) {
  const target = join(folder.path, "restored");
  mkdirSync(target);
  const tar = Bun.spawnSync(["tar", "-xzf", join(folder.path, archive), "-C", target]);
  expect(tar.exitCode).toBe(0);
  return JSON.parse((await nines(folder.path, ["check", "--data", target, "--json"])).out);
}
function fileOf(id: string, artefact: string): string {
  const [year = "", month = ""] = new Date().toISOString().split("-");
  return join(data, "reports", year, month, `${id}.${artefact}`);
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "a backup [needs dist/nines]" : "a backup",
  () => {
    test("holds every report when their folder, and the data folder, lie behind links", async () => {
      renameSync(join(data, "reports"), join(folder.path, "elsewhere"));
      symlinkSync(join(folder.path, "elsewhere"), join(data, "reports"));
      renameSync(data, join(folder.path, "data-of-nines"));
      symlinkSync("data-of-nines", data);
      const { code, out } = await nines(folder.path, ["backup", "b.tar.gz", "--json"]);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ reports: 2, problems: [] });
      expect(await restored("b.tar.gz")).toEqual({ ok: true, reports: 2, problems: [] });
      expect(readdirSync(data).filter((name) => name.startsWith("backup-"))).toEqual([]);
    });

    test("holds nothing that lies behind a link in the place of a month's folder, and says so", async () => {
      const month = dirname(fileOf("", ""));
      renameSync(month, join(folder.path, "elsewhere"));
      symlinkSync(join(folder.path, "elsewhere"), month);
      const { code, out } = await nines(folder.path, ["backup", "b.tar.gz", "--json"]);
      expect(code).toBe(1);
      expect(JSON.parse(out).problems).toHaveLength(6);
    });

    test("says what is missing or damaged in it, and that it is not complete", async () => {
      rmSync(fileOf(reports[0] as string, "pdf"));
      writeFileSync(fileOf(reports[1] as string, "csv"), "not what was published");
      const { code, out } = await nines(folder.path, ["backup", "b.tar.gz"]);
      expect(code).toBe(1);
      expect(out).toContain("NOT COMPLETE, 2 files");
      expect(out).toContain(`${reports[0]}.pdf: missing`);
      expect(out).toContain(`${reports[1]}.csv: is not what was published`);
      expect(out).not.toContain("unpack it");
      expect((await restored("b.tar.gz")).reports).toBe(2);
    });

    test("does not fail when a report is deleted between the copy of the database and the archive", async () => {
      const db = openDatabase(databasePath(data));
      const copy = join(folder.path, "nines.sqlite");
      copyDatabase(db, copy);
      db.run("PRAGMA query_only = OFF");
      db.query("DELETE FROM reports WHERE id = ?").run(reports[0] as string);
      for (const artefact of ["pdf", "csv"]) rmSync(fileOf(reports[0] as string, artefact));
      const target = join(folder.path, "b.tar.gz");
      expect(await archive({ db, copy, dataFolder: data, target })).toMatchObject({
        reports: 1,
        problems: [],
      });
      db.close();
      expect(await restored("b.tar.gz")).toEqual({ ok: true, reports: 1, problems: [] });
    });

    test("holds nothing but what the database names", async () => {
      writeFileSync(fileOf("rpt_stranger", "pdf"), "x");
      writeFileSync(`${fileOf(reports[0] as string, "pdf")}.part`, "x");
      expect((await nines(folder.path, ["backup", "b.tar.gz"])).code).toBe(0);
      const { stdout } = Bun.spawnSync(["tar", "-tzf", join(folder.path, "b.tar.gz")]);
      expect(stdout.toString().trim().split("\n")).toHaveLength(7);
    });

    test("writes to no link in the place of its temporary file", async () => {
      const victim = join(folder.path, "victim");
      writeFileSync(victim, "precious");
      symlinkSync(victim, join(folder.path, "b.tar.gz.part"));
      expect((await nines(folder.path, ["backup", "b.tar.gz"])).code).toBe(0);
      expect(readFileSync(victim, "utf8")).toBe("precious");
      expect((await restored("b.tar.gz")).ok).toBe(true);
    });
  },
);
