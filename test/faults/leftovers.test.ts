// What is left when work is cut short: files of reports whose thread was ended, folders of backups that were killed.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportJob } from "../../src/jobs/reportJob.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { startRenderer } from "../../src/render/renderer.ts";
import { removeArtefacts } from "../../src/store/files/artefacts.ts";
import { lockDataFolder } from "../../src/store/files/dataFolder.ts";
import { makeBackupFolder, sweepBackupFolders } from "../../src/store/files/leftovers.ts";
import { aRun, aStore } from "../store/aStore.ts";
import { binaryMissing, nines } from "../support/binary.ts";
import { startTestServer } from "../support/server.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-leftovers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

test("a report whose thread a limit ended leaves no file, whole or half", async () => {
  const store = aStore();
  const id = store.runs.enqueue(aRun());
  const renderer = startRenderer(
    {
      dataFolder: folder,
      version: "writes",
      pdf: { pageSize: "A4", brand: { color: "#000000", name: null, logo: null } },
    },
    {
      limits: { timeMs: 60_000, memoryBytes: 1 }, // its first note of memory ends it
      script: new URL("./endlessRender.ts", import.meta.url),
    },
  );
  let written = 0;
  const discard = (report: { id: string; createdAtMs: number }) => {
    written = filesIn(folder).length;
    removeArtefacts(folder, report);
  };
  const worker = startWorker({
    store,
    handlers: { report: reportJob(store, renderer.make, discard) },
    random: () => 1,
    log: () => {},
  });
  while (store.reports.order(id)?.status !== "queued" || written === 0) await Bun.sleep(5);
  expect(written).toBe(2);
  expect(filesIn(folder)).toEqual([]);
  await worker.stop(0);
  await renderer.stop();
  store.close();
});

/** A folder as a backup leaves it that was killed. */
function aKilledBackup(dataFolder: string, name: string): string {
  const path = join(dataFolder, name);
  mkdirSync(path, { mode: 0o700 });
  lockDataFolder(path).release();
  writeFileSync(join(path, "nines.sqlite"), "half a copy");
  return path;
}

test("the folder of a killed backup is removed, that of a running one is not", () => {
  const killed = aKilledBackup(folder, "backup-Ab12Cd");
  const running = makeBackupFolder(folder);
  expect(sweepBackupFolders(folder)).toEqual([killed]);
  expect(existsSync(running.path)).toBe(true);
  running.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test("one of before backups had a lock is removed after a day", () => {
  const old = join(folder, "backup-Ab12Cd");
  mkdirSync(old);
  expect(sweepBackupFolders(folder)).toEqual([]);
  utimesSync(old, new Date(), new Date(Date.now() - 2 * 86_400_000));
  expect(sweepBackupFolders(folder)).toEqual([old]);
});

test("what only looks like such a folder stays", () => {
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  mkdirSync(join(folder, "backup-october"));
  mkdirSync(join(folder, "backup-202610"));
  writeFileSync(join(folder, "backup-202610", "letter.txt"), "mine");
  writeFileSync(join(folder, "backup-abcdef"), "a file");
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), longAgo, longAgo);
  expect(sweepBackupFolders(folder)).toEqual([]);
});

test("a server removes them when it starts", async () => {
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  aKilledBackup(data, "backup-Ab12Cd");
  const server = await startTestServer({ dataFolder: data });
  expect(readdirSync(data).filter((name) => name.startsWith("backup-"))).toEqual([]);
  await server.stop();
});

test.skipIf(binaryMissing !== null)("and so does the next backup, which leaves none itself", async () => {
  const data = join(folder, "data");
  const server = await startTestServer({ dataFolder: data });
  aKilledBackup(data, "backup-Ab12Cd");
  const { code } = await nines(folder, ["backup", "copy.tar.gz"]);
  expect(code).toBe(0);
  expect(readdirSync(data).filter((name) => name.startsWith("backup-"))).toEqual([]);
  await server.stop();
});
